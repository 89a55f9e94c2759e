// Bytes of messages: decoding what the report carries, and showing it.

function fromBase64(text) {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
}

// The bytes of a member that is there as text (`name`) or as `name`_base64.
export function bytesOf(message, name) {
    if (message[name] !== undefined) return new TextEncoder().encode(message[name]);
    const encoded = message[`${name}_base64`];
    return encoded === undefined ? undefined : fromBase64(encoded);
}

// A body that is the end of the bytes on the wire is not in the report twice.
export function bodyOf(message) {
    if (message.body_offset === undefined) return bytesOf(message, 'body');
    return bytesOf(message, 'raw_payload')?.subarray(message.body_offset);
}

// Nothing when the bytes are not UTF-8.
export function asText(bytes) {
    try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
        return undefined;
    }
}

const printable = (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.');
const hex = (value, digits) => value.toString(16).padStart(digits, '0');

// Sixteen bytes a line: offset, hexadecimal, ASCII.
export function hexDump(bytes, from, to) {
    const lines = [];
    for (let offset = from; offset < to; offset += 16) {
        const row = Array.from(bytes.subarray(offset, Math.min(offset + 16, to)));
        const left = row.slice(0, 8).map((byte) => hex(byte, 2)).join(' ');
        const right = row.slice(8).map((byte) => hex(byte, 2)).join(' ');
        lines.push(`${hex(offset, 8)}  ${left.padEnd(23)}  ${right.padEnd(23)}  ${row.map(printable).join('')}`);
    }
    return lines.join('\n');
}
