// What the capture is, and what it does not have: first of all, since everything else depends on it.

import { append, byId, html, plainTable, replace } from './dom.js';
import { count, duration, formatTime, plural, size } from './text.js';

const causes = new Map(Object.entries({
    'ring-full': 'the kernel buffer was full',
    'program-skipped': 'the kernel skipped a recording program',
    snaplen: 'longer than the snap length of the recording',
    unreadable: 'memory could not be read in the kernel',
    sendfile: 'sent by sendfile, which has no bytes to copy',
    splice: 'sent by splice, which has no bytes to copy',
    discarded: 'discarded by the reader (MSG_TRUNC)',
    iovecs: 'more pieces in one call than are followed',
    urgent: 'sent out of band',
    unread: 'the connection was closed before they were read',
    lost: 'no record says what happened',
}));

function total(counters, member) {
    return (counters ?? []).reduce((sum, counter) => sum + (counter[member] ?? 0), 0);
}

const looks = ['bad', 'warn', 'note'];

// Each finding is [look, text], worst first.
function findings(capture) {
    const list = [];
    const add = (isTrue, look, text) => isTrue && list.push([look, text]);
    const lost = total(capture.lost, 'records');
    add(lost > 0, 'bad', `${plural(lost, 'record')} lost while recording`);
    const missing = total(capture.missing, 'bytes');
    add(missing > 0, 'warn', `${size(missing)} of what was said known by length only`);
    const damages = (capture.damages ?? []).length;
    add(damages > 0, 'bad', `${plural(damages, 'damaged place')} in the file`);
    add(capture.clean_end === false, 'bad',
        `The capture has no proper end: ${capture.end_reason || 'the recorder was stopped hard'}`);
    const unseen = capture.unrecorded ?? 0;
    const unwanted = total(capture.left_out, 'records') - unseen;
    add(unseen > 0, 'warn', `${plural(unseen, 'call')} that could not be recorded`);
    add(unwanted > 0, 'note', `${plural(unwanted, 'call')} of other traffic not recorded, as intended`);
    add(capture.exchanges_left_out > 0, 'warn',
        `${plural(capture.exchanges_left_out, 'exchange')} left out of this report, which has a limit`);
    for (const note of capture.notes ?? []) list.push(['warn', note]);
    return list.sort(([a], [b]) => looks.indexOf(a) - looks.indexOf(b));
}

function counterTable(caption, counters) {
    if (!counters || counters.length === 0) return undefined;
    return html('div', {}, html('h3', {}, caption),
        plainTable(caption, ['Cause', 'Records', 'Bytes', ''], counters.map((counter) => [
            counter.cause,
            counter.records === undefined ? '' : count(counter.records),
            counter.bytes ? size(counter.bytes) : '',
            causes.get(counter.cause) ?? ''])));
}

function facts(capture) {
    const rows = [
        ['Host', capture.host],
        ['Kernel', capture.kernel],
        ['From', capture.start],
        ['To', capture.end],
        ['Recorded for', capture.duration_ns === undefined ? undefined : duration(capture.duration_ns)],
        ['Files', capture.files?.join(', ')],
        ['Records', capture.records === undefined ? undefined : count(capture.records)],
        ['Written by', capture.writer],
        ['Signed by', capture.signed_by],
        ['Made by', capture.derivation?.join('; ')],
    ].filter(([, value]) => value !== undefined && value !== '');
    return html('dl', { class: 'facts' },
        rows.map(([name, value]) => [html('dt', {}, name), html('dd', {}, value)]));
}

function damageList(damages) {
    if (!damages || damages.length === 0) return undefined;
    return html('div', {}, html('h3', {}, 'Damage'),
        html('ul', {}, damages.map((damage) => html('li', {}, damage))));
}

function details(capture) {
    return [
        counterTable('Lost while recording', capture.lost),
        counterTable('Known by length only', capture.missing),
        counterTable('Left out', capture.left_out),
        damageList(capture.damages),
    ].filter((part) => part !== undefined);
}

export function showHealth({ capture, exchanges }) {
    const host = capture.host ?? 'an unknown host';
    document.title = `HTTP traffic of ${host}`;
    replace(byId('title'), `HTTP traffic of ${host}`);
    const span = exchanges.size === 0 ? 'no exchanges'
        : `${plural(exchanges.size, 'exchange')} in ${duration(exchanges.span)} from `
          + `${formatTime(exchanges.timeAt(0), 3)}`;
    replace(byId('subtitle'), span);

    const found = findings(capture);
    const worst = found[0]?.[0] ?? 'note';
    if (worst === 'note') found.unshift(['', 'Complete: nothing is known to be lost, missing or damaged.']);
    const verdict = html('ul', { class: `verdict ${worst === 'note' ? 'good' : worst}` },
        found.map(([look, text]) => html('li', { class: look }, text)));
    const body = byId('health-body');
    replace(body, verdict, facts(capture));
    const more = details(capture);
    if (more.length > 0) {
        append(body, html('details', { class: 'losses' },
            html('summary', {}, 'Losses by cause'), html('div', { class: 'columns' }, more)));
    }
}
