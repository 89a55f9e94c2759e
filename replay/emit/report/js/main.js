// Puts the page together.

import { byId, html } from './dom.js';
import { readData } from './data.js';
import { Graph } from './graph.js';
import { State } from './state.js';
import { showHealth } from './health.js';
import { showOverview } from './overview.js';
import { showMap } from './map.js';
import { Toolbar } from './toolbar.js';
import { Table, printRows } from './table.js';
import { Waterfall } from './waterfall.js';
import { Detail } from './detail.js';

// The tabs Table and Waterfall (ARIA Authoring Practices, "Tabs").
function addTabs(views) {
    const tabs = views.map(({ id, title }) => html('button', { type: 'button', role: 'tab', id: `${id}-tab`,
        'aria-controls': `${id}-view` }, title));
    const choose = (chosen) => views.forEach(({ id, shown }, index) => {
        const isChosen = index === chosen;
        tabs[index].setAttribute('aria-selected', isChosen);
        tabs[index].tabIndex = isChosen ? 0 : -1;
        byId(`${id}-view`).hidden = !isChosen;
        if (isChosen) shown();
    });
    tabs.forEach((tab, index) => {
        tab.addEventListener('click', () => choose(index));
        tab.addEventListener('keydown', (event) => {
            if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
            const next = (index + 1) % tabs.length;
            choose(next);
            tabs[next].focus();
        });
    });
    byId('views').append(...tabs);
    choose(0);
}

function addKeys(toolbar, detail) {
    document.addEventListener('keydown', (event) => {
        if (event.ctrlKey || event.altKey || event.metaKey) return;
        const isTyping = event.target.closest('input, select, textarea');
        if (event.key === '/' && !isTyping) {
            toolbar.focusSearch();
            event.preventDefault();
        } else if (event.key === 'Escape' && !isTyping && !detail.pane.hidden) {
            detail.close();
        }
    });
}

function addPrinting(state) {
    const print = () => printRows(state);
    addEventListener('beforeprint', print);
    matchMedia('print').addEventListener('change', ({ matches }) => matches && print());
}

// Filters that are set in a chart or the map change what stands further down.
function revealExchanges(state) {
    state.addEventListener('rows', () => {
        const isInForm = byId('exchanges').contains(document.activeElement);
        if (!isInForm) byId('exchanges').scrollIntoView({ behavior: 'auto', block: 'start' });
    });
}

function main() {
    const data = readData();
    data.graph = new Graph(data);
    const state = new State(data);
    showHealth(data);
    showOverview(state);
    showMap(state);
    const toolbar = new Toolbar(state);
    const table = new Table(state);
    const waterfall = new Waterfall(state);
    addTabs([{ id: 'table', title: 'Table', shown: () => table.rows.refresh() },
        { id: 'waterfall', title: 'Waterfall', shown: () => waterfall.show() }]);
    addKeys(toolbar, new Detail(state));
    addPrinting(state);
    revealExchanges(state);
}

main();
