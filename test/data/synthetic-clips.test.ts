// The event lists and questions of a synthetic dataset, judged by what is written in them: a reader of their own, below, answers
// every question from the events by name and time alone.
import { createHash } from 'node:crypto';
import { type Clip, type ClipQuestion, SPLITS, syntheticClips } from '../../lib/data/synthetic/clips.js';
import { Random } from '../../lib/data/synthetic/random.js';

const dataset = syntheticClips(1, { train: 300, validation: 60, test: 300 });
const clips = SPLITS.flatMap((split) => dataset[split]);
const questions = clips.flatMap((clip) => clip.questions.map((question) => ({ clip, question })));

describe('random numbers', () => {
  test('are those of sfc32 seeded by FNV-1a and murmur3 (computed by a Python version of the published code)', () => {
    const random = new Random(1, 'test', 0, 'events');
    expect(Array.from({ length: 5 }, () => random.uint32())).toEqual([
      3035085303, 1681214991, 2947544831, 3661948975, 3322500613,
    ]);
  });

  test('int(n) is uniform: 60,000 draws of 6 within five standard deviations', () => {
    const random = new Random('dice');
    const counts = Array.from({ length: 6 }, () => 0);
    for (let i = 0; i < 60_000; i++) counts[random.int(6)]! += 1;
    for (const count of counts)
      expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(60_000 * (5 / 36)));
  });
});

describe('event lists', () => {
  test('are those of an independent program for seed 1: the same everywhere', () => {
    expect(dataset.test[0]!.events).toEqual(FIRST_CLIP);
    const lists = JSON.stringify(dataset.test.slice(0, 100).map((clip) => clip.events));
    expect(createHash('sha256').update(lists).digest('hex')).toBe(FIRST_HUNDRED);
  });

  test('change with the seed and not with the number of training clips', () => {
    const smaller = syntheticClips(1, { train: 10, validation: 60, test: 300 });
    expect(smaller.test).toEqual(dataset.test);
    expect(smaller.train).toEqual(dataset.train.slice(0, 10));
    expect(syntheticClips(2, { train: 0, validation: 0, test: 5 }).test[0]!.events).not.toEqual(FIRST_CLIP);
  });

  test('hold three differing events a track, on the half-second grid, in different seconds, in time order', () => {
    for (const { events } of clips) {
      for (const track of [events.seen, events.heard]) {
        expect(track).toHaveLength(3);
        const seconds = track.map(({ start, end }) => {
          expect([start, end].every(Number.isInteger)).toBe(true);
          expect(end - start === 1 || (end - start === 2 && start % 2 === 0)).toBe(true);
          expect(end).toBeLessThanOrEqual(8);
          return Math.floor(start / 2);
        });
        expect(seconds[0]! < seconds[1]! && seconds[1]! < seconds[2]!).toBe(true);
      }
      expect(new Set(events.seen.map(({ colour }) => colour)).size).toBe(3);
      expect(new Set(events.seen.map(({ shape }) => shape)).size).toBe(3);
      expect(new Set(events.heard.map(({ sound }) => sound)).size).toBe(3);
    }
  });

  test('some are seen only, some heard only, some both at once', () => {
    const overlaps = (a: Range, b: Range) => a.start < b.end && b.start < a.end;
    let [alone, silent, together] = [0, 0, 0];
    for (const { events } of clips) {
      for (const seen of events.seen)
        events.heard.some((heard) => overlaps(seen, heard)) ? together++ : alone++;
      for (const heard of events.heard) if (!events.seen.some((seen) => overlaps(seen, heard))) silent++;
    }
    for (const count of [alone, silent, together]) expect(count).toBeGreaterThan(clips.length / 4);
  });

  test('no two clips, and so no two splits, share theirs', () => {
    expect(new Set(clips.map(({ events }) => JSON.stringify(events))).size).toBe(clips.length);
    expect(new Set(clips.map(({ id }) => id)).size).toBe(clips.length);
  });
});

describe('questions', () => {
  test('are two of each kind in every clip', () => {
    for (const clip of clips) {
      expect(clip.questions.map(({ kind }) => kind)).toEqual([
        'sight',
        'sight',
        'sound',
        'sound',
        'both',
        'both',
      ]);
      expect(new Set(clip.questions.map(({ question }) => question)).size).toBe(6);
    }
  });

  test('have the answer that the events give', () => {
    for (const { clip, question } of questions) {
      expect({ id: clip.id, question: question.question, answer: solve(clip, question.question) }).toEqual({
        id: clip.id,
        question: question.question,
        answer: question.answer,
      });
    }
  });

  test('offer differing events of the clip (or their colours or shapes), the answer among them', () => {
    for (const { clip, question } of questions) {
      const names = [...clip.events.seen.map(seenName), ...clip.events.heard.map(({ sound }) => sound)];
      const parts = clip.events.seen.flatMap(({ colour, shape }) => [colour, shape]);
      for (const option of question.options) expect([...names, ...parts]).toContain(option);
      expect(new Set(question.options).size).toBe(question.options.length);
      expect(question.options.filter((option) => option === question.answer)).toHaveLength(1);
      expect([2, 3]).toContain(question.options.length);
    }
  });

  test('letters are balanced within each split, kind and number of options', () => {
    const counts = new Map<string, number[]>();
    for (const { clip, question } of questions) {
      const key = `${clip.split} ${question.kind} ${question.options.length}`;
      const letters = counts.get(key) ?? question.options.map(() => 0);
      letters[question.options.indexOf(question.answer)]! += 1;
      counts.set(key, letters);
    }
    expect(counts.size).toBe(18);
    for (const letters of counts.values()) {
      expect(Math.max(...letters) - Math.min(...letters)).toBeLessThanOrEqual(1);
    }
  });

  test('wrong options stand in no order that gives them away: earlier event first half of the time', () => {
    let [earlier, total] = [0, 0];
    for (const { clip, question } of questions) {
      if (question.options.length !== 3) continue;
      const wrong = question.options
        .filter((option) => option !== question.answer)
        .map((o) => startOf(clip, o));
      total++;
      if (wrong[0]! < wrong[1]!) earlier++;
    }
    expect(Math.abs(earlier / total - 0.5)).toBeLessThan(2.5 / Math.sqrt(total));
  });
});

