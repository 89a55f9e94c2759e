// The pane with everything about one exchange.

import { append, byId, html, plainTable, replace } from './dom.js';
import { count, duration, formatTime, plural, prettyJson, size } from './text.js';
import { severities } from './data.js';
import { asText, bodyOf, bytesOf, hexDump } from './bytes.js';

// More is shown on request: layout of very long texts takes seconds.
const textStep = 100_000;  // characters
const hexStep = 16_384;    // bytes

// A long text in a <pre>, `step` units at a time.
function longText(total, step, unit, piece) {
    let shown = Math.min(step, total);
    const text = html('pre', { tabindex: 0 }, piece(0, shown));
    if (shown >= total) return text;
    const more = html('button', { type: 'button', class: 'small' });
    const label = () => replace(more, `Show more (${count(shown)} of ${count(total)} ${unit} shown)`);
    more.addEventListener('click', () => {
        const next = Math.min(total, shown + step);
        append(text, piece(shown, next));
        shown = next;
        if (shown >= total) more.remove();
        else label();
    });
    label();
    return html('div', {}, text, more);
}

function textView(text) {
    return longText(text.length, textStep, 'characters', (from, to) => text.slice(from, to));
}

function hexView(bytes) {
    return longText(bytes.length, hexStep, 'bytes',
        (from, to) => (from > 0 ? '\n' : '') + hexDump(bytes, from, to));
}

// The ways in which a message's bytes can be shown, best first: [name, function that shows].
function bodyViews(message) {
    const views = [];
    const body = bodyOf(message);
    if (body && body.length > 0) {
        const text = asText(body);
        const pretty = text === undefined ? undefined : prettyJson(text);
        if (pretty !== undefined) views.push(['JSON', () => textView(pretty)]);
        if (text !== undefined) views.push(['Text', () => textView(text)]);
        views.push(['Hex', () => hexView(body)]);
    }
    const raw = bytesOf(message, 'raw_payload');
    if (raw && raw.length > 0) views.push(['Wire', () => wireView(message, raw)]);
    return views;
}

function wireView(message, raw) {
    const cut = message.raw_payload_left_out;
    return html('div', {}, hexView(raw),
        cut > 0 ? html('p', { class: 'cut' }, `${plural(cut, 'more byte')} left out of this report.`) : undefined);
}

function body(message, name) {
    const views = bodyViews(message);
    const cut = message.body_left_out;
    const note = cut > 0 ? html('p', { class: 'cut' }, `Cut: ${plural(cut, 'byte')} of it left out of this report.`) : undefined;
    if (views.length === 0) return note;
    const place = html('div');
    const buttons = views.map(([title, show], index) => html('button', { type: 'button', class: 'small',
        'aria-pressed': 'false', click: () => choose(index, show) }, title));
    let chosen = -1;
    const choose = (index, show) => {
        chosen = chosen === index ? -1 : index;
        buttons.forEach((button, other) => button.setAttribute('aria-pressed', other === chosen));
        replace(place, chosen < 0 ? undefined : show());
    };
    if (views[0][0] !== 'Wire') choose(0, views[0][1]);
    const decoded = message.decoded_size === undefined ? '' : `, decoded ${size(message.decoded_size)}`;
    const heading = message.body_size ? `Body ${size(message.body_size)}`
        : bodyOf(message)?.length > 0 ? 'Body' : 'No body';
    return html('div', { class: 'body' },
        html('div', { class: 'bar', role: 'group', 'aria-label': `${name}: how to show its bytes` },
            html('h4', {}, heading, decoded), buttons), place, note);
}

function fields(title, list) {
    if (!list || list.length === 0) return undefined;
    return html('div', {}, html('h4', {}, title),
        html('div', { class: 'scroll' }, plainTable(title, ['Name', 'Value'],
            list.map(([name, value]) => [name, shortened(value)]))));
}

// A value of any length, the rest of a long one behind a button.
function shortened(value) {
    const most = 2000;
    if (value.length <= most) return value;
    const cell = html('span', {}, value.slice(0, most));
    cell.append(html('button', { type: 'button', class: 'small',
        click: () => replace(cell, value) }, `\u2026 ${plural(value.length - most, 'more character')}`));
    return cell;
}

function anomalies(list) {
    if (!list || list.length === 0) return undefined;
    const look = (severity) => (severities.includes(severity) ? severity : 'none');
    return html('div', {}, html('h4', {}, 'Anomalies'),
        html('ul', { class: 'anomalies' }, list.map(({ id, severity, offset }) => html('li', {},
            html('span', { class: `badge severity-${look(severity)}` }, severity), ` ${id}, byte ${count(offset)}`))));
}

