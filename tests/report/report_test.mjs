// The page of `httpprof report` in a browser:
// node report_test.mjs PAGE WORK HTTPPROF HOSTILE_CAPTURE CAPTURES
// PAGE is the folder with head.html and tail.html, WORK one for the reports that are made.
// HOSTILE_CAPTURE writes a capture of hostile texts, CAPTURES are those of testdata.
// With SCREENSHOTS=FOLDER it leaves pictures there. Without a browser it says so and does nothing.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import { capture, losses, processes, shop, shopPeers, writeReport } from './made_up_report.mjs';
import { hostileCapture as hostileFacts, hostileExchanges, hostileProcesses } from './hostile_report.mjs';

const [page_folder, work, httpprof, hostileCapture, captures] = process.argv.slice(2);

function skip(reason) {
    console.log(`skipped: ${reason}; tools/dev/install-deps report installs it`);
    process.exit(0);
}

function findChromium() {
    return ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/snap/bin/chromium'].find(existsSync)
        ?? skip('there is no chromium');
}

function loadPlaywright() {
    try {
        return createRequire(import.meta.url)('playwright-core');
    } catch {
        return skip('there is no playwright-core in tests/report/node_modules');
    }
}

const executablePath = findChromium();
const { chromium } = loadPlaywright();
mkdirSync(work, { recursive: true });
let browser;

// Opens a report of made-up data.
function open(name, data, options = {}) {
    const file = join(work, `${name}.html`);
    writeReport(page_folder, file, data);
    return openFile(file, options);
}

// Opens the report that httpprof makes of captures.
function openCaptures(name, paths, options = []) {
    const file = join(work, `${name}.html`);
    execFileSync(httpprof, ['report', ...paths, '-o', file, ...options], { stdio: 'ignore' });
    return openFile(file);
}

// Opens a report and keeps count of all that a report must never do.
async function openFile(file, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.misdeeds = [];
    const misdeed = (what) => page.misdeeds.push(what);
    page.on('console', (message) => misdeed(`console: ${message.text()}`));
    page.on('pageerror', (error) => misdeed(`error: ${error.stack}`));
    page.on('dialog', (dialog) => {
        misdeed(`dialog: ${dialog.message()}`);
        dialog.dismiss();
    });
    const address = pathToFileURL(file).href;
    context.on('request', (request) => request.url() === address || misdeed(`request: ${request.url()}`));
    context.on('page', (other) => other === page || misdeed(`window: ${other.url()}`));
    page.on('framenavigated', (frame) => frame.url() === address || /#[a-z]+$/.test(frame.url())
        || misdeed(`navigation: ${frame.url()}`));
    await page.goto(address);
    await page.locator('#table-tab').waitFor();
    return page;
}

