// The data of the report (README.md says how they are written), as columns of one entry an
// exchange: 100,000 objects would make every search and sort slow.

import { endpoint, parseTime } from './text.js';

export const severities = ['', 'minor', 'capture', 'ambiguous', 'severe'];  // ascending

export const statusClasses = ['none', '1xx', '2xx', '3xx', '4xx', '5xx', 'other'];

export function statusClass(status) {
    if (status === 0) return 0;
    const hundreds = Math.floor(status / 100);
    return hundreds >= 1 && hundreds <= 5 ? hundreds : 6;
}

function blocks(kind) {
    return Array.from(document.querySelectorAll(`script[data-httpprof="${kind}"]`));
}

function single(kind, otherwise) {
    const [block] = blocks(kind);
    return block ? JSON.parse(block.textContent) : otherwise;
}

// Equal texts share memory.
class Texts {
    known = new Map();

    one(text) {
        const shared = this.known.get(text);
        if (shared !== undefined) return shared;
        this.known.set(text, text);
        return text;
    }
}

class Exchanges {
    // One entry an exchange. Times are nanoseconds since `base`, absent numbers NaN.
    id = [];
    connection = [];
    time = [];
    server = [];  // whether the process is the server
    process = [];
    pid = [];
    comm = [];
    client = [];  // "address:port"
    host = [];    // "address:port" of the server
    clientAddress = [];
    method = [];
    authority = [];
    url = [];
    status = [];  // 0: no response
    latency = [];
    duration = [];
    requestBytes = [];
    responseBytes = [];
    contentType = [];
    anomalies = [];
    severity = [];
    missing = [];
    truncated = [];
    search = [];  // lower case, all that the search looks at

    base = undefined;  // time of the first exchange, as parseTime() gives it
    size = 0;
    #texts = new Texts();

    add(row) {
        const time = parseTime(row.timestamp);
        this.base ??= time;
        const text = (value) => this.#texts.one(value ?? '');
        const client = endpoint(row.client_ip ?? '', row.client_port);
        const host = endpoint(row.server_ip ?? '', row.server_port);

        this.id.push(row.exchange ?? `${row.connection}.?`);
        this.connection.push(row.connection);
        this.time.push((time[0] - this.base[0]) * 1e9 + time[1] - this.base[1]);
        this.server.push(row.side === 'server');
        this.process.push(row.process);
        this.pid.push(row.pid);
        this.comm.push(text(row.comm));
        this.client.push(text(client));
        this.host.push(text(host));
        this.clientAddress.push(text(row.client_ip));
        this.method.push(text(row.method));
        this.authority.push(text(row.authority));
        this.url.push(text(row.url));
        this.status.push(row.status_code ?? 0);
        this.latency.push(row.latency_ns ?? NaN);
        this.duration.push(row.duration_ns ?? NaN);
        this.requestBytes.push(row.request_bytes ?? NaN);
        this.responseBytes.push(row.response_bytes ?? NaN);
        this.contentType.push(text(row.content_type));
        this.anomalies.push(row.anomalies);
        this.severity.push(Math.max(0, severities.indexOf(row.severity ?? '')));
        this.missing.push(row.missing_bytes ?? 0);
        this.truncated.push(row.truncated === true);
        this.search.push(searchText(row, client, host));
        this.size++;
    }

    finish() {
        this.time = Float64Array.from(this.time);
        this.latency = Float64Array.from(this.latency);
        this.duration = Float64Array.from(this.duration);
        this.requestBytes = Float64Array.from(this.requestBytes);
        this.responseBytes = Float64Array.from(this.responseBytes);
        this.status = Uint16Array.from(this.status);
        this.severity = Uint8Array.from(this.severity);
    }

    // Of the row, as parseTime() gives it.
    timeOf(row) {
        return this.timeAt(this.time[row]);
    }

    timeAt(sinceBase) {
        const [seconds, nanoseconds] = this.base ?? [NaN, NaN];
        const whole = Math.floor(sinceBase / 1e9);
        return [seconds + whole, nanoseconds + (sinceBase - whole * 1e9)];
    }

    // The last moment that is known of the row.
    endOf(row) {
        return this.time[row] + (this.duration[row] || this.latency[row] || 0);
    }

    get span() {
        let last = 0;
        for (let row = 0; row < this.size; row++) last = Math.max(last, this.endOf(row));
        return last;
    }
}

function searchText(row, client, host) {
    return [row.exchange, row.method, row.authority, row.url, row.status_code, row.comm, row.pid,
        client, host, row.content_type, row.anomalies?.join(' ')]
        .filter((part) => part !== undefined).join(' ').toLowerCase();
}

// What the detail pane shows: decoded when it is asked for, a block at a time.
class Details {
    #blocks = blocks('details');
    #starts = [];  // row of the first exchange of each block
    #decoded = { block: -1, rows: [] };

    addBlock(firstRow) {
        this.#starts.push(firstRow);
    }

    get(row) {
        const after = this.#starts.findIndex((start) => start > row);
        const block = (after < 0 ? this.#starts.length : after) - 1;
        if (this.#decoded.block !== block) {
            const text = this.#blocks[block]?.textContent ?? '[]';
            this.#decoded = { block, rows: JSON.parse(text) };
        }
        return this.#decoded.rows[row - this.#starts[block]] ?? { messages: [] };
    }
}

export function readData() {
    const exchanges = new Exchanges();
    const details = new Details();
    for (const block of blocks('exchanges')) {
        details.addBlock(exchanges.size);
        for (const row of JSON.parse(block.textContent)) exchanges.add(row);
    }
    exchanges.finish();
    return {
        exchanges,
        details,
        capture: single('capture', {}),
        processes: single('processes', []),
        peers: single('peers', []),
    };
}
