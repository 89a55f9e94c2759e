// How values are written for people.

const number = new Intl.NumberFormat('en-US');

export function count(value) {
    return number.format(value);
}

// "1 record", "2 records".
export function plural(value, one, many = `${one}s`) {
    return `${count(value)} ${value === 1 ? one : many}`;
}

export function percent(part, whole) {
    if (whole === 0) return '';
    const share = (100 * part) / whole;
    if (share > 0 && share < 0.1) return '<0.1 %';
    return `${share < 10 ? share.toFixed(1) : share.toFixed(0)} %`;
}

// Three significant digits and a unit of a scale of [unit, size in base units], smallest first.
function scaled(value, units) {
    let chosen = units[0];
    for (const unit of units) {
        if (value >= unit[1]) chosen = unit;
    }
    const amount = value / chosen[1];
    const decimals = chosen[1] === 1 || amount >= 100 ? 0 : amount >= 10 ? 1 : 2;
    return `${amount.toFixed(decimals)}\u00a0${chosen[0]}`;
}

const durationUnits = [['ns', 1], ['\u00b5s', 1e3], ['ms', 1e6], ['s', 1e9], ['min', 60e9], ['h', 3600e9]];
const sizeUnits = [['B', 1], ['KiB', 2 ** 10], ['MiB', 2 ** 20], ['GiB', 2 ** 30]];

export function duration(nanoseconds) {
    return Number.isFinite(nanoseconds) ? scaled(nanoseconds, durationUnits) : '';
}

export function size(bytes) {
    return Number.isFinite(bytes) ? scaled(bytes, sizeUnits) : '';
}

// An RFC 3339 time in UTC as [whole seconds since 1970, nanoseconds].
export function parseTime(timestamp) {
    const dot = timestamp.indexOf('.');
    const end = dot < 0 ? timestamp.length - 1 : dot;
    const seconds = Date.parse(`${timestamp.slice(0, end)}Z`) / 1000;
    const fraction = dot < 0 ? '' : timestamp.slice(dot + 1, -1);
    return [seconds, Number(fraction.padEnd(9, '0').slice(0, 9))];
}

// The reverse, with as many decimals as asked for.
export function formatTime([seconds, nanoseconds], decimals = 9) {
    if (!Number.isFinite(seconds)) return '';
    const whole = seconds + Math.floor(nanoseconds / 1e9);
    const fraction = String(Math.round(nanoseconds % 1e9)).padStart(9, '0').slice(0, decimals);
    const text = new Date(whole * 1000).toISOString().slice(0, 19);
    return decimals > 0 ? `${text}.${fraction}Z` : `${text}Z`;
}

// Without the date.
export function formatClock(time, decimals = 6) {
    return formatTime(time, decimals).slice(11, -1);
}

// IPv6 addresses go into brackets (RFC 3986, section 3.2.2).
export function endpoint(address, port) {
    const host = address?.includes(':') ? `[${address}]` : address ?? '';
    return port === undefined ? host : `${host}:${port}`;
}

// Characters that are invisible, that reorder what stands around them, or that are no characters:
// controls but tab and line feed, zero-width and bidirectional formatting, line and paragraph
// separators, the byte order mark, lone surrogates.
const deceptive =
    /[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Cs}/gu;

// Text of the capture with those characters named instead of acted on. CR LF is a line end.
export function visible(text) {
    return text.replaceAll('\r\n', '\n').replace(deceptive, (character) => {
        const code = character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
        return `\u2039U+${code}\u203a`;
    });
}

// JSON with one value a line. Only white space changes: numbers keep their digits, names their
// order and repetitions. Nothing for what is not JSON.
export function prettyJson(text) {
    try {
        const value = JSON.parse(text);
        if (value === null || typeof value !== 'object') return undefined;
    } catch {
        return undefined;
    }
    return reindent(text);
}

const jsonToken = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},:]|[^\s[\]{},:"]+/g;
const deepestIndent = 40;

function reindent(text) {
    let depth = 0;
    let before = '';
    const out = [];
    const newLine = () => out.push('\n', '  '.repeat(Math.min(depth, deepestIndent)));
    for (const [token] of text.matchAll(jsonToken)) {
        const closes = token === '}' || token === ']';
        const afterOpen = before === '{' || before === '[';
        if (closes) depth--;
        if (closes ? !afterOpen : afterOpen || before === ',') newLine();
        out.push(token === ':' ? ': ' : token);
        if (token === '{' || token === '[') depth++;
        before = token;
    }
    return out.join('');
}
