/**
 * A synthetic benchmark of RivaBench's form, from a seed alone: Academic asks about one track, StandUp about both, each with
 * five options; SynthDec asks of matched pairs of clips which are generated. Nothing is drawn or written here.
 *
 * Options are colours or sounds: those of the clip's events and others, five of the six. Names are given to events
 * independently of their times, so without the clip every option has the same chance.
 */
import { type Artefact, artefacts } from './artefacts.js';
import { Letters } from './clips.js';
import { type ClipEvents, COLOURS, drawTimeline, nameEvents, SOUNDS, type Timeline } from './events.js';
import { ask, nameOf } from './phrase.js';
import { drawQuestions, type Form, type Kind, type Question, type Ref } from './questions.js';
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

const fiveWay = 5;

const detectionQuestion =
  'In a generated clip the light flickers, or shapes bend, break or lose their colours. Is this clip generated? ' +
  'Answer YES or NO.';

/** The forms of a clip's two questions, by the tracks that they are about. */
const sightForms: readonly Form[] = ['first', 'last', 'next', 'second', 'colour'];
const soundForms: readonly Form[] = ['first', 'last', 'next', 'second'];

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
    const questions = drawn.map((question) => put(question, events, letters, random));
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

function put(question: Question, events: ClipEvents, letters: Letters, random: Random) {
  const { answer, options, kind } = question;
  const name = (ref: Ref): string =>
    ref.track === 'seen' ? events.seen[ref.rank].colour : events.heard[ref.rank].sound;
  const names: readonly string[] = answer.track === 'seen' ? COLOURS : SOUNDS;
  const here = events[answer.track].map((_, rank) => name({ track: answer.track, rank }));
  const others = random.shuffle(names.filter((it) => !here.includes(it)));
  const wrong = options.map(name).filter((it) => it !== name(answer));
  const listed = random.shuffle([...wrong, ...others.slice(0, fiveWay - 1 - wrong.length)]);
  listed.splice(letters.next(kind, fiveWay), 0, name(answer));
  return { question: wordsOf(question, events), options: listed, answer: name(answer) };
}

/** Questions about sounds have the words of the training data, those about colours ask for a colour alone. */
function wordsOf(question: Question, events: ClipEvents): string {
  const words = ask(events, question);
  if (question.answer.track === 'heard' || question.form === 'colour') return words;
  const { form, asked } = question;
  if (form === 'next') return `Which colour appeared right after the ${nameOf(events, asked as Ref)}?`;
  return words.replace(/^What (appeared|was)/, 'Which colour $1');
}
