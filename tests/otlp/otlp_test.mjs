// What httpprof export otlp writes against the messages of opentelemetry-proto:
// node otlp_test.mjs HTTPPROF HOSTILE_CAPTURE CAPTURES WORK
// HOSTILE_CAPTURE writes a capture of hostile texts, CAPTURES are those of testdata, WORK is a folder
// for what is made. Without OpenTelemetry's package of npm it says so and does nothing.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const [httpprof, hostileCapture, captures, work] = process.argv.slice(2);

function loadRequest() {
    const messages = '@opentelemetry/otlp-transformer/build/src/generated/root.js';
    try {
        return createRequire(import.meta.url)(messages).opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
    } catch {
        console.log('skipped: there is no otlp-transformer in tests/otlp/node_modules; tools/dev/install-deps report installs it');
        return process.exit(0);
    }
}

const Request = loadRequest();
mkdirSync(work, { recursive: true });
const hostile = join(work, 'hostile.httpprof');
execFileSync(hostileCapture, [hostile]);

function requests(capture) {
    const text = execFileSync(httpprof, ['export', 'otlp', capture],
        { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
    return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

const spansOf = (request) => request.resourceSpans.flatMap((resource) => resource.scopeSpans.flatMap((scope) => scope.spans));

// OTLP has ids in hexadecimal where JSON of other protobuf messages has base64.
function withBase64Ids(request) {
    for (const span of spansOf(request)) {
        for (const id of ['traceId', 'spanId', 'parentSpanId']) {
            if (id in span) span[id] = Buffer.from(span[id], 'hex').toString('base64');
        }
    }
    return request;
}

// What is left of it in the binary form: all, unless a name or a type is wrong.
function throughProtobuf(request) {
    const bytes = Request.encode(Request.fromObject(request)).finish();
    return Request.toObject(Request.decode(bytes), { longs: String, bytes: String, json: true });
}

const files = readdirSync(captures, { recursive: true })
    .filter((name) => name.endsWith('.httpprof') && !name.includes('sealed')).sort();

describe('the messages of OTLP', () => {
    assert.ok(files.length > 20);
    for (const file of [...files.map((name) => join(captures, name)), hostile]) {
        it(`hold ${file}`, () => {
            for (const request of requests(file).map(withBase64Ids)) {
                assert.ok(spansOf(request).length > 0);
                for (const { traceId, spanId } of spansOf(request)) {
                    assert.deepEqual([traceId.length, spanId.length], [24, 12]);
                }
                assert.deepEqual({ ...throughProtobuf(request) }, request);
            }
        });
    }

    it('do not hold what is none', () => {
        const request = withBase64Ids(requests(hostile)[0]);
        request.resourceSpans[0].scopeSpans[0].spans[0].start_time_unix_nano = '1';
        assert.notDeepEqual(throughProtobuf(request), request);
    });
});
