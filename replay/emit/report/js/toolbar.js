// Search, filters, and what of them is in force.

import { byId, html, replace } from './dom.js';
import { count, duration, formatClock, plural } from './text.js';
import { statusClasses } from './data.js';

function options(list) {
    return list.map(([value, text]) => html('option', { value }, text));
}

function countsOf(values) {
    const counts = new Map();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    return counts;
}

const mostChoices = 300;

function processChoices({ exchanges, processes }) {
    const counts = [...countsOf(exchanges.process)].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    return counts.slice(0, mostChoices).map(([process, number]) => {
        const { comm = 'unknown', pid = '?' } = processes.get(process) ?? {};
        return [String(process), `${comm} ${pid} (${count(number)})`];
    });
}

function methodChoices({ exchanges }) {
    return [...countsOf(exchanges.method)].sort((a, b) => b[1] - a[1]).slice(0, mostChoices)
        .filter(([method]) => method !== '')
        .map(([method, number]) => [method, `${method.slice(0, 40)} (${count(number)})`]);
}

// Filters that are set elsewhere, and how they read.
const chips = [
    ['time', ({ from, to }, data) =>
        `${formatClock(data.exchanges.timeAt(from), 3)} to ${formatClock(data.exchanges.timeAt(to), 3)}`],
    ['connection', (connection) => `connection ${connection}`],
    ['node', ({ name }) => name],
    ['edge', ({ name }) => name],
];

export class Toolbar {
    #inputs = new Map();

    constructor(state) {
        this.state = state;
        this.form = byId('filters');
        const { data } = state;
        replace(this.form,
            this.#search(),
            this.#select('status', 'Status', [['', 'any'], ...statusClasses.map((name, kind) =>
                [String(kind), name === 'none' ? 'no response' : name])]),
            this.#select('method', 'Method', [['', 'any'], ...methodChoices(data)]),
            this.#select('process', 'Process', [['', 'any'], ...processChoices(data)]),
            this.#select('side', 'Seen by', [['', 'either'], ['client', 'client'], ['server', 'server']]),
            this.#select('latency', 'Latency', [['', 'any'],
                ...[1e6, 1e7, 1e8, 1e9, 1e10].map((value) => [String(value), `\u2265 ${duration(value)}`])]),
            this.#select('marks', 'Marks', [['', 'any'], ['anomalies', 'anomalies'], ['severe', 'severe anomalies'],
                ['gaps', 'gaps, or cut off']]),
            html('button', { type: 'button', id: 'reset', click: () => this.#reset() }, 'Clear'));
        this.form.addEventListener('submit', (event) => event.preventDefault());
        state.addEventListener('rows', () => this.#update());
        this.#update();
    }

    focusSearch() {
        this.search.focus();
        this.search.select();
    }

    #search() {
        let timer = 0;
        this.search = html('input', { type: 'search', id: 'search', autocomplete: 'off', spellcheck: 'false',
            placeholder: 'words, "a phrase", -without', 'aria-keyshortcuts': '/',
            input: () => {
                clearTimeout(timer);
                timer = setTimeout(() => this.state.setFilter({ query: this.search.value }), 60);
            },
            keydown: (event) => {
                if (event.key === 'Escape' && this.search.value === '') this.search.blur();
                if (event.key === 'ArrowDown') byId('table').focus();
            } });
        return html('label', { class: 'grow' }, 'Search', this.search);
    }

    #select(name, title, choices) {
        const select = html('select', { name, id: `filter-${name}`,
            change: () => this.state.setFilter({ [name]: select.value || undefined }) }, options(choices));
        this.#inputs.set(name, select);
        return html('label', {}, title, select);
    }

    #reset() {
        this.search.value = '';
        this.state.clearFilter();
    }

    #update() {
        const { filter, rows, data } = this.state;
        for (const [name, select] of this.#inputs) select.value = filter[name] ?? '';
        const all = data.exchanges.size;
        replace(byId('count'), rows.length === all ? plural(all, 'exchange')
            : `${count(rows.length)} of ${plural(all, 'exchange')}`);
        replace(byId('chips'), chips.filter(([name]) => filter[name] !== undefined).map(([name, text]) => {
            const label = text(filter[name], data);
            return html('button', { type: 'button', class: 'chip', 'aria-label': `Remove the filter ${label}`,
                click: () => this.state.setFilter({ [name]: undefined }) }, `${label} \u00d7`);
        }));
    }
}
