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
    severity = [];
    missing = [];
    truncated = [];
    search = [];    // lower case, all that the search looks at
    messages = [];  // the numbers of its messages

    base = undefined;  // time of the first message, as parseTime() gives it
    size = 0;
    #texts = new Texts();
    #places = new Map();  // id -> row
    #messageCount = 0;

    // Messages come by time, a request before its responses.
    addMessage(message) {
        const row = this.#places.get(message.exchange) ?? this.#addRow(message);
        this.messages[row].push(this.#messageCount++);
        if (message.status_code === undefined) this.#addRequest(row, message);
        else this.#addResponse(row, message);
        this.#addMarks(row, message);
    }

    #addRow(message) {
        const row = this.size++;
        const isRequest = message.status_code === undefined;
        const ends = [[message.source_ip, message.source_port], [message.dest_ip, message.dest_port]];
        const [client, server] = isRequest ? ends : ends.reverse();
        if (message.exchange !== undefined) this.#places.set(message.exchange, row);

        this.id.push(message.exchange ?? `${message.connection}.?`);
        this.connection.push(message.connection);
        this.time.push(this.#sinceBase(message.timestamp));
        this.server.push(message.side === 'server');
        this.process.push(message.process);
        this.pid.push(message.pid);
        this.comm.push(this.#text(message.comm));
        this.client.push(this.#text(endpoint(...client)));
        this.host.push(this.#text(endpoint(...server)));
        this.clientAddress.push(this.#text(client[0]));
        for (const texts of [this.method, this.authority, this.url]) texts.push('');
        for (const numbers of [this.latency, this.duration, this.requestBytes, this.responseBytes]) {
            numbers.push(NaN);
        }
        for (const zeros of [this.status, this.severity, this.missing]) zeros.push(0);
        this.truncated.push(false);
        this.messages.push([]);
        this.search.push([message.exchange, message.comm, message.pid, this.client[row], this.host[row]]);
        return row;
    }

    #addRequest(row, message) {
        this.method[row] = this.#text(message.method);
        this.authority[row] = this.#text(message.authority);
        this.url[row] = this.#text(message.url);
        this.requestBytes[row] = message.bytes ?? NaN;
        this.duration[row] = message.duration_ns ?? NaN;
        this.search[row].push(message.method, message.authority, message.url);
    }

    // The last one counts: those before are interim (1xx).
    #addResponse(row, message) {
        this.status[row] = message.status_code;
        this.responseBytes[row] = (this.responseBytes[row] || 0) + (message.bytes ?? 0);
        if (message.latency_ns !== undefined) {
            this.latency[row] = message.latency_ns;
            const end = message.latency_ns + (message.duration_ns ?? 0);
            this.duration[row] = Math.max(this.duration[row] || 0, end);
        }
        this.search[row].push(message.status_code, message.content_type);
    }

    #addMarks(row, message) {
        for (const { id, severity } of message.anomalies ?? []) {
            this.severity[row] = Math.max(this.severity[row], 1, severities.indexOf(severity));
            this.search[row].push(id);
        }
        for (const { length } of message.gaps ?? []) this.missing[row] += length;
        if (message.truncated) this.truncated[row] = true;
    }

    finish() {
        for (const name of ['time', 'latency', 'duration', 'requestBytes', 'responseBytes']) {
            this[name] = Float64Array.from(this[name]);
        }
        this.#moveBase();
        this.status = Uint16Array.from(this.status);
        this.severity = Uint8Array.from(this.severity);
        this.search = this.search.map((parts) => this.#text(
            parts.filter((part) => part !== undefined).join(' ').toLowerCase()));
        this.#places.clear();
    }

    #text(value) {
        return this.#texts.one(value ?? '');
    }

    #sinceBase(timestamp) {
        const time = parseTime(timestamp);
        this.base ??= time;
        return (time[0] - this.base[0]) * 1e9 + time[1] - this.base[1];
    }

    // To the earliest row: captures may come in any order, and a clock may be set back.
    #moveBase() {
        if (this.size === 0) return;
        const earliest = this.time.reduce((a, b) => Math.min(a, b));
        this.base = this.timeAt(earliest);
        this.time = this.time.map((time) => time - earliest);
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

// Messages with all that the detail pane shows: a block is taken apart when it is asked for.
class Messages {
    #blocks = [];
    #starts = [];  // number of the first message of each block
    #lines = { block: -1, list: [] };

    add(block, firstMessage) {
        this.#blocks.push(block);
        this.#starts.push(firstMessage);
    }

    get(number) {
        const after = this.#starts.findIndex((start) => start > number);
        const block = (after < 0 ? this.#starts.length : after) - 1;
        if (this.#lines.block !== block) this.#lines = { block, list: linesOf(this.#blocks[block]) };
        const line = 2 * (number - this.#starts[block]);
        return { ...JSON.parse(this.#lines.list[line]), ...JSON.parse(this.#lines.list[line + 1]) };
    }
}

function linesOf(block) {
    const lines = block.textContent.split('\n');
    lines.pop();  // what stands after the end of the last line
    return lines;
}

export function readData() {
    const exchanges = new Exchanges();
    const messages = new Messages();
    let count = 0;
    for (const block of blocks('messages')) {
        messages.add(block, count);
        const lines = linesOf(block);
        for (let line = 0; line < lines.length; line += 2) exchanges.addMessage(JSON.parse(lines[line]));
        count += lines.length / 2;
    }
    exchanges.finish();
    const processes = new Map();
    for (const process of single('processes', [])) processes.set(process.process, process);
    return { exchanges, messages, processes, capture: single('capture', {}), peers: single('peers', []) };
}
