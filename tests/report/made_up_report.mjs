// Reports with made-up data, in the form that replay/emit/report/README.md tells.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// As the format asks for: no `<` and no line separators of JavaScript in a block.
function json(value) {
    return JSON.stringify(value).replaceAll('<', '\\u003c')
        .replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

function block(kind, type, text) {
    return `<script type="${type}" data-httpprof="${kind}">${text}</script>\n`;
}

// The two lines of a message of the exchange `row`.
function messageLines(row, message) {
    const isRequest = message.status_code === undefined;
    const client = [row.client_ip, row.client_port];
    const server = [row.server_ip, row.server_port];
    const [source, destination] = isRequest ? [client, server] : [server, client];
    const { headers, trailers, body, body_base64, body_offset, body_left_out,
        raw_payload, raw_payload_base64, raw_payload_left_out, ...event } = message;
    const summary = {
        side: row.side, process: row.process, pid: row.pid, comm: row.comm, connection: row.connection, exchange: row.exchange,
        source_ip: source[0], source_port: source[1], dest_ip: destination[0], dest_port: destination[1],
        authority: isRequest ? row.authority : undefined, content_type: isRequest ? undefined : row.content_type, ...event,
    };
    const contents = { headers, trailers, body, body_base64, body_offset, body_left_out,
        raw_payload, raw_payload_base64, raw_payload_left_out };
    return `${json(summary)}\n${json(contents)}\n`;
}

// `page` is the folder with head.html and tail.html; `exchanges` yields [row, messages]. As in a
// capture, other requests come between a request and its responses.
export function writeReport(page, file, { exchanges, capture, processes, peers }) {
    const parts = [readFileSync(join(page, 'head.html'), 'utf8')];
    let lines = [];
    let responses = [];
    const flush = () => {
        parts.push(block('messages', 'application/x-ndjson', lines.join('')));
        lines = [];
    };
    for (const [row, [request, ...others]] of exchanges) {
        lines.push(messageLines(row, request), ...responses);
        responses = others.map((response) => messageLines(row, response));
        if (lines.length >= 700) flush();
    }
    lines.push(...responses);
    flush();
    const single = (kind, value) => parts.push(block(kind, 'application/json', json(value)));
    single('peers', peers);
    single('processes', processes);
    single('capture', capture);
    parts.push(readFileSync(join(page, 'tail.html'), 'utf8'));
    writeFileSync(file, parts.join(''));
}

const startSeconds = Date.parse('2026-11-22T15:43:42Z') / 1000;

function timestamp(nanoseconds) {
    const seconds = Math.floor(nanoseconds / 1e9);
    const rest = String(Math.floor(nanoseconds % 1e9)).padStart(9, '0');
    return `${new Date((startSeconds + seconds) * 1000).toISOString().slice(0, 19)}.${rest}Z`;
}

// The same numbers in every run (Park and Miller, 1988).
function random(seed) {
    let state = seed;
    return () => {
        state = (state * 48271) % 2147483647;
        return state / 2147483647;
    };
}

const services = [
    { comm: 'gateway', port: 80, calls: ['shop', 'accounts'] },
    { comm: 'shop', port: 8080, calls: ['stock', 'prices', 'accounts'] },
    { comm: 'accounts', port: 8081, calls: ['10.3.0.9'] },
    { comm: 'stock', port: 8082, calls: ['prices'] },
    { comm: 'prices', port: 8083, calls: ['203.0.113.20'] },
    { comm: 'curl', calls: ['gateway'] },
];
const byName = new Map(services.map((service, index) => [service.comm, { ...service, process: index, pid: 1200 + 7 * index }]));
const paths = ['/', '/cart', '/items?page=2', '/items/4711', '/login', '/price/EUR/4711', '/health', '/stock/4711/reserve'];
const methods = ['GET', 'GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE'];
const statuses = [200, 200, 200, 200, 200, 200, 201, 204, 304, 404, 404, 400, 500, 503];

export const processes = [...byName.values()].map(({ process, comm, pid }) => ({
    process, pid, comm, cmdline: `/usr/bin/${comm} --listen`, exe: `/usr/bin/${comm}`, cgroup: '/system.slice', uid: 1000,
    start_time: timestamp(0), env: [['SERVICE', comm], ['PATH', '/usr/bin:/bin']],
}));

export const capture = {
    host: 'shop-1', kernel: '6.1.0-28-amd64', writer: 'httpprof 0.2.0', files: ['shop.httpprof'],
    start: timestamp(0), end: timestamp(600e9), duration_ns: 600e9, records: 812345, clean_end: true,
    end_reason: 'signal', lost: [], missing: [], left_out: [], damages: [], notes: [],
};

export const losses = {
    lost: [{ cause: 'ring-full', records: 1234, bytes: 0 }],
    missing: [{ cause: 'sendfile', records: 12, bytes: 7340032 }, { cause: 'snaplen', records: 3, bytes: 90000 }],
    left_out: [{ cause: 'mptcp', records: 2, bytes: 0 }, { cause: 'not-http', records: 88, bytes: 123456 }],
    unrecorded: 2,
    damages: ['shop.httpprof: 4096 bytes at 81920 are no frame'], clean_end: false,
    end_reason: 'the file ends inside a frame',
};

function messages(row, time, body) {
    const request = {
        timestamp: row.timestamp, direction: row.side === 'client' ? 'send' : 'recv', bytes: row.request_bytes,
        http_version: '1.1', method: row.method, url: row.url, duration_ns: 0,
        headers: [['Host', row.authority], ['User-Agent', 'made-up/1.0'], ['Accept', '*/*']],
        raw_payload: `${row.method} ${row.url} HTTP/1.1\r\nHost: ${row.authority}\r\n\r\n`,
    };
    if (row.status_code === undefined) return [{ ...request, truncated: true }];
    const head = `HTTP/1.1 ${row.status_code} Whatever\r\nContent-Type: application/json\r\n`
        + `Content-Length: ${body.length}\r\n\r\n`;
    const response = {
        timestamp: timestamp(time + row.latency_ns), direction: row.side === 'client' ? 'recv' : 'send', bytes: row.response_bytes,
        http_version: '1.1', status_code: row.status_code, reason: 'Whatever', latency_ns: row.latency_ns,
        duration_ns: row.duration_ns - row.latency_ns, headers: [['Content-Type', 'application/json'], ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2']],
        body_size: body.length, raw_payload: head + body, body_offset: head.length,
        gaps: row.missing_bytes ? [{ offset: 400, length: row.missing_bytes, cause: 'sendfile' }] : undefined,
        anomalies: row.anomalies?.map((id) => ({ id, severity: row.severity, offset: 12 })),
    };
    return [request, response];
}

// `count` exchanges of a small shop over ten minutes, some seen at both ends.
export function* shop(count) {
    const next = random(20);
    const choose = (list) => list[Math.floor(next() * list.length)];
    const callers = [...byName.values()];
    for (let index = 0; index < count; index++) {
        const caller = choose(callers);
        const name = choose(caller.calls);
        const called = byName.get(name);
        const connection = 1 + caller.process * 100 + Math.floor(next() * 40) * 2;
        const port = called?.port ?? 443;
        const isServer = called !== undefined && next() < 0.3;
        const own = isServer ? called : caller;
        const status = next() < 0.01 ? undefined : choose(statuses);
        const latency = Math.floor(10 ** (5 + 3 * next()));
        const time = Math.floor((600e9 * index) / count + 1e5 * next());
        const row = {
            exchange: `${connection + (isServer ? 1 : 0)}.${index}`, connection: connection + (isServer ? 1 : 0),
            timestamp: timestamp(time), side: isServer ? 'server' : 'client', process: own.process, pid: own.pid, comm: own.comm,
            client_ip: '127.0.0.1', client_port: 40000 + connection, server_ip: called ? '127.0.0.1' : name, server_port: port,
            method: choose(methods), url: choose(paths), authority: `${name}:${port}`, http_version: '1.1', status_code: status,
            latency_ns: status ? latency : undefined, duration_ns: status ? Math.floor(latency * (1 + next())) : 0,
            request_bytes: 180, response_bytes: status ? 400 + Math.floor(next() * 90000) : undefined,
            content_type: 'application/json',
        };
        if (index % 997 === 5) Object.assign(row, { anomalies: ['content-length-differs'], severity: 'severe' });
        if (index % 499 === 7) row.missing_bytes = 3000;
        if (index === 77_777 || index === 7) row.url = '/the-needle?in=haystack';
        yield [row, messages(row, time, `{"item":{"id":${index}0000000000001,"name":"x\\u00e4","tags":["a","b",[]],"price":1.10}}`)];
    }
}

export const shopPeers = Array.from({ length: 600 }, (_, index) => [index * 2 + 1, index * 2 + 2]);
