// Who calls whom: nodes are services (processes of one name) and addresses that no recorded process
// has; an edge stands for all calls from one node to another.

import { endpoint } from './text.js';
import { percentile, sortedNumbers } from './statistics.js';

export class Graph {
    nodes = [];   // {index, name, kind: 'service' | 'address', pids, ports}
    edges = [];   // {index, from, to, count, clientErrors, serverErrors, unanswered, latencies, ports}
    edgeOf = [];  // of each row, index

    #nodeIndex = new Map();
    #edgeIndex = new Map();
    #peers = new Map();    // connection -> connection of its other end
    #process = new Map();  // connection -> process, of those with exchanges

    constructor({ exchanges, processes, peers }) {
        this.exchanges = exchanges;
        this.processes = processes;
        for (const [one, other] of peers) {
            this.#peers.set(one, other);
            this.#peers.set(other, one);
        }
        for (let row = 0; row < exchanges.size; row++) {
            this.#process.set(exchanges.connection[row], exchanges.process[row]);
        }
        for (let row = 0; row < exchanges.size; row++) this.#addRow(row);
        for (const edge of this.edges) this.#finish(edge);
    }

    touches(row, node) {
        const edge = this.edges[this.edgeOf[row]];
        return edge.from === node.index || edge.to === node.index;
    }

    // A call of which both ends were recorded is two rows: the caller's is counted.
    #addRow(row) {
        const { exchanges } = this;
        const isServer = exchanges.server[row];
        const own = this.#service(exchanges.process[row], exchanges.comm[row], exchanges.pid[row]);
        const peer = this.#process.get(this.#peers.get(exchanges.connection[row]));
        const hasPeer = peer !== undefined;
        const other = hasPeer ? this.#service(peer)
            : this.#address(isServer ? endpoint(exchanges.clientAddress[row]) : exchanges.host[row]);
        const edge = isServer ? this.#edge(other, own) : this.#edge(own, other);
        this.edgeOf.push(edge.index);
        if (!isServer || !hasPeer) this.#count(edge, row);
    }

    #count(edge, row) {
        const status = this.exchanges.status[row];
        edge.count++;
        if (status === 0) edge.unanswered++;
        if (status >= 400 && status < 500) edge.clientErrors++;
        if (status >= 500) edge.serverErrors++;
        edge.latencies.push(this.exchanges.latency[row]);
        edge.ports.add(this.exchanges.host[row].replace(/^.*:/, ':'));
    }

    #finish(edge) {
        const sorted = sortedNumbers(edge.latencies);
        edge.p50 = percentile(sorted, 0.5);
        edge.p99 = percentile(sorted, 0.99);
        delete edge.latencies;
    }

    #service(process, comm, pid) {
        const known = this.processes[process] ?? {};
        const name = known.service ?? known.comm ?? comm ?? 'unknown';
        const node = this.#node('service', name);
        node.pids.add(pid ?? known.pid);
        return node;
    }

    #address(text) {
        return this.#node('address', text);
    }

    #node(kind, name) {
        const key = `${kind} ${name}`;
        let node = this.#nodeIndex.get(key);
        if (!node) {
            node = { index: this.nodes.length, kind, name, pids: new Set() };
            this.#nodeIndex.set(key, node);
            this.nodes.push(node);
        }
        return node;
    }

    #edge(from, to) {
        const key = `${from.index} ${to.index}`;
        let edge = this.#edgeIndex.get(key);
        if (!edge) {
            edge = { index: this.edges.length, from: from.index, to: to.index, count: 0,
                clientErrors: 0, serverErrors: 0, unanswered: 0, latencies: [], ports: new Set() };
            this.#edgeIndex.set(key, edge);
            this.edges.push(edge);
        }
        return edge;
    }
}
