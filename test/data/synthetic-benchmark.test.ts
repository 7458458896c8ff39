// The synthetic benchmark: questions against the events that they are about, balance, and what a generated clip shows. The
// encoder here keeps its input.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSyntheticBenchmark, readBenchmark, syntheticClips } from '../../lib/data/index.js';
import { artefacts } from '../../lib/data/synthetic/artefacts.js';
import { type BenchmarkClip, benchmarkClips } from '../../lib/data/synthetic/benchmark.js';
import { reasoningClips } from '../../lib/data/synthetic/reasoning.js';
import type { EncodeInput } from '../../lib/media/index.js';

const clips = benchmarkClips(3, { academic: 200, standUp: 200, synthDec: 80 });
const partOf = (part: string) => clips.filter((clip) => clip.part === part);
const asked = (part: string) => partOf(part).flatMap((clip) => clip.questions.map((it) => ({ clip, ...it })));

class Recorder {
  readonly inputs = new Map<string, EncodeInput>();

  async encode(path: string, input: EncodeInput): Promise<void> {
    this.inputs.set(path, input);
    writeFileSync(path, Buffer.concat([Buffer.from(input.frames!), Buffer.from(input.audio!.buffer)]));
  }
}

const counts = <T>(items: readonly T[]): number[] => [
  ...items.reduce((map, it) => map.set(it, (map.get(it) ?? 0) + 1), new Map<T, number>()).values(),
];

test('a seed gives the same clips, and a part does not depend on how many there are of another', () => {
  const again = benchmarkClips(3, { academic: 20, standUp: 2, synthDec: 0 });
  expect(again).toEqual([...partOf('academic').slice(0, 20), ...partOf('standUp').slice(0, 2)]);
  expect(benchmarkClips(4, { academic: 2, standUp: 0, synthDec: 0 })).not.toEqual(clips.slice(0, 2));
});

test('five different options, the answer as often in one place as in another', () => {
  for (const part of ['academic', 'standUp']) {
    const questions = asked(part);
    expect(questions).toHaveLength(400);
    for (const { options, answer } of questions) {
      expect(new Set(options).size).toBe(5);
      expect(options).toContain(answer);
    }
    const places = counts(questions.map(({ options, answer }) => options.indexOf(answer)));
    expect(places).toHaveLength(5);
    // Dealt by kind: two kinds in Academic.
    expect(Math.max(...places) - Math.min(...places)).toBeLessThanOrEqual(2);
  }
});

test('without the clip no option is likelier than another', () => {
  const questions = [...asked('academic'), ...asked('standUp')];
  const ranks = counts(questions.map(({ options, answer }) => [...options].sort().indexOf(answer)));
  // 800 questions, 160 each; three standard deviations are 34.
  for (const count of ranks) expect(Math.abs(count - 160)).toBeLessThan(34);
});

type Span = { start: number; end: number };
const overlaps = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end;
const called = (clip: BenchmarkClip, colourAndShape: string) =>
  clip.events.seen.find(({ colour, shape }) => `${colour} ${shape}` === colourAndShape)!;

test('StandUp: what was seen while something sounded, and the reverse', () => {
  for (const { clip, question, answer } of asked('standUp')) {
    const when = /^Which colour was on screen when the (.+) sounded\?$/.exec(question);
    const during = /^What was heard while the (.+) was there\?$/.exec(question);
    if (when) {
      const sound = clip.events.heard.find((it) => it.sound === when[1])!;
      const shown = clip.events.seen.filter((it) => overlaps(it, sound));
      expect(shown.map(({ colour }) => colour)).toEqual([answer]);
    } else {
      const seen = called(clip, during![1]);
      const heard = clip.events.heard.filter((it) => overlaps(it, seen));
      expect(heard.map(({ sound }) => sound)).toEqual([answer]);
    }
  }
});

test('Academic: one track each', () => {
  const forms = new Set<string>();
  const seconds = ['first', 'second', 'third', 'fourth'];
  for (const { clip, question, answer } of asked('academic')) {
    const { seen, heard } = clip.events;
    const names = /colour/.test(question)
      ? seen.map(({ colour }) => colour)
      : heard.map(({ sound }) => sound);
    const spans: Span[] = /colour/.test(question) ? seen : heard;
    const after = /right after the (.+)\?$/.exec(question);
    const second = /in the (\w+) second\?$/.exec(question);
    const shape = /^Which colour was the (\w+)\?$/.exec(question);
    let expected: string | undefined;
    if (after) {
      const named =
        names === undefined ? -1 : seen.findIndex((it) => `${it.colour} ${it.shape}` === after[1]);
      expected = names[(named < 0 ? heard.findIndex(({ sound }) => sound === after[1]) : named) + 1];
    } else if (second) {
      expected = names[spans.findIndex(({ start }) => Math.floor(start / 2) === seconds.indexOf(second[1]))];
    } else if (shape) expected = seen.find((it) => it.shape === shape[1])!.colour;
    else expected = /last\?$/.test(question) ? names.at(-1) : names[0];
    expect([question, answer]).toEqual([question, expected]);
    forms.add(
      question.replace(/the [\w ]+\?$/, 'the X?').replace(/(first|second|third|fourth) second/, 'N second'),
    );
  }
  expect([...forms].sort()).toEqual([
    'What was heard in the X?',
    'Which colour appeared first?',
    'Which colour appeared last?',
    'Which colour appeared right after the X?',
    'Which colour was on screen in the X?',
    'Which colour was the X?',
    'Which sound came first?',
    'Which sound came last?',
    'Which sound came right after the X?',
  ]);
});

