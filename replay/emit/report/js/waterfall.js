// The exchanges on their connections, along the time.

import { append, byId, html, replace } from './dom.js';
import { duration, formatClock, plural } from './text.js';
import { statusClass, statusClasses } from './data.js';
import { Rows } from './rows.js';
import { niceStep } from './statistics.js';
import { urlText } from './table.js';

export class Waterfall {
    #items = [];   // {connection} or {row}
    #placeOf = new Map();  // row -> index in #items
    #window = { from: 0, to: 1 };
    #isStale = true;

    constructor(state) {
        this.state = state;
        this.view = byId('waterfall-view');
        this.ticks = html('div', { class: 'ticks' });
        this.grid = html('div', { class: 'grid lanes', role: 'grid', tabindex: 0, id: 'waterfall',
            'aria-label': 'Exchanges on their connections' },
        html('div', { class: 'head', role: 'row', 'aria-rowindex': 1 },
            html('div', { class: 'lane-name', role: 'columnheader' }, this.#buttons()),
            html('div', { class: 'lane', role: 'columnheader' }, html('span', { class: 'unseen' }, 'Time'), this.ticks)));
        this.view.append(this.grid);
        this.rows = new Rows(this.grid, {
            rowHeight: 24,
            prefix: 'lane',
            render: (element, index) => this.#render(element, this.#items[index]),
            act: (index) => this.#act(this.#items[index]),
            moved: (index) => this.#moved(this.#items[index]),
        });
        this.grid.addEventListener('keydown', (event) => this.#key(event));
        state.addEventListener('rows', () => this.#invalidate());
        state.addEventListener('selection', () => this.#showSelection());
    }

    // Made only when it is looked at.
    show() {
        if (this.#isStale) this.#update();
    }

    #invalidate() {
        this.#isStale = true;
        if (!this.view.hidden) this.#update();
    }

    #buttons() {
        const button = (text, label, act) => html('button', { type: 'button', class: 'small',
            'aria-label': label, title: label, click: act }, text);
        return html('span', { class: 'buttons' },
            button('\u2212', 'Show more time (-)', () => this.#zoom(2)),
            button('+', 'Show less time (+)', () => this.#zoom(0.5)),
            button('\u2190', 'Earlier (left arrow)', () => this.#pan(-0.25)),
            button('\u2192', 'Later (right arrow)', () => this.#pan(0.25)),
            button('All', 'Show all time (0)', () => this.#showAll()));
    }

    #update() {
        this.#isStale = false;
        const { exchanges } = this.state.data;
        const byConnection = new Map();
        for (const row of Uint32Array.from(this.state.rows).sort()) {
            const connection = exchanges.connection[row];
            const list = byConnection.get(connection);
            if (list) list.push(row);
            else byConnection.set(connection, [row]);
        }
        this.#items = [];
        this.#placeOf.clear();
        for (const [connection, rows] of byConnection) {
            this.#items.push({ connection, rows });
            for (const row of rows) {
                this.#placeOf.set(row, this.#items.length);
                this.#items.push({ row });
            }
        }
        this.#window = this.#around(this.#spanOf(this.state.rows));
        this.#drawTicks();
        this.rows.active = this.#placeOf.get(this.state.selected) ?? -1;
        this.rows.setCount(this.#items.length);
    }

    #spanOf(rows) {
        const { exchanges } = this.state.data;
        let from = Infinity;
        let to = -Infinity;
        for (const row of rows) {
            from = Math.min(from, exchanges.time[row]);
            to = Math.max(to, exchanges.endOf(row));
        }
        return from <= to ? { from, to } : { from: 0, to: 1 };
    }

    #showAll() {
        this.#showSpan(this.#spanOf(this.state.rows));
    }

    #showSpan(span) {
        this.#window = this.#around(span);
        this.#draw();
    }

    // With some room at both sides; of a microsecond at least.
    #around({ from, to }) {
        const span = Math.max(to - from, 1000);
        return { from: from - span * 0.01, to: from + span * 1.02 };
    }

    #zoom(factor) {
        const { from, to } = this.#window;
        const middle = (from + to) / 2;
        const half = Math.max(((to - from) / 2) * factor, 500);
        this.#window = { from: middle - half, to: middle + half };
        this.#draw();
    }

    #pan(share) {
        const { from, to } = this.#window;
        const step = (to - from) * share;
        this.#window = { from: from + step, to: to + step };
        this.#draw();
    }

    #draw() {
        this.#drawTicks();
        this.rows.refresh();
    }

    #key(event) {
        const act = {
            '+': () => this.#zoom(0.5), '=': () => this.#zoom(0.5), '-': () => this.#zoom(2), '0': () => this.#showAll(),
            ArrowLeft: () => this.#pan(-0.25), ArrowRight: () => this.#pan(0.25),
        }[event.key];
        if (!act || event.target !== this.grid || event.ctrlKey || event.metaKey) return;
        act();
        event.preventDefault();
    }

    #act(item) {
        if (item.row === undefined) this.#showSpan(this.#spanOf(item.rows));
        else this.state.open(item.row);
    }

