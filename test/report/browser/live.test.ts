/** The live page while a run begins, goes on, is killed and is resumed. */
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { LiveReport } from '../../../lib/report/index.js';
import { startReportServer } from '../../../lib/serve/index.js';
import { describeInBrowser, useBrowser, type WatchedPage } from './chromium.js';
import { pairs, paths, steps } from './contrast.js';
import { completion, jsonLines, temporaryFolder, wave, writeMetrics, writePathFiles } from './runs.js';

describeInBrowser('the live page', () => {
  const open = useBrowser();
  const place = temporaryFolder();
  const stops: (() => Promise<void>)[] = [];
  let count = 0;
  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()));
  });

  /** A page of a run in a new folder, which need not be there. */
  async function live(): Promise<WatchedPage & { run: string }> {
    count += 1;
    const run = join(place, `run-${count}`);
    const report = new LiveReport(
      [{ folder: run, mediaFolders: [], dataFiles: () => [join(place, 'data.jsonl')] }],
      { refreshMs: 50 },
    );
    const server = await startReportServer(report, { host: '127.0.0.1', port: 0, log: () => {} });
    stops.push(server.stop);
    return { ...(await open(server.url)), run };
  }

  /** Once the page's text has it. */
  const says = (page: Page, selector: string, text: string) =>
    page.waitForFunction(
      (where, what) => document.querySelector(where)?.textContent?.includes(what),
      {},
      selector,
      text,
    );

  const rewards = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => ({ step: from + i, reward: (from + i) / 10 }));

  /** Once the chart says so at its last step. */
  const ends = (page: Page, step: number, value: number) =>
    page.waitForFunction(
      (text) => {
        const key = new KeyboardEvent('keydown', { key: 'End' });
        document.querySelector('.plot')?.dispatchEvent(key);
        return document.querySelector('.u-legend')?.textContent?.startsWith(text);
      },
      { polling: 50 },
      `step${step}reward${value}reward`,
    );

  beforeAll(() => {
    writeFileSync(join(place, 'tone.wav'), wave(4));
    writeFileSync(
      join(place, 'data.jsonl'),
      jsonLines([{ id: 's', audio: 'tone.wav', question: 'Which?', answer: 'low', spans: [[1, 3]] }]),
    );
  });

  test('waits for a run, follows it, and goes on when it was killed and resumed', async () => {
    const { page, problems, run } = await live();
    await says(page, '#problems', 'no run has begun here yet');
    await says(page, '#rollouts', 'No completions yet.');
    writeMetrics(run, 'grpo', rewards(1, 2));
    await says(page, '#curves', 'Rewards');
    expect(await page.$('#problems p')).toBeNull();
    await ends(page, 2, 0.2);
    // Killed within a line, of which nothing is shown.
    appendFileSync(join(run, 'grpo', 'metrics.jsonl'), `${jsonLines(rewards(3, 5))}{"step":6,"rew`);
    await ends(page, 5, 0.5);
    // Resumed from a checkpoint at step 3.
    writeMetrics(run, 'grpo', [...rewards(1, 3), { step: 4, reward: 0.9 }]);
    await ends(page, 4, 0.9);
    expect(problems).toEqual([]);
  });

  test('shows the newest rollouts, and keeps those that a reader has chosen', async () => {
    const { page, problems, requests, run } = await live();
    writeMetrics(run, 'grpo', rewards(1, 1));
    const file = join(run, 'grpo', 'completions.jsonl');
    const add = (step: number) =>
      appendFileSync(
        file,
        jsonLines([0, 1].map((index) => completion({ step, index, completion: `${step}.${index}` }))),
      );
    add(1);
    await says(page, '.completion pre', '1.0');
    add(2);
    await says(page, '.completion pre', '2.0');
    await page.waitForFunction(() => document.querySelector('audio')?.duration === 4);
    await page.click('[data-lane=reference] button');
    expect(await page.$eval('audio', (audio) => audio.currentTime)).toBe(1);
    await page.click('#rollouts tr:nth-of-type(2) button');
    add(3);
    await says(page, '#step-choice', '3');
    expect(await page.$eval('.completion pre', (it) => it.textContent)).toBe('2.1');
    expect(await page.$eval('audio', (audio) => audio.currentTime)).toBe(1);
    await page.select('#step-choice', '3');
    await says(page, '.completion pre', '3.0');
    add(4);
    await says(page, '.completion pre', '4.0');
    expect(problems).toEqual([]);
    expect(new Set(requests.map((url) => new URL(url).host)).size).toBe(1);
  });

  test('shows paths once they are sampled, and their rollouts and pairs as these come', async () => {
    const { page, problems, run } = await live();
    await says(page, '#problems', 'no run has begun here yet');
    expect(await page.$('#paths')).toBeNull();
    const ofS = <T extends { sampleId: string }>(records: readonly T[]) =>
      records.map((record) => (record.sampleId === 'tone' ? { ...record, sampleId: 's' } : record));
    writePathFiles(run, 'sample-paths', { paths: ofS(paths) });
    await says(page, '#paths .path', 'Path 1 of 3');
    await page.waitForFunction(
      () => document.querySelector<HTMLAudioElement>('#paths audio')?.duration === 4,
    );
    await page.select('#paths-path', '1/s');
    await says(page, '#paths .path', 'Path 2 of 3');
    expect(await page.$('#paths .sides')).toBeNull();
    await page.$eval('#paths audio', (audio) => {
      (audio as HTMLAudioElement).currentTime = 2;
    });
    writePathFiles(run, 'rollout-steps', { steps: ofS(steps) });
    await says(page, '#paths .sides', '5 of 6 right');
    await says(page, '#paths .path', 'No pair came of it.');
    writePathFiles(run, 'build-pairs', { pairs: ofS(pairs) });
    await says(page, '#paths .path', 'Pair: the alternative is preferred');
    expect(await page.$eval('#paths .path h4', (it) => it.textContent)).toBe('Path 2 of 3');
    expect(await page.$eval('#paths audio', (audio) => (audio as HTMLAudioElement).currentTime)).toBe(2);
    await page.select('#paths-sample', 'clip');
    await says(page, '#paths .path', 'A clip.');
    expect(problems).toEqual([]);
  });

  test('says what cannot be read, and shows the rest again when it can', async () => {
    const { page, run } = await live();
    writeMetrics(run, 'grpo', rewards(1, 2));
    mkdirSync(run, { recursive: true });
    await says(page, '#curves', 'Rewards');
    writeFileSync(join(run, 'accuracy.json'), '{"<img src=x>"');
    await says(page, '#problems', 'accuracy.json');
    expect(await page.$('figure .u-over')).not.toBeNull();
    rmSync(join(run, 'accuracy.json'));
    await page.waitForFunction(() => document.querySelector('#problems') === null);
  });

  test('says that the server is away, and goes on when it is back', async () => {
    const run = join(place, 'away');
    writeMetrics(run, 'grpo', rewards(1, 2));
    const report = () =>
      new LiveReport([{ folder: run, mediaFolders: [], dataFiles: () => [] }], { refreshMs: 50 });
    const options = { host: '127.0.0.1', port: 0, log: () => {} };
    const first = await startReportServer(report(), options);
    const { page } = await open(first.url);
    await says(page, 'h1 + p', 'Live.');
    await first.stop();
    await says(page, 'h1 + p', 'No answer');
    const again = await startReportServer(report(), { ...options, port: Number(new URL(first.url).port) });
    stops.push(again.stop);
    await says(page, 'h1 + p', 'Live.');
  });
});