function gaps(list) {
    if (!list || list.length === 0) return undefined;
    return html('div', {}, html('h4', {}, 'Missing bytes'),
        plainTable('Missing bytes', ['From byte', 'Bytes', 'Cause'],
            list.map(({ offset, length, cause }) => [count(offset), count(length), cause])));
}

function startLine(message) {
    const version = message.http_version ? `HTTP/${message.http_version}` : '';
    const parts = message.status_code === undefined
        ? [message.method, message.url, version] : [version, message.status_code, message.reason];
    return parts.filter((part) => part !== undefined && part !== '').join(' ');
}

function messageView(message) {
    const isRequest = message.status_code === undefined;
    const title = isRequest ? 'Request' : 'Response';
    const facts = [
        message.timestamp,
        `${message.direction === 'send' ? 'sent' : 'received'}, ${plural(message.bytes ?? 0, 'byte')}`,
        message.latency_ns === undefined ? undefined : `after ${duration(message.latency_ns)}`,
        message.duration_ns > 0 ? `took ${duration(message.duration_ns)}` : undefined,
        message.truncated ? 'its end was not seen' : undefined,
    ].filter((fact) => fact !== undefined).join(' \u00b7 ');
    return html('section', { class: 'message' }, html('h3', {}, title),
        html('p', { class: 'start-line' }, shortened(startLine(message))),
        html('p', { class: 'quiet' }, facts),
        anomalies(message.anomalies), gaps(message.gaps),
        fields('Header', message.headers), body(message, title), fields('Trailers', message.trailers));
}

function processView(process) {
    if (!process) return undefined;
    const rows = [
        ['Process', `${process.comm ?? ''} ${process.pid ?? ''}`],
        ['Command', process.cmdline], ['Program', process.exe], ['Started', process.start_time],
        ['User', process.uid], ['Cgroup', process.cgroup], ['Own pid', process.ns_pid],
        ['Not known', process.error], ['Kept', process.env_kept],
    ].filter(([, value]) => value !== undefined && value !== '');
    const environment = process.env ?? [];
    return html('section', { class: 'message' }, html('h3', {}, 'Process'),
        html('dl', { class: 'facts' },
            rows.map(([name, value]) => [html('dt', {}, name), html('dd', {}, shortened(String(value)))])),
        html('details', { id: 'environment' },
            html('summary', {}, `Environment (${plural(environment.length, 'variable')})`),
            environment.length > 0 ? html('div', { class: 'scroll' }, plainTable('Environment', ['Name', 'Value'],
                environment.map(([name, value]) => [name, shortened(value)]))) : undefined));
}

export class Detail {
    #returnTo = null;

    constructor(state) {
        this.state = state;
        this.pane = byId('detail');
        state.addEventListener('detail', () => this.#update());
        this.pane.addEventListener('keydown', (event) => {
            if (event.key !== 'Escape') return;
            event.stopPropagation();
            this.close();
        });
    }

    close() {
        this.state.close();
        this.#returnTo?.focus({ preventScroll: true });
    }

    #update() {
        const row = this.state.opened;
        const wasOpen = !this.pane.hidden;
        this.pane.hidden = row < 0;
        byId('workbench').classList.toggle('with-detail', row >= 0);
        if (row < 0) {
            replace(this.pane);
            return;
        }
        if (!wasOpen) this.#returnTo = document.activeElement;
        const { exchanges, messages, processes } = this.state.data;
        const side = exchanges.server[row] ? 'as the server saw it' : 'as the client saw it';
        replace(this.pane,
            html('div', { class: 'detail-head' },
                html('h2', {}, `Exchange ${exchanges.id[row]}`, html('small', { class: 'quiet' }, ` ${side}`)),
                html('button', { type: 'button', class: 'small', id: 'detail-close', 'aria-keyshortcuts': 'Escape',
                    click: () => this.close() }, 'Close')),
            html('p', { class: 'quiet' },
                `${formatTime(exchanges.timeOf(row))} \u00b7 ${exchanges.client[row]} \u2192 ${exchanges.host[row]} \u00b7 `,
                html('button', { type: 'button', class: 'link',
                    click: () => this.state.setFilter({ connection: exchanges.connection[row] }) },
                `connection ${exchanges.connection[row]}`)),
            exchanges.messages[row].map((number) => messageView(messages.get(number))),
            processView(processes.get(exchanges.process[row])));
        this.pane.scrollTop = 0;
    }
}
