// What the user has asked to see. Views listen; they never call each other.

import { Sorter, matchingRows } from './filter.js';

export class State extends EventTarget {
    filter = {};
    order = { column: 'time', descending: false };
    rows = new Uint32Array();  // that pass the filter, in order
    selected = -1;             // row
    opened = -1;               // row whose details are shown
    #sorter;

    constructor(data) {
        super();
        this.data = data;
        this.#sorter = new Sorter(data.exchanges);
        this.#choose();
    }

    // Changes what is given and keeps the rest of the filter; undefined takes a condition away.
    setFilter(change) {
        this.filter = { ...this.filter, ...change };
        this.#choose();
        this.#say('rows');
    }

    clearFilter() {
        this.filter = {};
        this.#choose();
        this.#say('rows');
    }

    setOrder(column, descending) {
        this.order = { column, descending };
        this.#choose();
        this.#say('rows');
    }

    select(row) {
        this.selected = row;
        this.#say('selection');
        if (this.opened >= 0) this.open(row);
    }

    open(row) {
        this.selected = row;
        this.opened = row;
        this.#say('selection');
        this.#say('detail');
    }

    close() {
        this.opened = -1;
        this.#say('detail');
    }

    #choose() {
        const rows = matchingRows(this.data, this.filter);
        const { column, descending } = this.order;
        const isSorted = column === 'time' && !descending;
        this.rows = isSorted ? rows : this.#sorter.sort(rows, column, descending);
    }

    #say(what) {
        this.dispatchEvent(new Event(what));
    }
}
