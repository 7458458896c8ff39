/** Recipes some of whose clips cannot be used, and the limits within which clips are decoded. */
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { MediaPool } from '../../lib/media/index.js';
import { earsight } from '../cli/run.js';
import { tinyConfig, writeClip } from '../omni/clips.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-bad-clips-'));
const inFolder = (name: string) => join(folder, name);

/** Two questions about each clip. */
function samples(name: string, clips: readonly string[]): string {
  const rows = clips.flatMap((clip) =>
    [1, 2].map((n) => ({
      id: `${clip.replace('.mp4', '')}-${n}`,
      video: clip,
      question: 'What moves?',
      options: ['a bar', 'a ball'],
      answer: 'a bar',
      steps: ['A bar moves.'],
    })),
  );
  writeFileSync(inFolder(name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return name;
}

function recipe(name: string, fields: object): string {
  const file = inFolder(`${name}.yaml`);
  const sft = { maxSteps: 1, perDeviceTrainBatchSize: 2 };
  writeFileSync(file, stringify({ output: name, model: tinyConfig, sft, grpo: false, ...fields }));
  return file;
}

beforeAll(async () => {
  const pool = new MediaPool();
  for (const name of ['good.mp4', 'cut.mp4', 'damaged.mp4', 'also-good.mp4'])
    await writeClip(pool, folder, name);
  await pool.close();
  truncateSync(inFolder('cut.mp4'), 2000);
  writeFileSync(inFolder('noise.mp4'), 'no clip at all');
  // Whole by its header, but the packets in the middle are zeros.
  const bytes = readFileSync(inFolder('damaged.mp4'));
  const data = bytes.indexOf('mdat') + 4;
  writeFileSync(inFolder('damaged.mp4'), bytes.fill(0, data + 200, data + 2000));
  samples('bad.jsonl', ['good.mp4', 'cut.mp4', 'damaged.mp4', 'noise.mp4', 'also-good.mp4']);
  samples('good.jsonl', ['good.mp4']);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('check', () => {
  it('looks at every clip and lists those that cannot be used, with their samples', async () => {
    const { code, stdout, stderr } = await earsight('check', recipe('checked', { data: 'bad.jsonl' }));
    expect(code).toBe(2);
    expect(stderr).toContain('2 of 5 clips cannot be used:');
    expect(stderr).toMatch(/\/cut\.mp4: .*; a file of sample 'cut-1' \(\w+\), and of 1 more: 'cut-2'$/m);
    expect(stderr).toMatch(
      /\/noise\.mp4: .*; a file of sample 'noise-1' \(INVALID\), and of 1 more: 'noise-2'$/m,
    );
    expect(stderr).not.toMatch(/good-\d/);
    expect(stderr).toContain("'onBadClip: skip'");
    // How far it got.
    expect(stderr).toMatch(/^looking at clips: 100 % \(10 of 10\)/m);
    expect(stdout).not.toContain('estimate');
    expect(existsSync(inFolder('checked'))).toBe(false);
  });

  it('goes on without them where they are skipped: steps, time of one and of all', async () => {
    samples('cut.jsonl', ['cut.mp4', 'good.mp4']);
    const sft = { maxSteps: 30, perDeviceTrainBatchSize: 2 };
    const file = recipe('skipping', { data: 'cut.jsonl', sft });
    const { code, stdout } = await earsight('check', file, '--on-bad-clip', 'skip');
    expect(code).toBe(0);
    expect(stdout).toContain('1 of 2 clips cannot be used:');
    expect(stdout).toContain('2 samples are left out');
    const [, step, total] = /^SFT +30 +([\d.]+) s +(\d+) s$/m.exec(stdout) as RegExpExecArray;
    // The step is rounded to two digits, the total up to a second.
    expect(Number(total)).toBeGreaterThanOrEqual(30 * Number(step) * 0.95);
    expect(Number(total)).toBeLessThanOrEqual(30 * Number(step) * 1.05 + 1);
  });

  it('leaves out a clip, too, that only the timing of steps shows to be damaged', async () => {
    samples('damaged.jsonl', ['damaged.mp4', 'good.mp4']);
    const file = recipe('found-later', { data: 'damaged.jsonl', onBadClip: 'skip' });
    const { code, stdout } = await earsight('check', file);
    expect(code).toBe(0);
    expect(stdout).toMatch(/damaged\.mp4: .*; a file of sample 'damaged-\d' \(DAMAGED\)/);
    expect(stdout).toMatch(/^sample 'good-1': /m);
    const stopping = await earsight('check', file, '--on-bad-clip', 'stop');
    expect(stopping.code).toBe(2);
    expect(stopping.stderr).toContain("a file of sample 'damaged-1' (DAMAGED)");
  });
});

describe('train', () => {
  it('ends before it trains and lists all clips that cannot be used, also those that only decoding finds', async () => {
    const { code, stderr } = await earsight('train', recipe('stopped', { data: 'bad.jsonl' }));
    expect(code).toBe(2);
    expect(stderr).toContain('3 of 5 clips cannot be used:');
    for (const clip of ['cut', 'damaged', 'noise']) expect(stderr).toContain(`a file of sample '${clip}-1'`);
    expect(existsSync(join(inFolder('stopped'), 'sft'))).toBe(false);
  });

  it('leaves their samples out where the recipe says so, and writes which', async () => {
    const file = recipe('skipped', { data: 'bad.jsonl', test: 'bad.jsonl', onBadClip: 'skip' });
    const { code, stdout } = await earsight('train', file);
    expect(code).toBe(0);
    const list = join(inFolder('skipped'), 'skipped-samples.jsonl');
    // Three clips with two samples, in the training and in the test file.
    expect(stdout).toContain(`12 samples are left out, their clips cannot be used: ${list}`);
    const rows = readFileSync(list, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map(({ id }) => id).sort()).toEqual(
      ['cut-1', 'cut-2', 'damaged-1', 'damaged-2', 'noise-1', 'noise-2'].flatMap((id) => [id, id]),
    );
    expect(rows).toContainEqual(
      expect.objectContaining({
        id: 'noise-1',
        file: inFolder('noise.mp4'),
        code: 'INVALID',
        reason: expect.not.stringContaining('noise-1'),
      }),
    );
    const { answers } = JSON.parse(readFileSync(join(inFolder('skipped'), 'sft', 'answers.json'), 'utf8'));
    expect(answers.map(({ id }: { id: string }) => id).sort()).toEqual(
      expect.arrayContaining(['also-good-1', 'also-good-2', 'good-1', 'good-2']),
    );
    expect(JSON.stringify(answers)).not.toMatch(/cut|damaged|noise/);
  });

  it('ends where no sample of a file is left', async () => {
    samples('none.jsonl', ['cut.mp4']);
    const file = recipe('none', { data: 'good.jsonl', test: 'none.jsonl', onBadClip: 'skip' });
    const { code, stderr } = await earsight('train', file);
    expect(code).toBe(2);
    expect(stderr).toContain('No test samples are left.');
  });
});

describe('limits of decoding', () => {
  // Two seconds of 64 x 64 at 2 frames a second and of sound at 16 kHz: 49,152 and 128,000 bytes.
  const advice =
    "maxRssBytes is raised by 'media: { maxRssBytes: ... }' in a recipe or --media-max-rss-bytes on the command line";

  it('are settings of a recipe, and the command line comes before them', async () => {
    const file = recipe('limited', { data: 'good.jsonl', media: { workers: 1, maxResultBytes: 1000 } });
    const refused = await earsight('train', file);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/good\.mp4: .* \(TOO_LARGE\)/);
    expect(refused.stderr).toContain(advice);
    const raised = await earsight('train', file, '--media-max-result-bytes', '1000000');
    expect(raised.code).toBe(0);
  });

  it('are options of commands that have no recipe', async () => {
    const model = join(inFolder('limited'), 'sft', 'model');
    const clip = inFolder('good.mp4');
    const low = ['--media-max-result-bytes', '1000'];
    const asked = await earsight('generate', model, clip, '--question', 'What?', ...low);
    expect(asked.code).toBe(2);
    expect(asked.stderr).toMatch(/good\.mp4: .* \(TOO_LARGE\)$/m);
    expect(asked.stderr).toContain(advice);
    const evaluated = await earsight('eval', model, inFolder('good.jsonl'), ...low);
    expect(evaluated.code).toBe(2);
    expect(evaluated.stderr).toMatch(/good\.mp4: .*; a file of sample 'good-1' \(TOO_LARGE\)$/m);
  });

  it.each([
    [{ maxRssByte: 1 }, /media\.maxRssByte.*; did you mean 'maxRssBytes'\?/],
    [{ timeoutMs: 0 }, /media: timeoutMs is 0, expected a positive whole number/],
    [{ maxRssBytes: 1000, maxResultBytes: 501 }, /media: maxResultBytes is 501, expected at most 500/],
  ])('are refused when they make no sense: %j', async (media, message) => {
    const { code, stderr } = await earsight('check', recipe('senseless', { data: 'good.jsonl', media }));
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('are refused when those of the command line do not go together', async () => {
    const low = ['--media-max-rss-bytes', '1000', '--media-max-result-bytes', '501'];
    const { code, stderr } = await earsight('check', recipe('apart', { data: 'good.jsonl' }), ...low);
    expect(code).toBe(2);
    expect(stderr).toContain('maxResultBytes is 501, expected at most 500');
  });
});