describe('steps and spans', () => {
  test('there is one true caption for each span, then a conclusion that names the answer', () => {
    for (const { clip, question } of questions) {
      const { steps, spans, answer } = question;
      expect(steps).toHaveLength(spans.length + 1);
      spans.forEach(([start, end], i) => {
        expectTrue(clip, steps[i]!, start, end);
      });
      expect(steps.at(-1)).toMatch(new RegExp(` is ${answer}$`));
      // The evidence holds all that is needed: the answer, or what it is a colour or shape of, is in a sentence.
      expect(steps.slice(0, -1).join(' ')).toContain(answer);
    }
  });

  test('a question about two events is reasoned from what it names to what it asks for', () => {
    for (const { question } of questions) {
      const named = question.question.match(
        /(?:when|while|right after) the (.+?)(?: sounded| was there)?\?$/,
      )?.[1];
      if (named === undefined) continue;
      expect(question.steps.slice(0, 2)).toEqual([named, question.answer]);
    }
  });

  test('the vocabulary is closed and small', () => {
    const all = (pick: (question: ClipQuestion) => string[]) =>
      questions.flatMap(({ question }) => pick(question));
    const texts = all(({ question, options, steps }) => [question, ...options, ...steps]);
    const words = new Set(texts.flatMap((text) => text.toLowerCase().match(/[a-z]+|\d\.\d|[?.,]/g)!));
    expect(words.size).toBeLessThan(80);
  });
});

interface Range {
  start: number;
  end: number;
}

function seenName({ colour, shape }: { colour: string; shape: string }): string {
  return `${colour} ${shape}`;
}

/** Both tracks as one list of named ranges, in seconds. */
function timeline(clip: Clip): { name: string; track: 'seen' | 'heard'; start: number; end: number }[] {
  return [
    ...clip.events.seen.map((e) => ({
      name: seenName(e),
      track: 'seen' as const,
      start: e.start / 2,
      end: e.end / 2,
    })),
    ...clip.events.heard.map((e) => ({
      name: e.sound,
      track: 'heard' as const,
      start: e.start / 2,
      end: e.end / 2,
    })),
  ];
}

function startOf(clip: Clip, option: string): number {
  return timeline(clip).find(({ name }) => name.split(' ').includes(option) || name === option)!.start;
}

/** Answers a question from the events by reading its words. */
function solve(clip: Clip, question: string): string {
  const events = timeline(clip);
  const named = events.filter(({ name }) => question.includes(name));
  const byTime = (track: string) => events.filter((e) => e.track === track).sort((a, b) => a.start - b.start);
  const track = /screen|appeared/.test(question) ? byTime('seen') : byTime('heard');
  const only = <T>(found: T[]): T => {
    expect(found).toHaveLength(1);
    return found[0]!;
  };
  const colourOf = /^Which colour was the (\w+)\?$/.exec(question)?.[1];
  if (colourOf) return only(clip.events.seen.filter(({ shape }) => shape === colourOf)).colour;
  const shapeOf = /^Which shape was (\w+)\?$/.exec(question)?.[1];
  if (shapeOf) return only(clip.events.seen.filter(({ colour }) => colour === shapeOf)).shape;
  if (question.startsWith('Which came first, ')) {
    expect(named).toHaveLength(2);
    expect(named[0]!.start).not.toBe(named[1]!.start);
    return named.sort((a, b) => a.start - b.start)[0]!.name;
  }
  if (/ first\?$/.test(question)) return track[0]!.name;
  if (/ last\?$/.test(question)) return track.at(-1)!.name;
  if (/ right after the /.test(question)) return track[track.indexOf(only(named)) + 1]!.name;
  const second = ['first', 'second', 'third', 'fourth'].indexOf(
    / in the (\w+) second\?$/.exec(question)?.[1] ?? '',
  );
  if (second >= 0) return only(track.filter(({ start, end }) => start < second + 1 && end > second)).name;
  expect(question).toMatch(
    /^What was on screen when the .* sounded\?$|^What was heard while the .* was there\?$/,
  );
  const asked = only(named);
  return only(track.filter(({ start, end }) => start < asked.end && end > asked.start)).name;
}

/** A clause of the reasoning holds: the event lasts through the span, or begins where the span begins. */
function expectTrue(clip: Clip, name: string, start: number, end: number): void {
  const event = timeline(clip).find((candidate) => candidate.name === name)!;
  expect([event.start, event.end]).toEqual([start, end]);
}

// From scripts/fixtures/synthetic_events.py.
const FIRST_CLIP = {
  seen: [
    { colour: 'red', shape: 'bar', start: 1, end: 2 },
    { colour: 'white', shape: 'pole', start: 2, end: 3 },
    { colour: 'green', shape: 'square', start: 5, end: 6 },
  ],
  heard: [
    { sound: 'low tone', start: 0, end: 2 },
    { sound: 'drum beat', start: 5, end: 6 },
    { sound: 'high tone', start: 6, end: 7 },
  ],
};
const FIRST_HUNDRED = '2b830bf8c4be64d8f7c6f427f184f46ff144c41202233844ec8e63a6a0da6036';
