/** The browser of rollouts: what is chosen is shown, spans stand where their times are, clips play and seek. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'puppeteer-core';
import { writeReport } from '../../../lib/report/index.js';
import type { CompletionRecord } from '../../../lib/train/index.js';
import { describeInBrowser, tooWide, useBrowser, type WatchedPage } from './chromium.js';
import { completion, jsonLines, temporaryFolder, wave, writeMetrics } from './runs.js';

/** The box of an element against the lane that holds it, in fractions of its width. */
function placesOn(page: Page, lane: string): Promise<[start: number, end: number][]> {
  return page.$eval(`[data-lane=${lane}]`, (track) => {
    const { left, width } = track.getBoundingClientRect();
    return [...track.querySelectorAll('button')].map((button) => {
      const box = button.getBoundingClientRect();
      return [(box.left - left) / width, (box.right - left) / width] as [number, number];
    });
  });
}

const textOf = (page: Page, selector: string) => page.$eval(selector, (it) => it.textContent ?? '');

/** Once the media element knows its length. */
async function ready(page: Page, kind: 'audio' | 'video'): Promise<void> {
  await page.waitForFunction(
    (name) => (document.querySelector<HTMLMediaElement>(name)?.readyState ?? 0) >= 1,
    {},
    kind,
  );
}

