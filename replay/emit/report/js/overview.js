// Figures and charts about all exchanges. What is in a chart can be chosen as a filter.

import { byId, drawAtWidth, html, replace, svg } from './dom.js';
import { count, duration, formatClock, percent, size } from './text.js';
import { logBins, percentile, sortedNumbers, timeBins } from './statistics.js';
import { statusClass, statusClasses } from './data.js';

const shares = [['p50', 0.5], ['p90', 0.9], ['p99', 0.99], ['max', 1]];

function classCounts(exchanges) {
    const counts = new Array(statusClasses.length).fill(0);
    for (const status of exchanges.status) counts[statusClass(status)]++;
    return counts;
}

function sum(values) {
    return values.reduce((total, value) => total + (value || 0), 0);
}

function showFigures({ exchanges }, latencies, counts) {
    const figure = (name, value, note) => html('div', { class: 'figure' },
        html('dt', {}, name), html('dd', {}, value, note && html('small', {}, note)));
    const all = exchanges.size;
    replace(byId('figures'),
        figure('Exchanges', count(all)),
        figure('Connections', count(new Set(exchanges.connection).size)),
        figure('Processes', count(new Set(exchanges.process).size)),
        figure('Client errors', count(counts[4]), percent(counts[4], all)),
        figure('Server errors', count(counts[5]), percent(counts[5], all)),
        figure('No response', count(counts[0]), percent(counts[0], all)),
        figure('Requests', size(sum(exchanges.requestBytes))),
        figure('Responses', size(sum(exchanges.responseBytes))),
        shares.map(([name, share]) =>
            figure(`Latency ${name}`, duration(percentile(latencies, share)) || '\u2013')));
}

// The chart of a span of time that can be chosen: with the pointer, or with the arrow keys.
class SpanChooser {
    #from;
    #to;

    // `apply` gets the first bin and the one after the last.
    constructor(plot, mark, width, bins, apply) {
        this.plot = plot;
        this.mark = mark;
        this.binWidth = width / bins;
        this.bins = bins;
        this.apply = apply;
        plot.addEventListener('pointerdown', (event) => this.#press(event));
        plot.addEventListener('pointermove', (event) => this.#drag(event));
        plot.addEventListener('pointerup', () => this.#release());
        plot.addEventListener('keydown', (event) => this.#key(event));
    }

    #binAt(event) {
        const left = this.plot.getBoundingClientRect().left;
        const scale = this.plot.viewBox.baseVal.width / this.plot.clientWidth;
        const bin = Math.floor(((event.clientX - left) * scale - Number(this.mark.dataset.left)) / this.binWidth);
        return Math.min(this.bins - 1, Math.max(0, bin));
    }

    #press(event) {
        if (event.button !== 0) return;
        this.plot.setPointerCapture(event.pointerId);
        this.dragging = true;
        this.#from = this.#to = this.#binAt(event);
        this.#show();
    }

    #drag(event) {
        if (!this.dragging) return;
        this.#to = this.#binAt(event);
        this.#show();
    }

    #release() {
        if (!this.dragging) return;
        this.dragging = false;
        this.#choose();
    }

    #key(event) {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (step !== undefined) {
            this.#to = Math.min(this.bins - 1, Math.max(0, (this.#to ?? -step) + step));
            if (!event.shiftKey) this.#from = this.#to;
            this.#show();
        } else if (event.key === 'Enter' && this.#to !== undefined) {
            this.#choose();
        } else {
            return;
        }
        event.preventDefault();
    }

    #ends() {
        return [Math.min(this.#from, this.#to), Math.max(this.#from, this.#to) + 1];
    }

    #show() {
        const [from, to] = this.#ends();
        this.mark.setAttribute('x', Number(this.mark.dataset.left) + from * this.binWidth);
        this.mark.setAttribute('width', (to - from) * this.binWidth);
    }

    #choose() {
        this.mark.setAttribute('width', 0);
        this.apply(...this.#ends());
    }
}

const margin = { left: 44, right: 8, top: 10, bottom: 22 };

// Horizontal lines at round counts, with their labels.
function countAxis(most, width, y) {
    const step = Math.max(1, Math.ceil(most / 3 / 10 ** Math.floor(Math.log10(Math.max(most, 1) / 3 || 1)))
        * 10 ** Math.floor(Math.log10(Math.max(most, 1) / 3 || 1)));
    const lines = [];
    for (let value = 0; value <= most; value += step) {
        lines.push(svg('line', { class: 'grid', x1: margin.left, x2: width - margin.right, y1: y(value), y2: y(value) }),
            svg('text', { class: 'tick', x: margin.left - 6, y: y(value) + 3, 'text-anchor': 'end' }, count(value)));
    }
    return lines;
}

