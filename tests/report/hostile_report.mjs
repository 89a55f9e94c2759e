// A report whose every text tries to run something, to reach the network or to mislead.

const scripts = [
    '</script><script>document.title="ran"; alert(1)</script>',
    '<!--<script>',
    '<img src=x onerror="alert(1)">',
    '"><svg onload=alert(1)>',
    '<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>',
    "javascript:alert(document.domain)//",
    'http://127.0.0.1:9/beacon.png',
    '</style><style>body{background:url(http://127.0.0.1:9/x)}</style>',
    '<link rel=stylesheet href=http://127.0.0.1:9/x.css><meta http-equiv=refresh content="0;url=http://127.0.0.1:9/">',
    "');alert(1);('", '{{constructor.constructor("alert(1)")()}}', '${alert(1)}',
    '\u2028alert(1)\u2029', '\u202egnp.exe\u202c', '\u0000\u0001\u001b[31m', '\ud800 alone \udfff', '\ufeff\u200b',
    ']]>', '&lt;script&gt;', '\\u003cscript>', '\\', "'", '"', '`',
];
const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '<b>', 'onclick', '\ud800', ''];

function message(timestamp, payload, name) {
    return {
        timestamp, direction: payload, bytes: Number.MAX_SAFE_INTEGER, http_version: payload, truncated: true,
        headers: [[name, payload], [payload, name], ['__proto__', payload]], trailers: [[payload, payload]],
        anomalies: [{ id: payload, severity: payload, offset: 3 }, { id: 'bare-lf', severity: 'constructor', offset: 0 }],
        gaps: [{ offset: 1, length: Number.MAX_SAFE_INTEGER, cause: payload }],
    };
}

function request(timestamp, payload, name) {
    const body = `{${JSON.stringify(payload)}: ${JSON.stringify(payload)}, "__proto__": [1e400, -0]}`;
    return { ...message(timestamp, payload, name), method: payload, url: payload, body, raw_payload_base64: 'PHNjcmlwdD7/' };
}

function response(timestamp, payload, name, status) {
    return { ...message(timestamp, payload, name), status_code: status, latency_ns: 1000, duration_ns: Number.MAX_SAFE_INTEGER,
        reason: payload, body: payload, body_left_out: 5, raw_payload: payload };
}

export function* hostileExchanges() {
    let index = 0;
    for (const payload of scripts) {
        for (const name of names) {
            const row = {
                exchange: `1.${index}${payload}`, connection: index % 7,
                timestamp: `2026-11-22T15:43:42.${String(index).padStart(9, '0')}Z`,
                side: index % 2 ? 'client' : 'server', process: index % scripts.length, pid: index, comm: payload,
                client_ip: payload, client_port: 1, server_ip: name || payload, server_port: 2,
                authority: payload, content_type: payload,
            };
            const status = [200, 999, 65535, 0, 404][index % 5];
            yield [row, [request(row.timestamp, payload, name), response(row.timestamp, payload, name, status)]];
            index++;
        }
    }
    yield* hugeValues();
}

// Values of a size at which a careless page stops to answer.
function* hugeValues() {
    const long = 'A'.repeat(2_000_000);
    const timestamp = '2026-11-22T15:43:43.000000000Z';
    const row = { exchange: '9.1', connection: 9, side: 'client', process: 0, pid: 1, comm: 'huge',
        client_ip: '::1', client_port: 1, server_ip: '::1', server_port: 2, authority: long };
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    yield [row, [
        { direction: 'send', timestamp, bytes: 2, method: 'GET', url: `/${long}`, headers: [['Long', long]], body: deep },
        { direction: 'recv', timestamp, bytes: 2, status_code: 200, reason: '', body: JSON.stringify(long), raw_payload: long }]];
}

export const hostileProcesses = scripts.map((payload, index) => ({
    process: index, pid: index, comm: payload, cmdline: payload, exe: payload, cgroup: payload, error: payload,
    start_time: payload,
    env: [[payload, payload], ['__proto__', payload], ['constructor', '<script>alert(1)</script>']],
}));

const all = scripts.join(' ');
export const hostileCapture = {
    host: all, kernel: all, writer: all, files: scripts, start: all, end: all, duration_ns: 1, records: 1,
    clean_end: false, end_reason: all,
    lost: [{ cause: all, records: 1, bytes: 1 }, { cause: '__proto__', records: 1, bytes: 1 }],
    missing: [{ cause: all, records: 1, bytes: 1 }],
    left_out: [{ cause: 'constructor', records: 1, bytes: 1 }], damages: scripts, notes: scripts, signed_by: all,
    derivation: scripts,
};
