// A scrolled list of any length of which only what can be seen is in the page. Rows are one of a
// grid to assistive technology; the active one is told by aria-activedescendant.

import { html, replace } from './dom.js';

// Browsers do not lay out elements much higher than this (pixels); beyond, scrolling is scaled.
const mostPixels = 8e6;

export class Rows {
    active = -1;
    #pool = new Map();  // index -> element
    #count = 0;
    #scheduled = false;

    // `render(element, index)` fills a row; `act(index)` is what Enter and a click do;
    // `moved(index)` is told when the active row changes.
    constructor(viewport, { rowHeight, render, act, moved, prefix }) {
        Object.assign(this, { viewport, rowHeight, render, act, moved, prefix });
        this.spacer = html('div', { class: 'spacer', role: 'rowgroup' });
        viewport.append(this.spacer);
        viewport.addEventListener('scroll', () => this.#schedule());
        viewport.addEventListener('keydown', (event) => this.#key(event));
        this.spacer.addEventListener('click', (event) => this.#click(event));
        new ResizeObserver(() => this.#schedule()).observe(viewport);
    }

    setCount(count) {
        this.#count = count;
        this.viewport.setAttribute('aria-rowcount', count + 1);
        this.spacer.style.height = `${Math.min(mostPixels, count * this.rowHeight)}px`;
        this.refresh();
    }

    // All that is shown may have changed.
    refresh() {
        this.#pool.clear();
        replace(this.spacer);
        this.#draw();
    }

    setActive(index, options = {}) {
        this.active = index;
        if (options.scroll !== false && index >= 0) this.#reveal(index);
        this.#draw();
        this.#mark();
    }

    get #headHeight() {
        return this.spacer.offsetTop;
    }

    get #visible() {
        return Math.max(1, Math.floor((this.viewport.clientHeight - this.#headHeight) / this.rowHeight));
    }

    // Index of the row at the top, with a fraction. Equal to pixels / rowHeight unless scaled.
    get #first() {
        const all = this.#count * this.rowHeight;
        if (all <= mostPixels) return this.viewport.scrollTop / this.rowHeight;
        const way = mostPixels + this.#headHeight - this.viewport.clientHeight;
        return (this.viewport.scrollTop / way) * (this.#count - this.#visible);
    }

    #scrollTo(first) {
        const all = this.#count * this.rowHeight;
        const way = mostPixels + this.#headHeight - this.viewport.clientHeight;
        this.viewport.scrollTop = all <= mostPixels ? first * this.rowHeight
            : (first / (this.#count - this.#visible)) * way;
    }

    #reveal(index) {
        const first = this.#first;
        if (index < first) this.#scrollTo(index);
        else if (index > first + this.#visible - 1) this.#scrollTo(index - this.#visible + 1);
    }

    #schedule() {
        if (this.#scheduled) return;
        this.#scheduled = true;
        requestAnimationFrame(() => {
            this.#scheduled = false;
            this.#draw();
        });
    }

    #draw() {
        const first = this.#first;
        const from = Math.max(0, Math.floor(first) - 4);
        const to = Math.min(this.#count, Math.ceil(first) + this.#visible + 6);
        for (const [index, element] of this.#pool) {
            if (index < from || index >= to) {
                element.remove();
                this.#pool.delete(index);
            }
        }
        const scrolled = this.viewport.scrollTop;
        for (let index = from; index < to; index++) {
            let element = this.#pool.get(index);
            if (!element) {
                element = html('div', { class: 'row', role: 'row', id: `${this.prefix}-${index}`,
                    'aria-rowindex': index + 2, 'data-index': index });
                this.render(element, index);
                this.#pool.set(index, element);
                this.spacer.append(element);
            }
            element.style.top = `${Math.round(scrolled + (index - first) * this.rowHeight)}px`;
        }
        this.#mark();
    }

    #mark() {
        for (const [index, element] of this.#pool) {
            element.classList.toggle('active', index === this.active);
            element.setAttribute('aria-selected', index === this.active);
        }
        if (this.#pool.has(this.active)) {
            this.viewport.setAttribute('aria-activedescendant', `${this.prefix}-${this.active}`);
        } else {
            this.viewport.removeAttribute('aria-activedescendant');
        }
    }

    #click(event) {
        const row = event.target.closest('.row');
        if (!row || String(document.getSelection()).length > 0) return;
        this.#move(Number(row.dataset.index));
        this.act(this.active);
    }

    #key(event) {
        if (event.target !== this.viewport || event.ctrlKey || event.altKey || event.metaKey) return;
        const page = this.#visible - 1;
        const target = {
            ArrowDown: this.active + 1, ArrowUp: this.active - 1, PageDown: this.active + page,
            PageUp: this.active - page, Home: 0, End: this.#count - 1,
        }[event.key];
        if (target !== undefined) this.#move(target);
        else if (event.key === 'Enter' && this.active >= 0) this.act(this.active);
        else return;
        event.preventDefault();
    }

    #move(target) {
        if (this.#count === 0) return;
        this.setActive(Math.min(this.#count - 1, Math.max(0, target)));
        this.moved(this.active);
    }
}
