// Which exchanges are shown, and in which order.

import { statusClass } from './data.js';

// Words, or phrases in double quotes; one with a minus in front must not occur.
function parseQuery(query) {
    const terms = [];
    for (const [, minus, phrase, word] of query.toLowerCase().matchAll(/(-?)(?:"([^"]*)"?|(\S+))/g)) {
        const text = phrase ?? word;
        if (text) terms.push({ text, wanted: minus === '' });
    }
    return terms;
}

// The conditions of a filter as functions of a row: quick ones first.
function conditions(data, filter) {
    const { exchanges, graph } = data;
    const list = [];
    const add = (isSet, test) => isSet && list.push(test);
    const { from, to } = filter.time ?? {};
    add(filter.time, (row) => exchanges.time[row] >= from && exchanges.time[row] < to);
    add(filter.side, (row) => exchanges.server[row] === (filter.side === 'server'));
    add(filter.status, (row) => statusClass(exchanges.status[row]) === Number(filter.status));
    add(filter.method, (row) => exchanges.method[row] === filter.method);
    add(filter.process, (row) => exchanges.process[row] === Number(filter.process));
    add(filter.latency, (row) => exchanges.latency[row] >= Number(filter.latency));
    add(filter.marks === 'anomalies', (row) => exchanges.severity[row] > 0);
    add(filter.marks === 'severe', (row) => exchanges.severity[row] === 4);
    add(filter.marks === 'gaps', (row) => exchanges.missing[row] > 0 || exchanges.truncated[row]);
    add(filter.connection, (row) => exchanges.connection[row] === filter.connection);
    add(filter.node, (row) => graph.touches(row, filter.node));
    add(filter.edge, (row) => graph.edgeOf[row] === filter.edge.index);
    for (const { text, wanted } of parseQuery(filter.query ?? '')) {
        list.push((row) => exchanges.search[row].includes(text) === wanted);
    }
    return list;
}

export function matchingRows(data, filter) {
    const tests = conditions(data, filter);
    const rows = new Uint32Array(data.exchanges.size);
    let found = 0;
    for (let row = 0; row < rows.length; row++) {
        if (tests.every((test) => test(row))) rows[found++] = row;
    }
    return rows.slice(0, found);
}

// Texts take the place that they have among all texts of the column.
function ranks(texts) {
    const order = new Map([...new Set(texts)].sort().map((text, place) => [text, place]));
    return Float64Array.from(texts, (text) => order.get(text));
}

const sortKeys = {
    time: (exchanges) => exchanges.time,
    process: (exchanges) => ranks(exchanges.comm.map((comm, row) => `${comm} ${exchanges.pid[row]}`)),
    peer: (exchanges) => ranks(exchanges.host.map(
        (host, row) => (exchanges.server[row] ? exchanges.client[row] : host))),
    method: (exchanges) => ranks(exchanges.method),
    url: (exchanges) => ranks(exchanges.authority.map((name, row) => name + exchanges.url[row])),
    status: (exchanges) => exchanges.status,
    latency: (exchanges) => exchanges.latency,
    duration: (exchanges) => exchanges.duration,
    request: (exchanges) => exchanges.requestBytes,
    response: (exchanges) => exchanges.responseBytes,
    marks: (exchanges) => Float64Array.from(exchanges.severity,
        (severity, row) => 2 * severity + (exchanges.missing[row] > 0 || exchanges.truncated[row])),
};

export class Sorter {
    #exchanges;
    #keys = new Map();  // made once a column

    constructor(exchanges) {
        this.#exchanges = exchanges;
    }

    // In place. Rows without a value come last in both directions, equal ones by time.
    sort(rows, column, descending) {
        const keys = this.#keysOf(column);
        const sign = descending ? -1 : 1;
        return rows.sort((a, b) => {
            const [left, right] = [keys[a], keys[b]];
            if (left === right) return a - b;
            if (Number.isNaN(left)) return Number.isNaN(right) ? a - b : 1;
            if (Number.isNaN(right)) return -1;
            return left < right ? -sign : sign;
        });
    }

    #keysOf(column) {
        if (!this.#keys.has(column)) this.#keys.set(column, sortKeys[column](this.#exchanges));
        return this.#keys.get(column);
    }
}