function trafficChart(state, width) {
    const { exchanges } = state.data;
    const height = 190;
    const latest = exchanges.time.reduce((a, b) => Math.max(a, b), 0);
    const { step, bins } = timeBins(exchanges.time, latest, Math.min(120, Math.max(10, width / 9)),
        statusClasses.length, (row) => statusClass(exchanges.status[row]));
    const most = Math.max(1, ...bins.map(sum));
    const plotWidth = width - margin.left - margin.right;
    const plotHeight = height - margin.top - margin.bottom;
    const y = (value) => margin.top + plotHeight * (1 - value / most);
    const barWidth = plotWidth / bins.length;

    const bars = bins.flatMap((bin, index) => {
        let below = 0;
        return Array.from(bin, (value, kind) => {
            if (value === 0) return undefined;
            const bar = svg('rect', { class: `status-${statusClasses[kind]}`, x: margin.left + index * barWidth,
                width: Math.max(1, barWidth - 1), y: y(below + value), height: y(below) - y(below + value) });
            below += value;
            return bar;
        });
    });
    const mark = svg('rect', { class: 'mark', y: margin.top, height: plotHeight, width: 0, 'data-left': margin.left });
    const decimals = step >= 1e9 ? 0 : step >= 1e6 ? 3 : 6;
    const labels = Math.max(2, Math.floor(width / 170));
    const ticks = Array.from({ length: labels + 1 }, (_, index) => {
        const time = (index / labels) * bins.length * step;
        const anchor = index === 0 ? 'start' : index === labels ? 'end' : 'middle';
        return svg('text', { class: 'tick', x: margin.left + (index / labels) * plotWidth, y: height - 5,
            'text-anchor': anchor }, formatClock(exchanges.timeAt(time), decimals));
    });
    const chart = svg('svg', { viewBox: `0 0 ${width} ${height}`, tabindex: 0, role: 'img', class: 'chart spans',
        'aria-label': `Exchanges in each ${duration(step)}, at most ${count(most)}. `
            + 'Arrow keys choose a span of time, with Shift a longer one; Enter keeps only that.' },
    countAxis(most, width, y), bars, mark, ticks);
    new SpanChooser(chart, mark, plotWidth, bins.length, (from, to) =>
        state.setFilter({ time: { from: from * step, to: to * step } }));
    return chart;
}

function showStatuses(state, counts) {
    const most = Math.max(1, ...counts);
    const label = (name) => (name === 'none' ? 'no response' : name);
    const bars = statusClasses.map((name, kind) => {
        if (counts[kind] === 0) return undefined;
        const bar = svg('svg', { viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
            svg('rect', { class: `status-${name}`, width: (100 * counts[kind]) / most, height: 10 }));
        return html('li', {}, html('button', { type: 'button', class: 'line', 'data-status': name,
            title: `Show only these`, click: () => state.setFilter({ status: String(kind) }) },
        html('span', {}, label(name)), bar,
        html('span', { class: 'number' }, count(counts[kind])),
        html('span', { class: 'number quiet' }, percent(counts[kind], state.data.exchanges.size))));
    });
    replace(byId('status-chart'), html('ul', { class: 'lines' }, bars));
}

function latencyChart(latencies, width) {
    if (latencies.length === 0) return html('p', { class: 'quiet' }, 'No exchange has a latency.');
    const perDecade = 6;
    const height = 190;
    const { first, counts } = logBins(latencies, perDecade);
    const most = Math.max(...counts);
    const plotWidth = width - margin.left - margin.right;
    const top = margin.top + 14;
    const plotHeight = height - top - margin.bottom;
    const y = (value) => top + plotHeight * (1 - value / most);
    const x = (value) => margin.left
        + ((Math.log10(Math.max(value, 1)) * perDecade - first) / counts.length) * plotWidth;
    const barWidth = plotWidth / counts.length;
    const bars = counts.map((value, index) => svg('rect', { class: 'bar', x: margin.left + index * barWidth,
        width: Math.max(1, barWidth - 1), y: y(value), height: y(0) - y(value) }));
    const ticks = [];
    for (let power = Math.ceil(first / perDecade); power * perDecade <= first + counts.length; power++) {
        const place = x(10 ** power);
        const anchor = place > width - 30 ? 'end' : 'middle';
        ticks.push(svg('text', { class: 'tick', x: Math.min(place, width - 2), y: height - 5, 'text-anchor': anchor },
            duration(10 ** power)));
    }
    let labelled = -Infinity;
    const marks = shares.map(([name, share]) => {
        const place = x(percentile(latencies, share));
        const hasRoom = place - labelled > 28;
        if (hasRoom) labelled = place;
        return [svg('line', { class: 'percentile', x1: place, x2: place, y1: top - 4, y2: y(0) }),
            hasRoom ? svg('text', { class: 'tick strong', x: Math.min(place, width - 14), y: top - 8,
                'text-anchor': 'middle' }, name) : undefined];
    });
    const label = shares.map(([name, share]) => `${name} ${duration(percentile(latencies, share))}`).join(', ');
    return svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', class: 'chart',
        'aria-label': `Histogram of latencies: ${label}` }, countAxis(most, width, y), bars, marks, ticks);
}

export function showOverview(state) {
    const latencies = sortedNumbers(state.data.exchanges.latency);
    const counts = classCounts(state.data.exchanges);
    showFigures(state.data, latencies, counts);
    showStatuses(state, counts);
    if (state.data.exchanges.size === 0) return;
    drawAtWidth(byId('traffic-chart'), (width) => trafficChart(state, width));
    drawAtWidth(byId('latency-chart'), (width) => latencyChart(latencies, width));
}
