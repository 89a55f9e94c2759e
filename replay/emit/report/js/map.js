// The service map: drawn, and as a table that says the same.

import { byId, html, replace, svg } from './dom.js';
import { count, duration, percent, plural, visible } from './text.js';
import { layout } from './layout.js';

const sizes = { columnWidth: 340, rowHeight: 72, pointHeight: 44 };
const box = { width: 170, height: 44 };
const edgeMargin = 26;

// More than this nobody can read, and to place them takes long. The table has all.
const mostNodes = 60;
const mostLines = 150;

function failures(edge) {
    return edge.serverErrors + edge.unanswered;
}

// The busiest nodes, and the busiest edges between them.
function drawable({ nodes, edges }) {
    const traffic = new Float64Array(nodes.length);
    for (const edge of edges) {
        traffic[edge.from] += edge.count;
        traffic[edge.to] += edge.count;
    }
    const kept = [...nodes.keys()].sort((a, b) => traffic[b] - traffic[a] || a - b)
        .slice(0, mostNodes).sort((a, b) => a - b);
    const place = new Map(kept.map((node, index) => [node, index]));
    return {
        nodes: kept.map((node) => nodes[node]),
        edges: edges.filter((edge) => place.has(edge.from) && place.has(edge.to))
            .sort((a, b) => b.count - a.count || a.index - b.index).slice(0, mostLines)
            .map((edge) => ({ edge, from: place.get(edge.from), to: place.get(edge.to) })),
    };
}

// An SVG group that acts like a button.
function pressable(properties, act, ...children) {
    return svg('g', { ...properties, tabindex: 0, role: 'button', click: act,
        keydown: (event) => {
            if (event.key !== 'Enter' && event.key !== ' ') return;
            event.preventDefault();
            act();
        } }, ...children);
}

function shorten(text, most) {
    return text.length <= most ? text : `${text.slice(0, most - 1)}\u2026`;
}

function nodeBox(node, { x, y }, act) {
    const note = node.kind === 'address' ? 'not recorded here'
        : node.pids.size === 1 ? `pid ${[...node.pids][0]}` : plural(node.pids.size, 'process', 'processes');
    const description = `${node.name}, ${note}: show only its exchanges`;
    return pressable({ class: `node ${node.kind}`, 'aria-label': description, transform: `translate(${x} ${y})` }, act,
        svg('title', {}, node.name),
        svg('rect', { y: -box.height / 2, width: box.width, height: box.height, rx: 6 }),
        svg('text', { x: 12, y: -3, class: 'name' }, shorten(visible(node.name), 20)),
        svg('text', { x: 12, y: 13, class: 'note' }, note));
}

// From the right side of each item to the left side of the next; a loop goes around its node.
function edgePath({ route, isBack }, from) {
    if (!route) {
        const { x, y } = from;
        const right = x + box.width;
        return `M ${right} ${y - 8} C ${right + 46} ${y - 30}, ${right + 46} ${y + 30}, ${right} ${y + 8}`;
    }
    const shift = isBack ? 10 : 0;
    const points = route.flatMap((item) =>
        [[item.x, item.y + shift], [item.x + box.width, item.y + shift]]);
    const way = points.slice(1, -1);
    const parts = [`M ${way[0].join(' ')}`];
    for (let i = 1; i < way.length; i++) {
        const [[x0, y0], [x1, y1]] = [way[i - 1], way[i]];
        parts.push(`C ${(x0 + x1) / 2} ${y0}, ${(x0 + x1) / 2} ${y1}, ${x1} ${y1}`);
    }
    return parts.join(' ');
}

function edgeTitle(edge, nodes) {
    return `${nodes[edge.from].name} calls ${nodes[edge.to].name}: ${plural(edge.count, 'exchange')}, `
        + `${count(edge.clientErrors)} client errors, ${count(edge.serverErrors)} server errors, `
        + `${count(edge.unanswered)} without response, p50 ${duration(edge.p50) || 'unknown'}, `
        + `p99 ${duration(edge.p99) || 'unknown'}`;
}

function edgeLabel(edge, [x, y]) {
    const failed = failures(edge);
    const latency = duration(edge.p50) ? `p50 ${duration(edge.p50)}` : '';
    const share = failed > 0 ? ` \u00b7 ${percent(failed, edge.count)} failed` : '';
    const width = 7 * Math.max(count(edge.count).length + share.length, latency.length);  // about
    return svg('g', { class: 'label', transform: `translate(${x} ${y})` },
        svg('rect', { x: -width / 2, y: -16, width, height: 32, rx: 4 }),
        svg('text', { y: -3, 'text-anchor': 'middle' }, count(edge.count),
            share ? svg('tspan', { class: 'failed' }, share) : undefined),
        svg('text', { y: 12, 'text-anchor': 'middle', class: 'note' }, latency));
}

// Where the label of an edge could stand, best first: on the curves between two layers, at a share
// of their width.
function labelPlaces({ route, isBack }, from) {
    if (!route) return [[from.x + box.width + 62, from.y]];
    const places = [];
    for (const share of [0.5, 0.36, 0.64, 0.25, 0.75]) {
        for (let i = 1; i < route.length; i++) {
            const [start, end] = [route[i - 1], route[i]];
            const left = start.x + box.width;
            const height = 3 * share ** 2 - 2 * share ** 3;  // of the curve that edgePath() draws
            places.push([left + (end.x - left) * share, start.y + (end.y - start.y) * height + (isBack ? 10 : 0)]);
            if (end.point) places.push([end.x + box.width / 2, end.y]);
        }
    }
    return places;
}