describeInBrowser('rollouts', () => {
  const open = useBrowser();
  const run = temporaryFolder();
  const data = join(run, 'data.jsonl');
  const hostile = '</script><img src=x onerror=alert(1)><b>bold</b>';

  async function report(rows: readonly CompletionRecord[], width = 1000): Promise<WatchedPage> {
    writeMetrics(run, 'grpo', [{ step: 1, reward: 0.5 }]);
    writeFileSync(join(run, 'grpo', 'completions.jsonl'), jsonLines(rows));
    const file = writeReport(run, { dataFiles: [data] });
    return open(pathToFileURL(file).href, { width, height: 900 });
  }

  beforeAll(() => {
    writeFileSync(join(run, 'tone.wav'), wave(4));
    copyFileSync(join(__dirname, '../../fixtures/media/containers/no-sound.mp4'), join(run, 'clip.mp4'));
    writeFileSync(join(run, 'broken.mp4'), 'no video');
    writeFileSync(
      data,
      jsonLines([
        {
          id: 'tone',
          audio: 'tone.wav',
          question: 'Which tone came first?',
          options: ['low', 'high'],
          answer: 'high',
          spans: [[1, 2]],
        },
        { id: 'clip', video: 'clip.mp4', question: 'What moved?', options: ['a', 'b'], answer: 'b' },
        { id: 'broken', video: 'broken.mp4', question: hostile, options: [hostile, 'b'], answer: 'b' },
      ]),
    );
  });

  test('spans stand at their times, and a click seeks', async () => {
    const spans: [number, number][] = [
      [0.5, 1.5],
      [3, 4],
    ];
    const { page, problems, requests } = await report([
      completion({ sample: 'tone', spans, captions: ['x', 'y'] }),
    ]);
    await ready(page, 'audio');
    const near = (places: [number, number][]) =>
      places.map((place) => place.map((part) => expect.closeTo(part, 2)));
    expect(await placesOn(page, 'reference')).toEqual(near([[0.25, 0.5]]));
    expect(await placesOn(page, 'predicted')).toEqual(
      near([
        [0.125, 0.375],
        [0.75, 1],
      ]),
    );
    const time = () => page.$eval('audio', (audio) => audio.currentTime);
    await page.click('[data-lane=predicted] button:nth-of-type(2)');
    expect(await time()).toBe(3);
    const box = await page.$eval('[data-lane=reference]', (lane) => lane.getBoundingClientRect().toJSON());
    await page.mouse.click(box.x + 0.75 * box.width, box.y + box.height / 2);
    expect(await time()).toBeCloseTo(3, 1);
    await page.focus('[data-lane=reference] button');
    await page.keyboard.press('Enter');
    expect(await time()).toBe(1);
    expect(problems).toEqual([]);
    expect(requests).toHaveLength(1);
  });

  test('a video plays inside the page', async () => {
    const { page, problems } = await report([completion({ sample: 'clip' })]);
    await ready(page, 'video');
    await page.$eval('video', async (video) => {
      video.muted = true;
      await video.play();
    });
    await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0);
    expect(problems).toEqual([]);
  });

  test('a clip that the browser cannot play is a link', async () => {
    const { page } = await report([completion({ sample: 'broken' })]);
    await page.waitForSelector('.clip a');
    expect(await textOf(page, '.clip')).toBe('This browser cannot play broken.mp4.');
  });

  test('the group is a table of views, scores and advantages; a choice shows the completion', async () => {
    const scored = (index: number, answer: number | null, advantage: number) =>
      completion({
        sample: 'tone',
        index,
        answer: 'AB'[index],
        completion: `text ${index}`,
        thinking: `thought ${index}`,
        rewards: { answer, format: 1 },
        failed: answer === null ? ['answer'] : [],
        reward: answer,
        advantage,
        inLoss: answer !== null,
      });
    const other = completion({
      sample: 'tone',
      view: 'v',
      answer: 'C',
      rewards: {},
      reward: null,
      advantage: null,
      inLoss: false,
    });
    const { page, problems } = await report([scored(0, 1, 0.6543), scored(1, null, 0), other]);
    const cells = await page.$$eval('#rollouts tr', (rows) =>
      rows.map((row) => [...row.querySelectorAll('th, td')].map((cell) => cell.textContent)),
    );
    expect(cells).toEqual([
      ['completion', 'says', 'answer', 'format', 'reward', 'advantage', 'tokens'],
      ['av 0', 'A', '1', '1', '1', '0.6543', '5'],
      ['av 1', 'B', 'failed', '1', '\u2013', '0not in the loss', '5'],
      ['v 0', 'C', '\u2013', '\u2013', '\u2013', '\u2013', '5'],
    ]);
    expect(await textOf(page, '.completion')).toContain('thought 0');
    await page.click('#rollouts tr:nth-of-type(2) button');
    expect(await textOf(page, '.completion')).toContain('thought 1');
    expect(await textOf(page, '.completion pre')).toBe('text 1');
    // The keyboard goes on from the chosen row.
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('av 1');
    expect(await textOf(page, '.sample .target')).toBe('B. high');
    expect(problems).toEqual([]);
  });

  test('steps and samples are chosen; the newest step is shown first', async () => {
    const rows = [1, 2, 3].flatMap((step) =>
      ['tone', 'clip'].map((sample) => completion({ step, sample, completion: `${step} ${sample}` })),
    );
    const { page } = await report(rows);
    const shown = () => textOf(page, '.completion pre');
    expect(await shown()).toBe('3 tone');
    await page.select('#step-choice', '1');
    expect(await shown()).toBe('1 tone');
    await page.select('#sample-choice', 'clip');
    expect(await shown()).toBe('1 clip');
    expect(await textOf(page, '.sample h4')).toBe('What moved?');
  });

  test('of many steps the newest and evenly spaced ones are in the file, which says so', async () => {
    const rows = Array.from({ length: 100 }, (_, i) => completion({ step: i + 1, sample: 'tone' }));
    const { page } = await report(rows);
    const steps = await page.$$eval('#step-choice option', (options) =>
      options.map(({ value }) => Number(value)),
    );
    // 16 of the first 92, at distances of 5.75, and the last 8.
    expect(steps).toHaveLength(24);
    expect(steps.slice(0, 4)).toEqual([1, 6, 12, 18]);
    expect(steps.slice(-9)).toEqual([87, 93, 94, 95, 96, 97, 98, 99, 100]);
    expect(await textOf(page, '#rollouts [role=status]')).toContain('24 of 100 logged steps');
  });

  test.each([320, 360])('texts of strangers stay texts, and fit into %i pixels', async (width) => {
    const endless = 'x'.repeat(300);
    const { page, problems } = await report(
      [
        completion({
          sample: 'broken',
          completion: hostile + endless,
          captions: [hostile],
          spans: [[0, 1e308]],
          thinking: hostile + endless,
          answer: hostile + endless,
          rewards: { [hostile + endless]: 1 },
          failed: [hostile],
        }),
        completion({ sample: hostile }),
      ],
      width,
    );
    await page.waitForSelector('.clip a');
    expect(await page.$$('img, #rollouts b')).toEqual([]);
    expect(await textOf(page, '.completion pre')).toBe(hostile + endless);
    expect(await textOf(page, '.sample h4')).toBe(hostile);
    expect(await tooWide(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  test('without the data the completions are there, and what is missing is said', async () => {
    writeMetrics(run, 'grpo', [{ step: 1, reward: 0.5 }]);
    writeFileSync(join(run, 'grpo', 'completions.jsonl'), jsonLines([completion({ sample: 'tone' })]));
    const missing = join(run, 'no-such.jsonl');
    const file = writeReport(run, { dataFiles: [missing] });
    const { page, problems } = await open(pathToFileURL(file).href);
    expect(await textOf(page, '.completion pre')).toBe('text');
    expect(await textOf(page, '.sample')).toContain('Sample tone: the report does not know its data');
    expect(await textOf(page, '#problems')).toContain(missing);
    expect(problems).toEqual([]);
  });
});
