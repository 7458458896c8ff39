/**
 * Dense captions of a clip as samples: when each thing is there, and what is on screen or heard in some of the half seconds.
 * The target of each is one caption with its time. They teach a model to perceive and to locate before the questions with
 * options do. Locating takes longest to learn, above all by shape, so most samples ask for it; with all half seconds among
 * them it is learnt much later.
 */
import type { Sample } from '../sample.js';
import type { Clip } from './clips.js';
import { SLOT, SLOTS, type Span } from './events.js';
import type { Random } from './random.js';

/** The caption where a track has no event. */
const NOTHING = 'nothing';

/** Half seconds of each track that are asked about. */
const ASKED = 2;

/** What is asked about a half second of each track. */
const questions = { seen: 'Seen at {start}?', heard: 'Heard at {start}?' } as const;

/** Of captions whose times are given; `{start}` stands for the time in seconds. */
export const captionQuestions: readonly string[] = Object.values(questions);

/** A clip's samples; each has one span with one caption as its only step, and no answer. */
export function captionSamples(clip: Pick<Clip, 'id' | 'events'>, video: string, random: Random): Sample[] {
  const sample = (id: string, question: string, caption: string, { start, end }: Span): Sample => ({
    id: `${clip.id}-${id}`,
    video,
    audio: null,
    question,
    steps: [caption],
    spans: [[start * SLOT, end * SLOT]],
    kind: 'caption',
  });
  const seen = clip.events.seen.map((event) => ({ ...event, caption: `${event.colour} ${event.shape}` }));
  const heard = clip.events.heard.map((event) => ({ ...event, caption: event.sound }));
  const halfSeconds = (
    track: keyof typeof questions,
    events: readonly (Span & { caption: string })[],
  ): Sample[] =>
    random
      .shuffle(Array.from({ length: SLOTS }, (_, start) => start))
      .slice(0, ASKED)
      .map((start) => {
        const time = (start * SLOT).toFixed(1);
        const event = events.find((it) => it.start <= start && start < it.end);
        const span = { start, end: start + 1 };
        const question = questions[track].replace('{start}', time);
        return sample(`${track}-${time}`, question, event?.caption ?? NOTHING, span);
      });
  return [
    ...halfSeconds('seen', seen),
    ...halfSeconds('heard', heard),
    ...seen.flatMap((event) => [
      sample(`when-${event.colour}`, `When was something ${event.colour} there?`, event.caption, event),
      sample(`when-${event.shape}`, `When was the ${event.shape} there?`, event.caption, event),
    ]),
    ...heard.map((event) =>
      sample(`when-${event.sound}`, `When did the ${event.sound} sound?`, event.caption, event),
    ),
  ];
}
