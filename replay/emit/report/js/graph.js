// Who calls whom: nodes are services (processes of one name) and addresses that no recorded process
// has; an edge stands for all calls from one node to another.

import { endpoint } from './text.js';
import { percentile, sortedNumbers } from './statistics.js';

export class Graph {
    nodes = [];   // {index, name, kind: 'service' | 'address', pids}
    edges = [];   // {index, from, to, ports, count, clientErrors, serverErrors, unanswered, p50, p99}
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

    #addRow(row) {
        const { exchanges } = this;
        const isServer = exchanges.server[row];
        const own = this.#service(exchanges.process[row], exchanges.comm[row], exchanges.pid[row]);
        const peer = this.#process.get(this.#peers.get(exchanges.connection[row]));
        const other = peer !== undefined ? this.#service(peer)
            : this.#address(isServer ? endpoint(exchanges.clientAddress[row]) : exchanges.host[row]);
        const edge = isServer ? this.#edge(other, own) : this.#edge(own, other);
        this.edgeOf.push(edge.index);
        edge.ports.add(exchanges.host[row].replace(/^.*:/, ':'));
        this.#count(isServer ? edge.asCalled : edge.asCaller, row);
    }

    #count(tally, row) {
        const status = this.exchanges.status[row];
        tally.count++;
        if (status === 0) tally.unanswered++;
        if (status >= 400 && status < 500) tally.clientErrors++;
        if (status >= 500) tally.serverErrors++;
        tally.latencies.push(this.exchanges.latency[row]);
    }

    // Of calls that were recorded at both ends, the end that saw more of them is told: the
    // caller's, unless something was lost.
    #finish(edge) {
        const { asCaller, asCalled } = edge;
        const { latencies, ...figures } = asCaller.count >= asCalled.count ? asCaller : asCalled;
        const sorted = sortedNumbers(latencies);
        Object.assign(edge, figures, { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) });
        delete edge.asCaller;
        delete edge.asCalled;
    }

    #service(process, comm, pid) {
        const known = this.processes.get(process) ?? {};
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
            const tally = () => ({ count: 0, clientErrors: 0, serverErrors: 0, unanswered: 0, latencies: [] });
            edge = { index: this.edges.length, from: from.index, to: to.index, ports: new Set(),
                asCaller: tally(), asCalled: tally() };
            this.#edgeIndex.set(key, edge);
            this.edges.push(edge);
        }
        return edge;
    }
}
