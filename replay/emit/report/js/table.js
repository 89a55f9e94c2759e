// The exchanges as a table.

import { byId, html, replace, append, plainTable } from './dom.js';
import { count, duration, formatClock, formatTime, size } from './text.js';
import { severities, statusClass, statusClasses } from './data.js';
import { Rows } from './rows.js';

const columns = [
    { name: 'time', title: 'Time', text: (data, row) => formatClock(data.timeOf(row)) },
    { name: 'process', title: 'Process', text: (data, row) => `${data.comm[row]} ${data.pid[row]}` },
    { name: 'peer', title: 'Peer', text: peerText },
    { name: 'method', title: 'Method', text: (data, row) => data.method[row] },
    { name: 'url', title: 'URL', text: urlText },
    { name: 'status', title: 'Status', text: (data, row) => data.status[row] || '\u2013' },
    { name: 'latency', title: 'Latency', number: true, text: (data, row) => duration(data.latency[row]) },
    { name: 'duration', title: 'Duration', number: true, text: (data, row) => duration(data.duration[row]) },
    { name: 'request', title: 'Sent', number: true, text: (data, row) => size(data.requestBytes[row]) },
    { name: 'response', title: 'Received', number: true, text: (data, row) => size(data.responseBytes[row]) },
    { name: 'marks', title: 'Marks', text: marksText },
];

// An arrow from the client to the server: `→` calls the peer, `←` is called by it.
function peerText(data, row) {
    return data.server[row] ? `\u2190 ${data.client[row]}` : `\u2192 ${data.host[row]}`;
}

// What is said of a target that names its authority itself, or of none.
export function urlText(data, row) {
    const url = data.url[row];
    return url.startsWith('/') ? data.authority[row] + url : url;
}

function marksText(data, row) {
    const marks = [];
    if (data.severity[row] > 0) marks.push(severities[data.severity[row]]);
    if (data.missing[row] > 0) marks.push('gap');
    if (data.truncated[row]) marks.push('cut off');
    return marks.join(', ');
}

function cellClass(column, data, row) {
    const classes = [`cell-${column.name}`];
    if (column.number) classes.push('number');
    if (column.name === 'status') classes.push(`text-${statusClasses[statusClass(data.status[row])]}`);
    if (column.name === 'marks') classes.push(`severity-${severities[data.severity[row]] || 'none'}`);
    return classes.join(' ');
}

// At most so much of a text is put into a row; the details have the rest.
const mostCharacters = 300;

export class Table {
    #heads = new Map();

    constructor(state) {
        this.state = state;
        this.view = byId('table-view');
        this.grid = html('div', { class: 'grid', role: 'grid', tabindex: 0, id: 'table',
            'aria-label': 'Exchanges', 'aria-colcount': columns.length, 'aria-multiselectable': 'false' });
        this.grid.append(this.#head());
        this.view.append(this.grid);
        this.rows = new Rows(this.grid, {
            rowHeight: 26,
            prefix: 'row',
            render: (element, index) => this.#render(element, index),
            act: (index) => state.open(state.rows[index]),
            moved: (index) => state.select(state.rows[index]),
        });
        state.addEventListener('rows', () => this.#update());
        state.addEventListener('selection', () => this.#showSelection());
        this.#update();
    }

    #head() {
        const cells = columns.map((column) => {
            const button = html('button', { type: 'button', tabindex: -1,
                click: () => this.#sortBy(column) }, column.title);
            const head = html('div', { role: 'columnheader', class: `cell-${column.name}`
                + `${column.number ? ' number' : ''}` }, button);
            this.#heads.set(column.name, head);
            return head;
        });
        // One stop for the Tab key; the arrow keys go from column to column.
        cells[0].firstChild.tabIndex = 0;
        const row = html('div', { class: 'head', role: 'row', 'aria-rowindex': 1 }, cells);
        row.addEventListener('keydown', (event) => {
            const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
            const from = cells.findIndex((cell) => cell.contains(event.target));
            const next = cells[from + step]?.firstChild;
            if (!next) return;
            cells.forEach((cell) => { cell.firstChild.tabIndex = -1; });
            next.tabIndex = 0;
            next.focus();
            event.preventDefault();
        });
        return row;
    }

    #sortBy({ name }) {
        const { column, descending } = this.state.order;
        this.state.setOrder(name, column === name && !descending);
    }

    #update() {
        const { column, descending } = this.state.order;
        for (const [name, head] of this.#heads) {
            head.setAttribute('aria-sort', name !== column ? 'none' : descending ? 'descending' : 'ascending');
        }
        this.grid.scrollTop = 0;
        this.rows.active = this.state.rows.indexOf(this.state.selected);
        this.rows.setCount(this.state.rows.length);
    }

    #showSelection() {
        const { rows, selected } = this.state;
        if (rows[this.rows.active] !== selected) this.rows.setActive(rows.indexOf(selected));
    }

    #render(element, index) {
        const { exchanges } = this.state.data;
        const row = this.state.rows[index];
        append(element, columns.map((column, place) => html('div', { role: 'gridcell',
            'aria-colindex': place + 1, class: cellClass(column, exchanges, row) },
        String(column.text(exchanges, row)).slice(0, mostCharacters))));
    }
}

// Paper gets the first rows, as a table of the whole width.
const mostPrinted = 200;

export function printRows(state) {
    const { exchanges } = state.data;
    const rows = Array.from(state.rows.subarray(0, mostPrinted));
    const shown = columns.filter(({ name }) => name !== 'duration');
    const body = rows.map((row) => shown.map((column) => (column.name === 'time'
        ? formatTime(exchanges.timeOf(row), 6) : String(column.text(exchanges, row)).slice(0, mostCharacters))));
    const more = state.rows.length - rows.length;
    replace(byId('print-rows'),
        plainTable('Exchanges', shown.map(({ title }) => title), body),
        more > 0 ? html('p', {}, `${count(more)} more are not printed.`) : undefined);
}
