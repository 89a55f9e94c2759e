// Building the page. Whatever comes from the capture becomes a text node or the value of an
// attribute that is never code or an address; nothing here parses markup.

import { visible } from './text.js';

const svgNamespace = 'http://www.w3.org/2000/svg';

function fill(element, properties, children) {
    for (const [name, value] of Object.entries(properties)) {
        if (value === undefined || value === false) continue;
        if (typeof value === 'function') {
            element.addEventListener(name, value);
        } else {
            element.setAttribute(name, value === true ? '' : visible(String(value)));
        }
    }
    append(element, ...children);
    return element;
}

// Strings become text; undefined children are left out.
export function append(element, ...children) {
    for (const child of children.flat(Infinity)) {
        if (child === undefined) continue;
        element.append(child instanceof Node ? child : document.createTextNode(visible(String(child))));
    }
}

// An HTML element. Properties are attributes, or listeners where the value is a function.
export function html(tag, properties = {}, ...children) {
    return fill(document.createElement(tag), properties, children);
}

export function svg(tag, properties = {}, ...children) {
    return fill(document.createElementNS(svgNamespace, tag), properties, children);
}

export function byId(id) {
    return document.getElementById(id);
}

export function replace(element, ...children) {
    element.replaceChildren();
    append(element, ...children);
}

// Draws into `element` at its width in pixels, again whenever that changes.
export function drawAtWidth(element, draw) {
    let drawn = 0;
    const redraw = () => {
        const width = Math.floor(element.clientWidth);
        if (width === 0 || width === drawn) return;
        drawn = width;
        replace(element, draw(width));
    };
    new ResizeObserver(redraw).observe(element);
    redraw();
}

// A table of texts with a header row; a cell may also be an element.
export function plainTable(caption, head, rows) {
    const cells = (tag, row, properties) => row.map((cell) => html(tag, properties, cell));
    return html('table', { class: 'plain' },
        html('caption', { class: 'unseen' }, caption),
        html('thead', {}, html('tr', {}, cells('th', head, { scope: 'col' }))),
        html('tbody', {}, rows.map((row) => html('tr', {}, cells('td', row, {})))));
}