const label = { width: 118, height: 36 };

// The first place where the label covers none of those that stand already; else the emptiest.
function freePlace(places, taken) {
    const covered = ([x, y]) => taken.reduce((sum, [otherX, otherY]) => sum
        + Math.max(0, label.width - Math.abs(x - otherX)) * Math.max(0, label.height - Math.abs(y - otherY)), 0);
    let best = places[0];
    for (const place of places) if (covered(place) < covered(best)) best = place;
    taken.push(best);
    return best;
}

function draw(state, graph) {
    const { nodes, edges } = drawable(graph);
    const placed = layout(nodes.length, edges, sizes);
    const heaviest = Math.max(1, ...edges.map(({ edge }) => edge.count));
    const lines = [];
    const labels = [];
    // A box is as wide as a label and a half: two places that labels keep clear of.
    const taken = placed.nodes.flatMap(({ x, y }) => [[x + 40, y], [x + box.width - 40, y]]);
    edges.forEach(({ edge, from }, index) => {
        const route = placed.routes[index];
        const thickness = 1.2 + (4 * Math.log1p(edge.count)) / Math.log1p(heaviest);
        const act = () => state.setFilter({ edge: { index: edge.index, name: edgeName(edge, graph.nodes) }, node: undefined });
        lines.push(pressable({ class: `edge ${failures(edge) > 0 ? 'has-failed' : ''}`,
            'aria-label': edgeTitle(edge, graph.nodes) }, act,
        svg('title', {}, edgeTitle(edge, graph.nodes)),
        svg('path', { class: 'reach', d: edgePath(route, placed.nodes[from]) }),
        svg('path', { class: 'line', d: edgePath(route, placed.nodes[from]), 'stroke-width': thickness.toFixed(1),
            [route.isBack ? 'marker-start' : 'marker-end']: 'url(#arrow)' })));
        labels.push(edgeLabel(edge, freePlace(labelPlaces(route, placed.nodes[from]), taken)));
    });
    const boxes = nodes.map((node, index) => nodeBox(node, placed.nodes[index],
        () => state.setFilter({ node: { index: node.index, name: node.name }, edge: undefined })));
    const width = placed.width - sizes.columnWidth + box.width + 2 * edgeMargin
        + (edges.some(({ from, to }) => from === to) ? 90 : 0);
    const drawing = svg('svg', { class: 'map',
        viewBox: `${-edgeMargin} 0 ${width} ${placed.height}`, role: 'group',
        'aria-label': `Service map: ${count(nodes.length)} nodes, ${count(edges.length)} edges` },
    svg('defs', {}, svg('marker', { id: 'arrow', viewBox: '0 0 10 10', refX: 9, refY: 5, markerWidth: 9,
        markerHeight: 9, markerUnits: 'userSpaceOnUse', orient: 'auto-start-reverse' },
    svg('path', { d: 'M 0 1 L 10 5 L 0 9 z' }))),
    lines, boxes, labels);
    drawing.style.maxWidth = `${width}px`;
    drawing.style.minWidth = `${0.7 * width}px`;  // smaller would be hard to read; it scrolls
    return drawing;
}

function edgeName(edge, nodes) {
    return `${nodes[edge.from].name} \u2192 ${nodes[edge.to].name}`;
}

const mostEdges = 500;

function edgeTable(state, { nodes, edges }) {
    const sorted = [...edges].sort((a, b) => b.count - a.count || a.index - b.index).slice(0, mostEdges);
    const head = ['Caller', 'Called', 'Port', 'Exchanges', '4xx', '5xx', 'No response', 'p50', 'p99'];
    const row = (edge) => html('tr', {},
        html('td', {}, html('button', { type: 'button', class: 'link', title: 'Show only these exchanges',
            click: () => state.setFilter({ edge: { index: edge.index, name: edgeName(edge, nodes) }, node: undefined }) },
        nodes[edge.from].name)),
        html('td', {}, nodes[edge.to].name),
        html('td', {}, [...edge.ports].slice(0, 4).join(' ') + (edge.ports.size > 4 ? ' \u2026' : '')),
        [edge.count, edge.clientErrors, edge.serverErrors, edge.unanswered].map((value) =>
            html('td', { class: 'number' }, count(value))),
        [edge.p50, edge.p99].map((value) => html('td', { class: 'number' }, duration(value))));
    return html('details', {},
        html('summary', {}, 'As a table',
            edges.length > mostEdges ? ` (the busiest ${mostEdges} of ${count(edges.length)} edges)` : undefined),
        html('div', { class: 'scroll' }, html('table', { class: 'plain' },
            html('caption', { class: 'unseen' }, 'Who calls whom'),
            html('thead', {}, html('tr', {}, head.map((name) => html('th', { scope: 'col' }, name)))),
            html('tbody', {}, sorted.map(row)))));
}

export function showMap(state) {
    const { graph } = state.data;
    if (graph.edges.length === 0) {
        replace(byId('map-body'), html('p', { class: 'quiet' }, 'Nobody called anybody.'));
        return;
    }
    const hidden = graph.nodes.length - mostNodes;
    replace(byId('map-body'),
        html('div', { class: 'scroll' }, draw(state, graph)),
        html('p', { class: 'quiet hint' }, 'A box is a process, or all of one name; dashed, an address of which no '
            + 'process was recorded. Failed: answered with 5xx, or not at all. Calls that were recorded at both ends count once. '
            + 'A click shows only the exchanges of a box or an arrow.',
        hidden > 0 ? ` The ${count(hidden)} quietest nodes are not drawn.` : undefined),
        edgeTable(state, graph));
}
