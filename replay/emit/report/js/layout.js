// Places the nodes of a directed graph in layers from left to right, callers before those they
// call, with few crossings (after Sugiyama, Tagawa and Toda, 1981).

// Edges against the direction of a depth-first walk, which would make a cycle.
function backEdges(nodeCount, edges) {
    const outgoing = Array.from({ length: nodeCount }, () => []);
    const incoming = new Uint32Array(nodeCount);
    edges.forEach(({ from, to }, index) => {
        outgoing[from].push(index);
        incoming[to]++;
    });
    const state = new Uint8Array(nodeCount);  // 1: on the path, 2: done
    const back = new Set();
    const walk = (start) => {
        const path = [[start, 0]];
        state[start] = 1;
        while (path.length > 0) {
            const place = path[path.length - 1];
            const index = outgoing[place[0]][place[1]++];
            if (index === undefined) {
                state[place[0]] = 2;
                path.pop();
            } else if (state[edges[index].to] === 1) {
                back.add(index);
            } else if (state[edges[index].to] === 0) {
                state[edges[index].to] = 1;
                path.push([edges[index].to, 0]);
            }
        }
    };
    const byIncoming = [...incoming.keys()].sort((a, b) => incoming[a] - incoming[b] || a - b);
    for (const node of byIncoming) if (state[node] === 0) walk(node);
    return back;
}

// One more than the furthest caller.
function assignLayers(nodeCount, edges) {
    const layer = new Uint32Array(nodeCount);
    for (let changed = true; changed;) {
        changed = false;
        for (const { from, to } of edges) {
            if (layer[to] <= layer[from]) {
                layer[to] = layer[from] + 1;
                changed = true;
            }
        }
    }
    return layer;
}

// Gives an edge over several layers a point in each between.
function addRoutes(layers, nodes, edges, layerOf) {
    for (const edge of edges) {
        edge.route = [nodes[edge.from]];
        for (let layer = layerOf[edge.from] + 1; layer < layerOf[edge.to]; layer++) {
            const point = { point: true, before: [], after: [] };
            layers[layer].push(point);
            edge.route.push(point);
        }
        edge.route.push(nodes[edge.to]);
        for (let i = 1; i < edge.route.length; i++) {
            edge.route[i - 1].after.push(edge.route[i]);
            edge.route[i].before.push(edge.route[i - 1]);
        }
    }
}

// Orders each layer by the mean place of its neighbours in the one before, and back.
function orderLayers(layers) {
    const number = (layer) => layer.forEach((item, place) => { item.place = place; });
    layers.forEach(number);
    const sweep = (layer, neighbours) => {
        for (const item of layer) {
            const places = item[neighbours].map((other) => other.place);
            item.weight = places.length
                ? places.reduce((sum, place) => sum + place, 0) / places.length : item.place;
        }
        layer.sort((a, b) => a.weight - b.weight || a.place - b.place);
        number(layer);
    };
    for (let round = 0; round < 4; round++) {
        layers.forEach((layer) => sweep(layer, 'before'));
        [...layers].reverse().forEach((layer) => sweep(layer, 'after'));
    }
}

// Sets x and y of each item in pixels: the middle of a node's left edge.
function place(layers, { columnWidth, rowHeight, pointHeight }) {
    const heightOf = (item) => (item.point ? pointHeight : rowHeight);
    const heights = layers.map((layer) => layer.reduce((sum, item) => sum + heightOf(item), 0));
    const height = Math.max(...heights, rowHeight);
    layers.forEach((layer, column) => {
        let y = (height - heights[column]) / 2;
        for (const item of layer) {
            item.x = column * columnWidth;
            item.y = y + heightOf(item) / 2;
            y += heightOf(item);
        }
    });
    return { width: layers.length * columnWidth, height };
}

// `edges` are {from, to} with indices of nodes. The answer has the place of each node, and of each
// edge the items on its way, reversed where it runs against the layers.
export function layout(nodeCount, edges, sizes) {
    const back = backEdges(nodeCount, edges);
    const forward = edges.map(({ from, to }, index) =>
        (back.has(index) ? { from: to, to: from, isBack: true } : { from, to, isBack: false }));
    const drawn = forward.filter(({ from, to }) => from !== to);
    const layerOf = assignLayers(nodeCount, drawn);
    const layers = Array.from({ length: Math.max(0, ...layerOf) + 1 }, () => []);
    const nodes = Array.from({ length: nodeCount }, () => ({ before: [], after: [] }));
    nodes.forEach((node, index) => layers[layerOf[index]].push(node));
    addRoutes(layers, nodes, drawn, layerOf);
    orderLayers(layers);
    const size = place(layers, sizes);
    return { nodes, routes: forward.map(({ route, isBack }) => ({ route, isBack })), ...size };
}
