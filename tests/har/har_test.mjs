// What httpprof export har writes against the schema of HAR 1.2:
// node har_test.mjs HTTPPROF HOSTILE_CAPTURE CAPTURES WORK
// HOSTILE_CAPTURE writes a capture of hostile texts, CAPTURES are those of testdata, WORK is a folder
// for what is made. Without the validator of npm it says so and does nothing.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const [httpprof, hostileCapture, captures, work] = process.argv.slice(2);

function loadValidator() {
    try {
        return createRequire(import.meta.url)('har-validator');
    } catch {
        console.log('skipped: there is no har-validator in tests/har/node_modules; tools/dev/install-deps report installs it');
        return process.exit(0);
    }
}

const validator = loadValidator();
mkdirSync(work, { recursive: true });
const hostile = join(work, 'hostile.httpprof');
execFileSync(hostileCapture, [hostile]);

function har(capture) {
    const text = execFileSync(httpprof, ['export', 'har', capture],
        { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
    return JSON.parse(text);
}

async function errorsOf(data) {
    try {
        await validator.har(data);
        return [];
    } catch ({ errors }) {
        return errors;
    }
}

const files = readdirSync(captures, { recursive: true })
    .filter((name) => name.endsWith('.httpprof') && !name.includes('sealed')).sort();

describe('the schema of HAR', () => {
    assert.ok(files.length > 20);
    for (const file of [...files.map((name) => join(captures, name)), hostile]) {
        it(`takes ${file}`, async () => {
            const data = har(file);
            assert.deepEqual(await errorsOf(data), []);
            for (const { request } of data.log.entries) assert.ok(URL.canParse(request.url), request.url);
        });
    }

    it('refuses what is no HAR', async () => {
        const data = har(files.map((name) => join(captures, name))[0]);
        delete data.log.entries[0].timings.send;
        assert.notDeepEqual(await errorsOf(data), []);
    });
});
