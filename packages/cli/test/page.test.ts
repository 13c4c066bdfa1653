/// <reference lib="dom" />
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium as driver, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromium } from '../../../tests/tools.mjs';
import { openDesk, type Desk } from './terminal.js';

let desk: Desk;
let browser: Browser;

beforeAll(async () => {
  desk = openDesk();
  const models = ['models/shapes-cnn', 'models/nsmc-lstm'];
  const { code, err } = await desk.run('compare', ...models, '--limit', '2', '--out', 'DIR/out');
  expect(err).toBe('');
  expect(code).toBe(0);
  browser = await driver.launch({
    executablePath: chromium() ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}, 120_000);

afterAll(async () => {
  await browser.close();
  desk.clear();
});

describe('compare.html in a browser', () => {
  it.each([
    [1280, 'light'],
    [1280, 'dark'],
    [400, 'light'],
    [400, 'dark'],
  ] as const)(
    'at %i pixels, %s: from the file alone, without an error, every picture there, nothing too wide',
    async (width, colorScheme) => {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
      const page = await context.newPage();
      const said: string[] = [];
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', ({ message }) => said.push(message));
      page.on('request', (request) => {
        if (!/^(?:file|data):/.test(request.url())) said.push(request.url());
      });
      await page.goto(pathToFileURL(join(desk.folder, 'out/compare.html')).href);
      await page.evaluate(() => document.fonts.ready.then(() => undefined));
      const seen = await page.evaluate(() => ({
        pictures: document.images.length,
        empty: [...document.images].filter(({ naturalWidth }) => naturalWidth === 0).length,
        charts: document.querySelectorAll('svg').length,
        overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        korean: document.fonts.check('16px "Noto Sans KR"', '재미'),
        ground: getComputedStyle(document.body).backgroundColor,
      }));
      expect(said).toEqual([]);
      expect(seen.pictures).toBeGreaterThan(30);
      expect(seen.charts).toBeGreaterThan(10);
      expect(seen).toMatchObject({ empty: 0, overflow: 0, korean: true });
      expect(seen.ground).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(21, 24, 28)');
      await context.close();
    },
    60_000,
  );

  it('switches to scales of their own, without a script', async () => {
    const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await page.goto(pathToFileURL(join(desk.folder, 'out/compare.html')).href);
    const [shared, own] = [page.locator('img.shared').first(), page.locator('img.own').first()];
    expect([await shared.isVisible(), await own.isVisible()]).toEqual([true, false]);
    await page.locator('#own').check();
    expect([await shared.isVisible(), await own.isVisible()]).toEqual([false, true]);
  });
});
