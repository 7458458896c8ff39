/**
 * A synthetic benchmark of RivaBench's form, from a seed alone: Academic asks about one track, StandUp about both, each with
 * five options; SynthDec asks of matched pairs of clips which are generated. Nothing is drawn or written here.
 */
import { type Artefact, artefacts } from './artefacts.js';
import { Letters } from './clips.js';
import { type ClipEvents, drawTimeline, nameEvents, type Timeline } from './events.js';
import { fiveWay, sightForms, soundForms, wordsOf } from './five-way.js';
import { drawQuestions, type Form, type Kind, type Question } from './questions.js';
import { Random } from './random.js';

export const benchmarkParts = ['academic', 'standUp', 'synthDec'] as const;
export type BenchmarkPart = (typeof benchmarkParts)[number];

export interface BenchmarkClip {
  /** Of its part's clips: for example `00012`, or `00003-real` and `00003-bend`. */
  id: string;
  part: BenchmarkPart;
  /** Clips of one part and index have the same events. */
  index: number;
  events: ClipEvents;
  artefact?: Artefact;
  questions: { question: string; options: string[]; answer: string }[];
}

const detectionQuestion =
  'In a generated clip the light flickers, or shapes bend, break or lose their colours. Is this clip generated? ' +
  'Answer YES or NO.';

/** The clips of all parts; of `synthDec` there are `count` real and as many generated ones. */
export function benchmarkClips(seed: number, counts: Record<BenchmarkPart, number>): BenchmarkClip[] {
  const taken = new Set<string>();
  return benchmarkParts.flatMap((part) => {
    const letters = new Letters(seed, `benchmark-${part}`);
    return Array.from({ length: counts[part] }, (_, index) => {
      const random = stream(seed, part, index, 'events');
      if (part === 'synthDec') return drawPair(index, random, letters, taken);
      return [drawClip(part, index, random, letters, taken)];
    }).flat();
  });
}

/** Random numbers of one purpose of a clip. */
export function stream(seed: number, part: BenchmarkPart, index: number, purpose: string): Random {
  return new Random(seed, `benchmark-${part}`, index, purpose);
}

function drawClip(
  part: 'academic' | 'standUp',
  index: number,
  random: Random,
  letters: Letters,
  taken: Set<string>,
): BenchmarkClip {
  const asked: [Kind, Form][] =
    part === 'standUp'
      ? [
          ['both', 'when'],
          ['both', 'while'],
        ]
      : [
          ['sight', random.pick(sightForms)],
          ['sound', random.pick(soundForms)],
        ];
  for (;;) {
    const timeline = drawTimeline(random);
    const drawn = asked.map(([kind, form]) => drawQuestions(timeline, [form], kind, random)?.[0]);
    if (!drawn.every((it): it is Question => it !== undefined)) continue;
    const events = drawEvents(timeline, random, taken);
    if (events === undefined) continue;
    const questions = drawn.map((question) => ({
      question: wordsOf(question, events),
      ...fiveWay(question, events, letters, random),
    }));
    return { id: numbered(index), part, index, events, questions };
  }
}

function drawPair(index: number, random: Random, letters: Letters, taken: Set<string>): BenchmarkClip[] {
  let events: ClipEvents | undefined;
  while (events === undefined) events = drawEvents(drawTimeline(random), random, taken);
  const artefact = artefacts[index % artefacts.length];
  const options = letters.next('detection', 2) === 0 ? ['YES', 'NO'] : ['NO', 'YES'];
  const clip = { part: 'synthDec' as const, index, events };
  const question = (answer: string) => [{ question: detectionQuestion, options, answer }];
  return [
    { ...clip, id: `${numbered(index)}-real`, questions: question('NO') },
    { ...clip, id: `${numbered(index)}-${artefact}`, artefact, questions: question('YES') },
  ];
}

/** Names for the events, or undefined when another clip has the same events. */
function drawEvents(timeline: Timeline, random: Random, taken: Set<string>): ClipEvents | undefined {
  const events = nameEvents(timeline, random);
  const key = JSON.stringify(events);
  return taken.size === taken.add(key).size ? undefined : events;
}

const numbered = (index: number): string => String(index).padStart(5, '0');