async function screenshot(page, name, options = {}) {
    if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`), ...options });
}

async function close(page) {
    const { misdeeds } = page;
    await page.context().close();
    assert.deepEqual(misdeeds, []);
}

const count = (page) => page.locator('#count').textContent();
const cell = (page, row, name) => page.locator(`#row-${row} .cell-${name}`);

// Waits for the text of an element; what it was otherwise is in the message.
async function expectText(locator, expected) {
    let text;
    for (let attempt = 0; attempt < 100; attempt++) {
        text = await locator.textContent();
        if (expected instanceof RegExp ? expected.test(text) : text === expected) return;
        await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
    assert.fail(`'${text}' is not ${expected}`);
}

before(async () => {
    browser = await chromium.launch({ executablePath, chromiumSandbox: false });
});
after(() => browser?.close());

describe('100,000 exchanges', () => {
    const size = 100_000;
    let page;
    const rows = [];
    // Keeps what the tests compare with, while the report is written.
    function* remembered(exchanges) {
        for (const exchange of exchanges) {
            rows.push(exchange[0]);
            yield exchange;
        }
    }
    before(async () => {
        page = await open('shop', { exchanges: remembered(shop(size)), capture, processes, peers: shopPeers });
    });
    beforeEach(async () => {
        await page.locator('#reset').click();
        await page.locator('#table-tab').click();
        await expectText(page.locator('#count'), '100,000 exchanges');
    });
    after(() => close(page));

    it('are counted, and a whole capture is said to be whole', async () => {
        assert.equal(await count(page), '100,000 exchanges');
        assert.equal(await page.title(), 'HTTP traffic of shop-1');
        await expectText(page.locator('.verdict.good'), /^Complete/);
        await screenshot(page, 'shop-light', { fullPage: true });
    });

    it('have figures that are those of the data', async () => {
        const latencies = rows.map((row) => row.latency_ns).filter((latency) => latency !== undefined).sort((a, b) => a - b);
        const p99 = latencies[Math.ceil(0.99 * latencies.length) - 1];
        const figures = await page.locator('#figures').textContent();
        assert.match(figures, new RegExp(`Latency p99${(p99 / 1e6).toPrecision(3)}\u00a0ms`));
        const failed = rows.filter((row) => row.status_code >= 500).length;
        assert.match(figures, new RegExp(`Server errors${failed.toLocaleString('en-US')}`));
    });

    it('keep few rows in the page, wherever it is scrolled to', async () => {
        const grid = page.locator('#table');
        await grid.focus();
        await page.keyboard.press('End');
        await page.locator('#row-99999.active').waitFor();
        assert.ok(await page.locator('#table .row').count() < 100);
        await page.keyboard.press('Home');
        await page.locator('#row-0.active').waitFor();
    });

    it('are searched quickly', async () => {
        await page.keyboard.press('/');
        await page.keyboard.type('needle');
        await expectText(page.locator('#count'), '2 of 100,000 exchanges');
        await expectText(cell(page, 0, 'url'), /\/the-needle\?in=haystack$/);
        await page.locator('#search').fill('post "/price/eur" -prices');
        const expected = rows.filter((row) => row.method === 'POST'
            && row.url.startsWith('/price/EUR') && ![row.comm, row.authority].some((text) => text.includes('prices'))).length;
        await expectText(page.locator('#count'), `${expected.toLocaleString('en-US')} of 100,000 exchanges`);
        const took = await page.evaluate(async () => {
            const search = document.getElementById('search');
            const before = performance.now();
            search.value = 'stock';
            search.dispatchEvent(new Event('input'));
            const shown = document.getElementById('count').textContent;
            while (document.getElementById('count').textContent === shown) {
                await new Promise((resolve) => { requestAnimationFrame(resolve); });
            }
            return performance.now() - before;
        });
        assert.ok(took < 1500, `the search took ${took} ms`);
    });

    it('are sorted, in both directions, those without a value last', async () => {
        const head = page.getByRole('columnheader', { name: 'Latency' });
        const latencies = rows.map((row) => row.latency_ns).filter((latency) => latency !== undefined);
        await head.getByRole('button').click();
        assert.equal(await head.getAttribute('aria-sort'), 'ascending');
        const milliseconds = async (row) => parseFloat(await cell(page, row, 'latency').textContent());
        assert.equal(await milliseconds(0), Number((Math.min(...latencies.slice(0, 1e5)) / 1e3).toPrecision(3)));
        await head.getByRole('button').click();
        assert.equal(await head.getAttribute('aria-sort'), 'descending');
        assert.equal(await milliseconds(0), Number((latencies.reduce((a, b) => Math.max(a, b)) / 1e6).toPrecision(3)));
        await page.locator('#table').focus();
        await page.keyboard.press('End');
        await expectText(cell(page, size - 1, 'latency'), '');
        await page.getByRole('columnheader', { name: 'Time' }).getByRole('button').click();
        await expectText(cell(page, 0, 'time'), /^15:43:42\.0/);
    });

    it('are filtered by status, mark and process', async () => {
        await page.locator('#filter-status').selectOption('5');
        await page.locator('#filter-marks').selectOption('severe');
        await page.locator('#filter-process').selectOption('1');
        const expected = rows.filter((row) => row.status_code >= 500
            && row.severity === 'severe' && row.process === 1).length;
        assert.ok(expected > 0);
        await expectText(page.locator('#count'), `${expected} of 100,000 exchanges`);
    });

    it('open by keyboard, follow the selection, and close', async () => {
        await page.locator('#search').fill('needle');
        await expectText(page.locator('#count'), '2 of 100,000 exchanges');
        await page.keyboard.press('ArrowDown');  // from the search into the table
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('Enter');
        const detail = page.locator('#detail');
        await expectText(detail.locator('h2'), /^Exchange \d+\.7 as the/);
        await expectText(detail.locator('pre').last(),
            /\n {2}"item": \{\n {4}"id": 70000000000001,\n.*"name": "x\\u00e4",\n[^]*"price": 1\.10/);
        await screenshot(page, 'detail-light');
        await page.keyboard.press('ArrowDown');
        await expectText(detail.locator('h2'), /^Exchange \d+\.77777 as the/);
        await page.keyboard.press('Escape');
        assert.ok(await detail.isHidden());
        assert.equal(await page.evaluate(() => document.activeElement.id), 'table');
    });

    it('show the body in hexadecimal, the anomalies, the gaps and the environment', async () => {
        await page.locator('#search').fill('content-length-differs');
        await expectText(page.locator('#count'), /^101 of/);
        await cell(page, 0, 'url').click();
        const detail = page.locator('#detail');
        await expectText(detail.locator('.anomalies').first(), 'severe content-length-differs, byte 12');
        await detail.getByRole('button', { name: 'Hex' }).last().click();
        await expectText(detail.locator('pre').last(), /^00000000 {2}7b 22 69 74 65 6d 22 3a {2}7b .* {2}\{"item":\{"id":5/);
        await detail.locator('#environment summary').click();
        await expectText(detail.locator('#environment tbody tr').first(), /^SERVICE[a-z]+$/);
        await page.locator('#search').fill('');
        await page.locator('#filter-marks').selectOption('gaps');
        await page.locator('#filter-status').selectOption('2');
        await expectText(page.locator('#count'), /^\d{1,3} of/);
        await cell(page, 0, 'url').click();
        await expectText(detail.getByRole('table', { name: 'Missing bytes' }), /4003,000sendfile/);
        await detail.locator('#detail-close').click();
    });

    it('have a map that counts calls once and filters', async () => {
        const map = page.locator('svg.map');
        const names = await map.locator('.node.service .name').allTextContents();
        assert.deepEqual(names.sort(), ['accounts', 'curl', 'gateway', 'prices', 'shop', 'stock']);
        const addresses = await map.locator('.node.address .name').allTextContents();
        assert.deepEqual(addresses.sort(), ['10.3.0.9:443', '203.0.113.20:443']);
        const edge = map.getByRole('button', { name: /^curl calls gateway: [\d,]+ exchanges/ });
        await edge.focus();
        await page.keyboard.press('Enter');
        const expected = rows.filter((row) => row.authority.startsWith('gateway')).length;
        await expectText(page.locator('#count'), `${expected.toLocaleString('en-US')} of 100,000 exchanges`);
        await expectText(page.locator('.chip'), 'curl \u2192 gateway \u00d7');
        await page.locator('.chip').click();
        await expectText(page.locator('#count'), '100,000 exchanges');
    });

    it('stand on their connections in the waterfall', async () => {
        await page.locator('#filter-status').selectOption('5');
        await page.locator('#waterfall-tab').click();
        await expectText(page.locator('#lane-0'), /^#\d+ .*exchanges/);
        assert.ok(await page.locator('#waterfall .lane-bar').count() > 10);
        await page.locator('#lane-0').click();
        await page.locator('#lane-1').click();
        await expectText(page.locator('#detail h2'), /^Exchange/);
        await screenshot(page, 'waterfall-light');
        await page.keyboard.press('Escape');
    });

    it('can be kept for a span of time, with the pointer and with keys', async () => {
        const chart = page.locator('#traffic-chart svg');
        await chart.focus();
        for (const key of ['ArrowRight', 'Shift+ArrowRight', 'Enter']) await page.keyboard.press(key);
        await expectText(page.locator('#count'), /^\d[\d,]* of 100,000 exchanges$/);
        const byKeys = await count(page);
        await chart.scrollIntoViewIfNeeded();
        const box = await chart.boundingBox();
        await page.mouse.move(box.x + 300, box.y + 50);
        await page.mouse.down();
        await page.mouse.move(box.x + 600, box.y + 50, { steps: 3 });
        await page.mouse.up();
        await expectText(page.locator('.chip'), /^15:\d\d:\d\d\.\d{3} to 15:/);
        assert.notEqual(await count(page), byKeys);
    });

    it('are printed as far as paper goes', async () => {
        await page.emulateMedia({ media: 'print' });
        await expectText(page.locator('#print-rows > p'), '99,800 more are not printed.');
        assert.equal(await page.locator('#print-rows tbody tr').count(), 200);
        assert.ok(await page.locator('#table').isHidden());
        const pdf = await page.pdf({ preferCSSPageSize: true });
        assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
        await page.emulateMedia({ media: 'screen' });
    });
});

describe('a small capture with losses, in the dark', () => {
    it('says at the top what is missing', async () => {
        const page = await open('losses', { exchanges: shop(300), capture: { ...capture, ...losses }, processes, peers: shopPeers },
            { colorScheme: 'dark' });
        await expectText(page.locator('.verdict.bad'),
            /^1,234 records lost.*1 damaged place.*inside a frame.*7\.09.MiB of what was said known by length only.*2 calls that could not be recorded.*88 calls of other traffic not recorded, as intended/);
        await page.locator('.losses summary').click();
        await expectText(page.locator('.losses'), /ring-full1,234/);
        await screenshot(page, 'losses-dark', { fullPage: true });
        await cell(page, 2, 'url').click();
        await screenshot(page, 'detail-dark');
        await close(page);
    });

    it('is readable on a narrow screen', async () => {
        const page = await open('narrow', { exchanges: shop(300), capture, processes, peers: shopPeers },
            { viewport: { width: 420, height: 800 } });
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${overflow} pixels too wide`);
        await screenshot(page, 'narrow', { fullPage: true });
        await close(page);
    });
});

describe('a capture', () => {
    it('is shown as it was recorded', async () => {
        const page = await openCaptures('demo', [join(captures, 'v1.1/demo.httpprof')]);
        assert.equal(await count(page), '16 exchanges');
        assert.equal(await page.title(), 'HTTP traffic of demo-host');
        await expectText(page.locator('.verdict.good'), /^Complete/);
        await expectText(page.locator('#map-body'), /demo-traffic.*demo-server/);
        await page.locator('#search').fill('/echo');
        await expectText(page.locator('#count'), /^[1-9] of 16 exchanges/);
        await cell(page, 0, 'url').click();
        await expectText(page.locator('#detail'), /POST \/echo HTTP\/1\.1.*cpp-httplib.*hello.*200 OK.*application\/json/s);
        await screenshot(page, 'demo', { fullPage: true });
        await close(page);
    });

    it('of which the later one was given first', async () => {
        const page = await openCaptures('reversed', [join(captures, 'v1.1/exec.httpprof'), join(captures, 'v1.1/demo.httpprof')]);
        await expectText(page.locator('#subtitle'), /^\d+ exchanges in 9\.79.s from 2026-11-22T20:46:31/);
        await expectText(page.locator('#count'), /exchanges/);
        await close(page);
    });

    it('in segments is one', async () => {
        const segments = [0, 1, 2, 3, 4].map((number) => join(captures, `v1.1/segments.00000${number}.httpprof`));
        const page = await openCaptures('segments', segments);
        assert.equal(await count(page), '6 exchanges');
        await expectText(page.locator('.verdict.good'), /^Complete/);
        await close(page);
    });

    it('of which a part is left out says so', async () => {
        const page = await openCaptures('part', [join(captures, 'v1.1/demo.httpprof')],
            ['--max-exchanges', '3', '--max-body', '4', '--side', 'client']);
        assert.equal(await count(page), '3 exchanges');
        await expectText(page.locator('.verdict.warn'), /5 exchanges left out of this report.*only the client's end/);
        await cell(page, 0, 'url').click();
        await expectText(page.locator('#detail'), /Cut: \d+ bytes of it left out of this report/);
        await close(page);
    });
});

describe('an empty capture', () => {
    it('gives a page that says so', async () => {
        const page = await open('empty', { exchanges: [], capture: {}, processes: [], peers: [] });
        assert.equal(await count(page), '0 exchanges');
        await page.locator('#waterfall-tab').click();
        await expectText(page.locator('#map-body'), 'Nobody called anybody.');
        await close(page);
    });
});

// Opens every part of a page, and every exchange, and finds in it nothing that can act.
async function lookAtEverything(page, exchanges) {
    assert.equal(await count(page), `${exchanges} exchanges`);
    await page.locator('.losses summary').click();
    await page.locator('#map-body summary').click();
    await page.locator('#table').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    const opened = await page.evaluate(() => {
        const ids = new Set();
        for (let row = document.querySelector('.row.active'); row; row = document.querySelector(`#row-${ids.size}`)) {
            ids.add(document.querySelector('#detail h2').textContent);
            for (const button of document.querySelectorAll('#detail [aria-pressed], #environment summary')) button.click();
            document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown' }));
        }
        return ids.size;
    });
    assert.equal(opened, exchanges);
    const heads = page.locator('#table .head button');
    for (let column = 0; column < 11; column++) await heads.nth(column).click();
    await page.locator('#waterfall-tab').click();
    await page.locator('#waterfall').focus();
    await page.keyboard.press('End');
    await page.emulateMedia({ media: 'print' });
    await expectText(page.locator('#print-rows'), /onerror/);
    const { active, handlers, prototype } = await page.evaluate(() => ({
        active: Array.from(document.querySelectorAll('img, iframe, object, embed, link, base, style, '
            + 'script:not([data-httpprof]), form[action], [href]:not([href^="#"]), [src]'), (element) => element.tagName),
        handlers: Array.from(document.querySelectorAll('*')).flatMap((element) => element.getAttributeNames())
            .filter((name) => name.startsWith('on')),
        prototype: Object.keys(Object.prototype),
    }));
    assert.deepEqual(active, ['STYLE', 'SCRIPT']);
    assert.deepEqual(handlers, []);
    assert.deepEqual(prototype, []);
}

describe('hostile content', () => {
    it('neither runs, nor loads, nor breaks the page', async () => {
        const exchanges = Array.from(hostileExchanges());
        const page = await open('hostile',
            { exchanges, capture: hostileFacts, processes: hostileProcesses, peers: [[0, 1], [3, 4]] });
        await lookAtEverything(page, exchanges.length);
        await screenshot(page, 'hostile');
        await close(page);
    });

    it('does not do so from a capture either', async () => {
        const capture = join(work, 'hostile.httpprof');
        execFileSync(hostileCapture, [capture]);
        const page = await openCaptures('hostile-capture', [capture]);
        const exchanges = parseInt(await count(page), 10);
        assert.ok(exchanges > 15, `${exchanges} exchanges`);
        await lookAtEverything(page, exchanges);
        await expectText(page.locator('.verdict.bad'), /records lost/);
        await close(page);
    });

    it('shows characters that mislead by their names', async () => {
        const page = await open('misleading',
            { exchanges: hostileExchanges(), capture: hostileFacts, processes: hostileProcesses, peers: [] });
        await page.locator('#search').fill('gnp.exe');
        await expectText(page.locator('#count'), /^8 of/);
        await expectText(cell(page, 0, 'method'), '\u2039U+202E\u203agnp.exe\u2039U+202C\u203a');
        await close(page);
    });

    it('shows a line end as such, and a carriage return alone by its name', async () => {
        const [[row, [request, response]]] = shop(1);
        const exchanges = [[row, [request, { ...response, body: 'one\r\ntwo\rthree', body_offset: undefined }]]];
        const page = await open('lines', { exchanges, capture, processes, peers: [] });
        await cell(page, 0, 'url').click();
        await expectText(page.locator('#detail'), /one\ntwo\u2039U\+000D\u203athree/);
        await close(page);
    });

    it('cannot run even where the page would put it in as markup', async () => {
        const page = await open('policy', { exchanges: shop(3), capture, processes, peers: [] });
        const outcome = await page.evaluate(() => {
            try {
                document.body.innerHTML = '<img src=x onerror="document.title=1">';
                return 'taken';
            } catch (error) {
                return error.name;
            }
        });
        assert.equal(outcome, 'TypeError');
        assert.match(page.misdeeds.splice(0).join(), /TrustedHTML/);
        await close(page);
    });
});
