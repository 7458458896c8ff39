/** Contrastive rollouts as a reader meets them: the figure of a path, the search, keys, a phone's width. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'puppeteer-core';
import type { PathRecord } from '../../../lib/data/index.js';
import { writeReport } from '../../../lib/report/index.js';
import { describeInBrowser, tooWide, useBrowser, type WatchedPage } from './chromium.js';
import { pairs, paths, steps } from './contrast.js';
import { jsonLines, temporaryFolder, wave, writePathFiles } from './runs.js';

const textOf = (page: Page, selector: string) => page.$eval(selector, (it) => it.textContent ?? '');
const optionsOf = (page: Page, id: string) =>
  page.$$eval(`#${id} option`, (options) => options.map(({ text }) => text));

describeInBrowser('contrastive rollouts', () => {
  const open = useBrowser();
  const run = temporaryFolder();
  const data = join(run, 'data.jsonl');

  async function report(written = { paths, steps, pairs }, width = 1000): Promise<WatchedPage> {
    writePathFiles(run, 'expand', written);
    return open(pathToFileURL(writeReport(run, { dataFiles: [data] })).href, { width, height: 900 });
  }

  beforeAll(() => {
    writeFileSync(join(run, 'tone.wav'), wave(4));
    writeFileSync(
      data,
      jsonLines([
        {
          id: 'tone',
          audio: 'tone.wav',
          question: 'Which tone came first?',
          options: ['low', 'high'],
          answer: 'B',
        },
        { id: 'clip', question: 'What moved?', answer: 'b' },
      ]),
    );
  });

  test('show the steps of a path in order with bars, and below a step its alternative, outcomes, p and pair', async () => {
    const { page, problems, requests } = await report();
    // The first path with rollouts.
    expect(await textOf(page, '.path h4')).toBe('Path 2 of 3');
    const texts = await page.$$eval('.steps > li > .text', (all) => all.map((it) => it.textContent));
    expect(texts).toEqual(['A red square moves left.', 'A low tone is heard.', '<answer>A</answer>']);
    const bars = await page.$$eval('.steps .bar', (all) =>
      all.map((bar) => {
        const filled = bar.querySelector('.filled')?.getBoundingClientRect().width ?? 0;
        return [bar.getAttribute('aria-label'), filled / bar.getBoundingClientRect().width];
      }),
    );
    expect(bars).toEqual([
      ['divergence 0.15', expect.closeTo(0.25, 2)],
      ['divergence 0.6', 1],
      ['divergence 0.3', expect.closeTo(0.5, 2)],
    ]);
    expect(await page.$$eval('.rank', (all) => all.map((it) => it.textContent))).toEqual([
      'selected 1',
      'selected 2',
    ]);
    const expanded = '.steps > li:nth-of-type(2)';
    expect(await textOf(page, `${expanded} [data-side=step] .outcomes`)).toBe(' 1 of 6 right, p 0.167');
    expect(await textOf(page, `${expanded} [data-side=alternative] .outcomes`)).toBe(
      ' 5 of 6 right, p 0.833',
    );
    const marks = await page.$$eval(`${expanded} [data-side=alternative] .mark`, (all) =>
      all.map((it) => it.classList.contains('right')),
    );
    expect(marks).toEqual([true, true, true, true, false, true]);
    expect(await textOf(page, `${expanded} [data-side=alternative] .text`)).toBe('A high tone is heard.');
    expect(await textOf(page, `${expanded} .preferred h5`)).toBe('alternative, preferred');
    expect(await textOf(page, `${expanded} > .pair`)).toBe(
      'Pair: the alternative is preferred, p 0.833 over 0.167, alpha 0.935.',
    );
    expect(await textOf(page, '.steps > li:nth-of-type(3)')).toContain('No alternative differed');
    expect(await textOf(page, '.verdict')).toBe('Answer: A (wrong)');
    expect(await textOf(page, '.path > .pair')).toBe('Pair: path 1 is preferred to this path, alpha 1.');
    expect(problems).toEqual([]);
    expect(requests).toEqual([pathToFileURL(join(run, 'report.html')).href]);
  });

  test('rollouts are read behind a summary, each with its outcome', async () => {
    const { page } = await report();
    const own = '[data-side=step] details';
    await page.focus(`${own} summary`);
    await page.keyboard.press('Enter');
    const items = await page.$$eval(`${own}[open] li`, (all) => all.map((it) => it.textContent));
    expect(items).toEqual([
      'wrong own 0',
      'wrong own 1',
      'right own 2',
      'wrong own 3',
      'wrong own 4',
      'wrong own 5',
    ]);
  });

  test('the clip plays beside the path, and goes on while another path is chosen', async () => {
    const { page, problems } = await report();
    await page.waitForFunction(() => document.querySelector('audio')?.duration === 4);
    await page.$eval('audio', async (audio) => {
      audio.muted = true;
      await audio.play();
    });
    await page.waitForFunction(() => (document.querySelector('audio')?.currentTime ?? 0) > 0);
    expect(await textOf(page, '#paths .sample .target')).toBe('B. high');
    expect(await optionsOf(page, 'paths-path')).toEqual([
      '1: right',
      '2: wrong, 2 rolled out',
      '3: wrong, 1 rolled out',
    ]);
    await page.select('#paths-path', '0/tone');
    expect(await textOf(page, '.path h4')).toBe('Path 1 of 3');
    expect(await textOf(page, '.path > .pair')).toBe('Pair: this path is preferred to path 2, alpha 1.');
    expect(await page.$eval('audio', (audio) => audio.paused)).toBe(false);
    expect(problems).toEqual([]);
  });

  test('samples are searched by id and question, and filtered by what came of them', async () => {
    const { page } = await report();
    expect(await optionsOf(page, 'paths-sample')).toEqual([
      'tone (1 of 3 right, 2 pairs)',
      'clip (1 of 1 right, 0 pairs)',
    ]);
    await page.type('#paths-search', 'MOVED');
    expect(await optionsOf(page, 'paths-sample')).toEqual(['clip (1 of 1 right, 0 pairs)']);
    expect(await textOf(page, '#paths .sample h4')).toBe('What moved?');
    expect(await textOf(page, '#paths [role=status]')).toBe('1 of 2 samples fit.');
    // Without a divergence there is no bar.
    expect(await page.$$('.divergence')).toEqual([]);
    await page.select('#paths-filter', 'with pairs');
    expect(await optionsOf(page, 'paths-sample')).toEqual([]);
    expect(await textOf(page, '#paths .contrast')).toBe('');
    await page.$eval('#paths-search', (input) => {
      (input as HTMLInputElement).value = '';
      input.dispatchEvent(new Event('input'));
    });
    for (const [filter, found] of [
      ['with pairs', ['tone']],
      ['rolled out', ['tone']],
      ['right and wrong', ['tone']],
      ['none right', []],
      ['all', ['tone', 'clip']],
    ] as const) {
      await page.select('#paths-filter', filter);
      const names = (await optionsOf(page, 'paths-sample')).map((text) => text.split(' ')[0]);
      expect([filter, names]).toEqual([filter, found]);
    }
  });

  test.each([320, 360])('texts of strangers stay texts, and fit into %i pixels', async (width) => {
    const hostile = `</script><img src=x onerror=alert(1)><b>bold</b>${'x'.repeat(300)}`;
    const path: PathRecord = {
      ...{ sampleId: hostile, seed: 1, path: [`${hostile}<end_of_step>`, hostile], answer: hostile },
      ...{ correct: false, tokens: 1, divergence: [1e308, -1], selected: [0, 1] },
    };
    const step = {
      ...{
        sampleId: hostile,
        prefix: [],
        stepIndex: 0,
        step: path.path[0],
        alternative: `${hostile}!<end_of_step>`,
      },
      ...{ correct: Array(40).fill(true), alternativeCorrect: [], continuations: [hostile] },
    };
    const { page, problems } = await report({ paths: [path], steps: [step], pairs: [] }, width);
    await page.click('.side summary');
    expect(await textOf(page, '.steps .text')).toBe(hostile);
    expect(await textOf(page, '[data-side=alternative] .outcomes')).toBe(' 0 of 0 right, p \u2013');
    expect(await page.$$('img, #paths b')).toEqual([]);
    expect(await tooWide(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  test('a page without scripts says what is missing', async () => {
    const { page } = await report();
    await page.setJavaScriptEnabled(false);
    await page.reload();
    expect(await textOf(page, '#paths noscript')).toContain('Contrastive rollouts need scripts');
  });
});
