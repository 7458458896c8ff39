// Reasoning questions: answered again from the events alone, and from the steps alone.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSamples } from '../../lib/data/index.js';
import type { Clip } from '../../lib/data/synthetic/clips.js';
import { generateSyntheticDataset } from '../../lib/data/synthetic/generate.js';
import { type ReasoningQuestion, reasoningClips } from '../../lib/data/synthetic/reasoning.js';

const { train, test: held } = reasoningClips(5, { train: 600, validation: 20, test: 20 });
const ofKind = (kind: string): [Clip<ReasoningQuestion>, ReasoningQuestion][] =>
  train.flatMap((clip) =>
    clip.questions
      .filter((it) => it.kind === kind)
      .map((it): [Clip<ReasoningQuestion>, ReasoningQuestion] => [clip, it]),
  );

/** Things and sounds of a clip by name, in seconds. */
function timesOf({ events }: Clip<ReasoningQuestion>) {
  const times = new Map<string, [number, number]>();
  for (const { colour, shape, start, end } of events.seen)
    times.set(`${colour} ${shape}`, [start / 2, end / 2]);
  for (const { sound, start, end } of events.heard) times.set(sound, [start / 2, end / 2]);
  return times;
}

test('each clip has a question of each kind, and its answer among different options', () => {
  for (const { questions } of [...train, ...held]) {
    expect(questions.map(({ kind }) => kind)).toEqual(['count', 'hop', 'before', 'both', 'sight', 'sound']);
    for (const { kind, options, answer } of questions) {
      expect(options).toContain(answer);
      expect(new Set(options).size).toBe({ count: 4, before: 2 }[kind as 'count'] ?? 5);
    }
  }
});

test('counts', () => {
  const answers = ofKind('count').map(([clip, { question, answer }]) => {
    const sound = /before the (.+)\?$/.exec(question)![1];
    const [start] = timesOf(clip).get(sound)!;
    const starts = clip.events.seen.map((event) => event.start / 2);
    expect(starts).not.toContain(start);
    expect(answer).toBe(String(starts.filter((other) => other < start).length));
    return answer;
  });
  // Each is a quarter: three standard deviations of 600 draws.
  for (const number of '0123')
    expect(Math.abs(answers.filter((it) => it === number).length - 150)).toBeLessThan(32);
});

test('hops', () => {
  let heard = 0;
  for (const [{ events }, { question, answer }] of ofKind('hop')) {
    const named = /right after the (.+) was (?:there|heard)\?$/.exec(question)![1];
    const ofSound = question.startsWith('What was heard');
    heard += Number(ofSound);
    const [from, to] = ofSound ? [events.seen, events.heard] : [events.heard, events.seen];
    const nameOf = (event: object) => Object.entries(event).filter(([key]) => /colour|shape|sound/.test(key));
    const index = from.findIndex(
      (event) =>
        nameOf(event)
          .map(([, word]) => word)
          .join(' ') === named,
    );
    const next = from[index + 1];
    const there = to.filter(({ start, end }) => start < next.end && next.start < end);
    expect(there).toHaveLength(1);
    expect(nameOf(there[0]).map(([, word]) => word)).toContain(answer);
  }
  expect(Math.abs(heard - 300)).toBeLessThan(40);
});

test('orders', () => {
  let yes = 0;
  for (const [clip, { question, answer }] of ofKind('before')) {
    const [, thing, sound] = /^Did the (.+) appear before the (.+)\?$/.exec(question)!;
    const times = timesOf(clip);
    const [a, b] = [times.get(thing)![0], times.get(sound)![0]];
    expect(a).not.toBe(b);
    expect(answer).toBe(a < b ? 'YES' : 'NO');
    yes += Number(answer === 'YES');
  }
  expect(Math.abs(yes - 300)).toBeLessThan(40);
});

test('steps are what the clip shows, then what follows from them', () => {
  const observed = /^(.+) from (\d\.\d) to (\d\.\d)$/;
  for (const clip of train) {
    const times = timesOf(clip);
    for (const { kind, steps, answer } of clip.questions) {
      const read = steps.filter((step) => observed.test(step));
      const conclusions = steps.slice(read.length);
      expect(conclusions.some((step) => observed.test(step))).toBe(false);
      for (const step of read) {
        const [, name, start, end] = observed.exec(step)!;
        expect(times.get(name)).toEqual([Number(start), Number(end)]);
      }
      if (kind === 'before') {
        const [a, b] = read.map((step) => Number(observed.exec(step)![2]));
        expect(conclusions).toEqual([
          `${a.toFixed(1)} is ${answer === 'YES' ? 'before' : 'after'} ${b.toFixed(1)}`,
        ]);
        continue;
      }
      if (kind === 'count') {
        const [sound, ...things] = read.map((step) => observed.exec(step)!);
        const before = things.filter(([, , start]) => start < sound[2]).map(([, name]) => name);
        expect(conclusions[0]).toBe(`before ${sound[2]}: ${before.join(', ') || 'nothing'}`);
        expect(answer).toBe(String(before.length));
      }
      expect(conclusions.at(-1)).toBe(`so it is ${answer}`);
    }
  }
});

test('no letter is right more often, and a seed gives the same held-out clips whatever the rest', () => {
  const letters = (kind: string) => ofKind(kind).map(([, { options, answer }]) => options.indexOf(answer));
  for (const kind of ['count', 'hop', 'before']) {
    const found = letters(kind);
    const counts = [...new Set(found)].map((letter) => found.filter((it) => it === letter).length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  }
  expect(reasoningClips(5, { train: 3, validation: 20, test: 20 }).test).toEqual(held);
});

test('on disk every row has its steps; a folder of the other questions is refused', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'earsight-reasoning-'));
  const pool = { encode: async (path: string) => writeFileSync(path, path) };
  const settings = { seed: 5, clips: { train: 4, validation: 1, test: 1 } };
  const paths = await generateSyntheticDataset(dir, { ...settings, questions: 'reasoning', pool });
  const rows = readSamples(paths.train);
  expect(rows).toHaveLength(24);
  expect(rows.every(({ steps, spans }) => steps !== undefined && spans === undefined)).toBe(true);
  expect(readSamples(paths.captions).length).toBeGreaterThan(0);
  await expect(generateSyntheticDataset(dir, { ...settings, pool })).rejects.toThrow(
    /synthetic\.json.*questions.*made with .*reasoning/,
  );
  rmSync(dir, { recursive: true });
});