    #moved(item) {
        if (item.row !== undefined) this.state.select(item.row);
    }

    #showSelection() {
        if (this.view.hidden || this.#isStale) return;
        const place = this.#placeOf.get(this.state.selected);
        if (place !== undefined && place !== this.rows.active) this.rows.setActive(place);
    }

    // Percent of the width of the lane.
    #x(time) {
        const { from, to } = this.#window;
        return (100 * (time - from)) / (to - from);
    }

    #drawTicks() {
        const { from, to } = this.#window;
        const { exchanges } = this.state.data;
        const step = niceStep((to - from) / 5);
        const decimals = step >= 1e9 ? 0 : step >= 1e6 ? 3 : step >= 1e3 ? 6 : 9;
        const ticks = [];
        for (let time = Math.ceil(Math.max(from, 0) / step) * step; time <= to; time += step) {
            const tick = html('span', { class: 'tick' }, formatClock(exchanges.timeAt(time), decimals));
            tick.style.left = `${this.#x(time)}%`;
            ticks.push(tick);
        }
        replace(this.ticks, ticks);
    }

    #render(element, item) {
        const { exchanges } = this.state.data;
        const row = item.row ?? item.rows[0];
        const lane = html('div', { class: 'lane', role: 'gridcell' });
        if (item.row === undefined) {
            element.classList.add('connection');
            const arrow = exchanges.server[row] ? '\u2190' : '\u2192';
            const peer = exchanges.server[row] ? exchanges.client[row] : exchanges.host[row];
            const { from, to } = this.#spanOf(item.rows);
            append(lane, this.#bar('open', from, to));
            append(element, html('div', { class: 'lane-name', role: 'gridcell', title: 'Enter shows its span of time' },
                `#${item.connection} ${exchanges.comm[row]} ${exchanges.pid[row]} ${arrow} ${peer}, `
                + plural(item.rows.length, 'exchange')), lane);
            return;
        }
        this.#addBars(lane, row);
        append(element, html('div', { class: 'lane-name', role: 'gridcell' },
            html('span', { class: `text-${statusClasses[statusClass(exchanges.status[row])]}` }, exchanges.status[row] || '\u2013'),
            ` ${exchanges.method[row]} ${urlText(exchanges, row)}`.slice(0, 200)), lane);
    }

    // First the wait for the response, then its coming in.
    #addBars(lane, row) {
        const { exchanges } = this.state.data;
        const start = exchanges.time[row];
        const end = exchanges.endOf(row);
        const answered = Number.isNaN(exchanges.latency[row]) ? end : start + exchanges.latency[row];
        const kind = statusClasses[statusClass(exchanges.status[row])];
        append(lane, this.#bar(`waiting status-${kind}`, start, answered),
            answered < end ? this.#bar(`status-${kind}`, answered, end) : undefined);
        const place = this.#x(end);
        if (place > 100 || place < 0) return;
        const label = html('span', { class: 'bar-label quiet' }, duration(end - start));
        if (place > 88) {
            label.style.right = `${100 - Math.max(0, this.#x(start))}%`;
        } else {
            label.style.left = `${place}%`;
        }
        append(lane, label);
    }

    #bar(classes, from, to) {
        const left = Math.max(-1, this.#x(from));
        const right = Math.min(101, this.#x(to));
        if (right < 0 || left > 100) return undefined;
        const bar = html('span', { class: `lane-bar ${classes}` });
        bar.style.left = `${left}%`;
        bar.style.width = `${Math.max(0, right - left)}%`;
        return bar;
    }
}
