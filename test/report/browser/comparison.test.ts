/** Two runs on one page: curves in the same charts, accuracy tables beside each other, the rollouts of both. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'puppeteer-core';
import { LiveReport, writeRunsReport } from '../../../lib/report/index.js';
import { startReportServer } from '../../../lib/serve/index.js';
import { describeInBrowser, tooWide, useBrowser } from './chromium.js';
import { completion, jsonLines, temporaryFolder, writeMetrics } from './runs.js';

describeInBrowser('two runs', () => {
  const open = useBrowser();
  const place = temporaryFolder();
  const runs = ['first', 'second'].map((name) => join(place, name));

  beforeAll(() => {
    runs.forEach((run, i) => {
      writeMetrics(
        run,
        'grpo',
        [0, 10, 20].map((step) => ({ step, reward: (i + 1) * step, kl: 1 })),
      );
      writeMetrics(run, `only-${i}`, [{ step: 1, loss: 1 }]);
      writeFileSync(
        join(run, 'grpo', 'completions.jsonl'),
        jsonLines([completion({ completion: `of run ${i}` })]),
      );
      const accuracy = [{ kind: 'all', view: 'av', count: 10, correct: 3 + i, wellFormed: 10, chance: 0.5 }];
      writeFileSync(join(run, 'accuracy.json'), JSON.stringify([{ stage: 'after grpo', accuracy }]));
    });
  });

  function written(): string {
    const file = join(place, 'both.html');
    writeRunsReport(
      file,
      runs.map((folder) => ({ folder })),
    );
    return pathToFileURL(file).href;
  }

  /** Values under the end of the chart of rewards, by line. */
  async function rewardsAtEnd(page: Page): Promise<Record<string, string>> {
    await page.focus('.plot');
    await page.keyboard.press('End');
    return page.$eval('figure', (figure) => {
      const rows = [...figure.querySelectorAll('.u-legend tr:not(.raw)')];
      return Object.fromEntries(
        rows.map((row) => [...row.querySelectorAll('th, td')].map((it) => it.textContent)),
      );
    });
  }

  test('have their curves in one chart, under their names', async () => {
    const { page, problems, requests } = await open(written());
    expect(await rewardsAtEnd(page)).toEqual({ step: '20', 'first: reward': '20', 'second: reward': '40' });
    expect(await page.$eval('#curves .note', (it) => it.textContent)).toContain(
      'solid: first. dashed: second. ',
    );
    const stages = await page.$$eval('.stage h3', (titles) => titles.map((title) => title.textContent));
    expect(stages.toSorted()).toEqual(['Stage grpo', 'Stage only-0', 'Stage only-1']);
    expect(problems).toEqual([]);
    expect(requests).toHaveLength(1);
  });

  test('have accuracy tables beside each other, and below each other on a phone', async () => {
    const boxes = (page: Page) =>
      page.$$eval('#accuracy .runs > div', (parts) =>
        parts.map((part) => ({
          title: part.querySelector('h3')?.textContent,
          right: part.querySelector('td small')?.textContent?.slice(0, 7),
          top: part.getBoundingClientRect().top,
        })),
      );
    const wide = await open(written(), { width: 1300, height: 900 });
    const [first, second] = await boxes(wide.page);
    expect([first.title, first.right, second.title, second.right]).toEqual([
      'first',
      '3 of 10',
      'second',
      '4 of 10',
    ]);
    expect(second.top).toBe(first.top);
    const phone = await open(written(), { width: 360, height: 800 });
    const [upper, lower] = await boxes(phone.page);
    expect(lower.top).toBeGreaterThan(upper.top);
    expect(await tooWide(phone.page)).toEqual([]);
  });

  test('have their rollouts, told apart by their names', async () => {
    const { page } = await open(written());
    const sources = await page.$$eval('#stage-choice option', (options) =>
      options.map((it) => it.textContent),
    );
    expect(sources).toEqual(['first: grpo', 'second: grpo']);
    const text = () => page.$eval('.completion pre', (it) => it.textContent);
    expect(await text()).toBe('of run 1');
    await page.select('#stage-choice', '0/grpo');
    expect(await text()).toBe('of run 0');
  });

  test('are followed live', async () => {
    const inputs = runs.map((folder) => ({ folder, mediaFolders: [], dataFiles: () => [] }));
    const server = await startReportServer(new LiveReport(inputs, { refreshMs: 50 }), {
      host: '127.0.0.1',
      port: 0,
      log: () => {},
    });
    try {
      const { page, problems } = await open(server.url);
      appendFileSync(join(runs[1], 'grpo', 'metrics.jsonl'), jsonLines([{ step: 30, reward: 5 }]));
      await page.waitForFunction(() => {
        document.querySelector('.plot')?.dispatchEvent(new KeyboardEvent('keydown', { key: 'End' }));
        return document.querySelector('.u-legend')?.textContent?.startsWith('step30');
      });
      // The first run has no value there: its nearest one.
      expect(await rewardsAtEnd(page)).toEqual({ step: '30', 'first: reward': '20', 'second: reward': '5' });
      expect(problems).toEqual([]);
    } finally {
      await server.stop();
    }
  });

  test('of the same name are told apart by their paths', async () => {
    const other = join(place, 'elsewhere', 'first');
    writeMetrics(other, 'grpo', [{ step: 1, reward: 1 }]);
    const file = join(place, 'same.html');
    writeRunsReport(file, [{ folder: runs[0] }, { folder: other }]);
    const { page } = await open(pathToFileURL(file).href);
    expect(Object.keys(await rewardsAtEnd(page))).toEqual(['step', `${runs[0]}: reward`, `${other}: reward`]);
  });
});