test('SynthDec: pairs of the same events, each artefact and each order of YES and NO as often', () => {
  const pairs = partOf('synthDec');
  expect(pairs).toHaveLength(160);
  for (let i = 0; i < pairs.length; i += 2) {
    const [real, generated] = pairs.slice(i, i + 2);
    expect(generated.events).toEqual(real.events);
    expect([real.artefact, real.questions[0].answer]).toEqual([undefined, 'NO']);
    expect(generated.questions[0]).toEqual({ ...real.questions[0], answer: 'YES' });
  }
  const made = pairs.filter(({ artefact }) => artefact !== undefined);
  expect(counts(made.map(({ artefact }) => artefact))).toEqual([20, 20, 20, 20]);
  expect(counts(made.map(({ questions: [{ options }] }) => options.join()))).toEqual([40, 40]);
});

test('no text of the synthetic datasets says anything of artefacts', () => {
  const sizes = { train: 200, validation: 0, test: 0 };
  const asked = [syntheticClips(0, sizes), reasoningClips(0, sizes)].flatMap(({ train }) =>
    train.flatMap(({ questions }) => questions as { question: string; options: string[]; steps: string[] }[]),
  );
  const texts = asked.flatMap(({ question, options, steps }) => [question, ...options, ...steps]);
  const words = new Set(
    texts
      .join(' ')
      .toLowerCase()
      .match(/[a-z]+/g),
  );
  for (const word of [...artefacts, 'generated', 'clip', 'distorted']) expect(words).not.toContain(word);
});

describe('in a folder', () => {
  const settings = { seed: 3, clips: { academic: 1, standUp: 1, synthDec: 4 } };
  const pool = new Recorder();
  let dir: string;
  let paths: Record<string, string>;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'earsight-benchmark-'));
    paths = await generateSyntheticBenchmark(dir, { ...settings, pool });
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  test('its files are read as RivaBench', async () => {
    const { questions, missing } = await readBenchmark('rivabench', Object.values(paths));
    expect(missing).toEqual([]);
    expect(questions.map(({ part, detection, sample: { id } }) => [part, detection, id])).toEqual([
      ...['00000-1', '00000-2'].map((id) => ['Academic', false, `Academic-${id}`]),
      ...['00000-1', '00000-2'].map((id) => ['StandUp', false, `StandUp-${id}`]),
      ...artefacts.flatMap((artefact, i) =>
        ['real', artefact].map((kind) => ['SynthDec', true, `SynthDec-0000${i}-${kind}`]),
      ),
    ]);
    const drawn = clips[0].questions[0];
    expect(questions[0].sample).toMatchObject(drawn);
    expect(questions[0].sample.video).toBe(join(dir, 'clips/academic-00000.mp4'));
  });

  test('a generated clip differs from its pair in the picture alone, in every second with a shape', () => {
    for (const [i, artefact] of artefacts.entries()) {
      const input = (kind: string) => pool.inputs.get(join(dir, `clips/synthdec-0000${i}-${kind}.mp4`))!;
      const [real, generated] = [input('real'), input(artefact)];
      expect(Buffer.compare(Buffer.from(generated.audio!.buffer), Buffer.from(real.audio!.buffer))).toBe(0);
      const { seen } = partOf('synthDec')[2 * i].events;
      const frameBytes = 64 * 64 * 3;
      for (const { start, end } of seen) {
        let changed = 0;
        for (let at = start * 4 * frameBytes; at < end * 4 * frameBytes; at++)
          changed += Number(Math.abs(real.frames![at] - generated.frames![at]) > 40);
        // Of the bytes of the event's frames; pixel noise is at most 6.
        expect([artefact, changed / ((end - start) * 4 * frameBytes) > 0.005]).toEqual([artefact, true]);
      }
    }
  });

  test('the same settings leave it as it is, others are refused', async () => {
    const again = new Recorder();
    await generateSyntheticBenchmark(dir, { ...settings, pool: again });
    expect(again.inputs.size).toBe(0);
    await expect(generateSyntheticBenchmark(dir, { ...settings, seed: 4, pool })).rejects.toThrow(
      `${join(dir, 'benchmark.json')}: "seed": the folder holds a dataset made with 3, expected 4`,
    );
    const clips = { ...settings.clips, synthDec: -1 };
    await expect(generateSyntheticBenchmark(dir, { ...settings, clips, pool })).rejects.toThrow('synthDec');
  });
});
