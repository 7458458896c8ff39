/** The curves of the page as a reader meets them: values under the pointer, smoothing, keys, a phone's width. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'puppeteer-core';
import { writeReport } from '../../../lib/report/index.js';
import { describeInBrowser, tooWide, useBrowser, type WatchedPage } from './chromium.js';
import { temporaryFolder, writeMetrics } from './runs.js';

/** The legend of a chart: what it says of each series at the cursor. */
function legend(page: Page, title: string): Promise<Record<string, string>> {
  return page.evaluate((wanted) => {
    const figure = [...document.querySelectorAll('figure')].find((it) =>
      it.querySelector('figcaption')?.textContent?.startsWith(wanted),
    );
    const rows = [...(figure?.querySelectorAll('.u-legend tr:not(.raw)') ?? [])];
    return Object.fromEntries(
      rows.map((row) => [...row.querySelectorAll('th, td')].map((it) => it.textContent)),
    );
  }, title);
}

/** Moves the pointer to a fraction of a chart's width. */
async function hover(page: Page, fraction: number): Promise<void> {
  const { x, y, width, height } = await page.$eval('figure .u-over', (plot) =>
    plot.getBoundingClientRect().toJSON(),
  );
  await page.mouse.move(x + fraction * width, y + height / 2);
}

describeInBrowser('curves', () => {
  const open = useBrowser();
  const run = temporaryFolder();

  async function report(rows: readonly object[], width = 1000): Promise<WatchedPage> {
    writeMetrics(run, 'grpo', rows);
    return open(pathToFileURL(writeReport(run)).href, { width, height: 900 });
  }

  const rows = [0, 1, 2, 3, 4].map((i) => ({ step: 10 * i, loss: [1, 3, 2, 8, 4][i], kl: 0.5 * i }));

  test('show the values at the pointer, and of a rare series its nearest value', async () => {
    const withEval = rows.map((row) => (row.step === 40 ? { ...row, eval_loss: 7.25 } : row));
    const { page, problems, requests } = await report(withEval);
    await hover(page, 0.51);
    expect(await legend(page, 'Loss')).toEqual({ step: '20', loss: '2', eval_loss: '7.25' });
    await hover(page, 0.74);
    expect(await legend(page, 'Loss')).toEqual({ step: '30', loss: '8', eval_loss: '7.25' });
    expect(problems).toEqual([]);
    expect(requests).toEqual([pathToFileURL(join(run, 'report.html')).href]);
  });

  test('show the accuracy of each kind by view', async () => {
    const kinds = {
      'eval_accuracy/av/sight': 0.5,
      'eval_accuracy/av/sound': 0.25,
      'eval_accuracy/a/sound': 1,
    };
    const { page } = await report([{ step: 4, eval_accuracy: 0.4, ...kinds }]);
    await page.focus('figure:nth-of-type(2) .plot');
    await page.keyboard.press('Home');
    expect(await legend(page, 'Accuracy by kind, audio and video')).toEqual({
      ...{ step: '4', 'eval_accuracy/av/sight': '0.5', 'eval_accuracy/av/sound': '0.25' },
    });
    const titles = await page.$$eval('figcaption', (all) => all.map((it) => it.textContent));
    expect(titles).toHaveLength(3);
    expect(titles[2]).toContain('Accuracy by kind, audio only');
  });

  test('are smoothed by the slider, with the value itself beside', async () => {
    const { page } = await report(rows);
    await page.focus('#smoothing');
    for (let i = 0; i < 50; i += 1) await page.keyboard.press('ArrowRight');
    expect(await page.$eval('output', (output) => output.textContent)).toBe('0.5');
    // (0.5 * (0.5 * 1) + 0.5 * 3) / (1 - 0.25) of 1, 3; and so on with 2, 8, 4: 1, 7/3, 15/7, 79/15, 143/31.
    await hover(page, 0.26);
    expect(await legend(page, 'Loss')).toEqual({ step: '10', loss: '2.333 (3)' });
    await hover(page, 0.74);
    expect(await legend(page, 'Loss')).toEqual({ step: '30', loss: '5.267 (8)' });
  });

  test('are read by keys alone', async () => {
    const { page } = await report(rows);
    await page.focus('.plot');
    await page.keyboard.press('ArrowLeft');
    expect(await legend(page, 'Loss')).toEqual({ step: '40', loss: '4' });
    await page.keyboard.press('ArrowLeft');
    expect(await legend(page, 'Loss')).toEqual({ step: '30', loss: '8' });
  });

  test.each([320, 360])('fit into %i pixels', async (width) => {
    const long = 'rewards/a_reward_with_quite_a_long_name_of_its_own_that_never_ends/mean';
    const { page } = await report(
      rows.map((row) => ({ ...row, [long]: 1, another_metric: 2 })),
      width,
    );
    await page.click('summary');
    await page.waitForFunction(() => document.querySelectorAll('details .u-over').length === 1);
    expect(await tooWide(page)).toEqual([]);
  });

  test('follow the colours of a dark system', async () => {
    const { page } = await report(rows);
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
    expect(await ground()).toBe('rgb(255, 255, 255)');
    const drawn = () => page.$eval('canvas', (canvas) => (canvas as HTMLCanvasElement).toDataURL());
    const before = await drawn();
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
    expect(await ground()).toBe('rgb(22, 24, 27)');
    await page.waitForFunction(
      (light) => document.querySelector('canvas')?.toDataURL() !== light,
      {},
      before,
    );
  });

  // Numbers at which the axis of a chart could never end, or have no tick.
  test.each([
    [-Number.MAX_VALUE, Number.MAX_VALUE],
    [1e30, -1e30],
    [0, Number.MIN_VALUE],
    [1, 1 + Number.EPSILON],
    [1e16, 1e16 + 2],
    [1e-30, 2e-30],
    [5, 5],
  ])('of %d and %d are drawn without end', async (low, high) => {
    const { page, problems } = await report([
      { step: 0, loss: low, kl: 1 },
      { step: 1, loss: high, kl: 1 },
      { step: Number.MAX_VALUE, loss: 1 },
    ]);
    expect(await page.$$eval('.u-over', (plots) => plots.length)).toBeGreaterThanOrEqual(1);
    expect(problems).toEqual([]);
  });

  test('names of metrics and stages are text', async () => {
    writeMetrics(run, '<img src=x onerror=alert(1)>', [{ step: 1, 'rewards/</script><img src=x>/mean': 1 }]);
    const { page, problems } = await report(rows);
    expect(await page.$$('img')).toEqual([]);
    expect(await page.$eval('#curves h2', (it) => it.textContent)).toBe('Training');
    expect(await page.$eval('#curves', (it) => it.textContent)).toContain(
      'rewards/</script><img src=x>/mean',
    );
    expect(problems).toEqual([]);
  });

  test('a run of its own script runs no other', async () => {
    const { page, problems } = await report(rows);
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.wasRun = true';
      document.body.append(script);
    });
    expect(await page.evaluate(() => 'wasRun' in window)).toBe(false);
    expect(problems).toEqual([expect.stringContaining('Content Security Policy')]);
  });

  test('a page without scripts shows its tables and says what is missing', async () => {
    writeFileSync(
      join(run, 'accuracy.json'),
      JSON.stringify([
        {
          stage: 'after sft',
          accuracy: [{ kind: 'all', view: 'av', count: 4, correct: 3, wellFormed: 4, chance: 0.5 }],
        },
      ]),
    );
    const { page } = await report(rows);
    await page.setJavaScriptEnabled(false);
    await page.reload();
    expect(await page.$eval('#accuracy td small', (small) => small.textContent)).toContain('3 of 4');
    expect(await page.$eval('noscript p', (note) => note.textContent)).toBe(
      'The curves need scripts, which are off.',
    );
  });
});
