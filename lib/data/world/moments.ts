/**
 * What there is to perceive in a clip, asked piece by piece: what is on screen, and what is heard, in each half
 * second; and when each thing is there. They teach to look, to listen and to find before any question does: nothing
 * to choose from, one caption with its time to say.
 */
import type { Sample } from '../samples.js';
import type { Clip } from './clips.js';
import { SLOT, SLOTS, type Span } from './events.js';

/** What the caption says where a track has no event. */
const NOTHING = 'nothing';

/** A clip's samples; each has one span with one caption as its only step, and no answer. */
export function momentsOf(clip: Clip, video: string): Sample[] {
  const sample = (id: string, question: string, caption: string, { start, end }: Span): Sample => ({
    id: `${clip.id}-${id}`,
    video,
    audio: null,
    question,
    steps: [caption],
    spans: [[start * SLOT, end * SLOT]],
    kind: 'moment',
  });
  const seen = clip.events.seen.map((event) => ({ ...event, caption: `${event.colour} ${event.shape}` }));
  const heard = clip.events.heard.map((event) => ({ ...event, caption: event.sound }));
  const halfSeconds = Array.from({ length: SLOTS }, (_, start): Sample[] => {
    const time = (start * SLOT).toFixed(1);
    const caption = (events: readonly (Span & { caption: string })[]) =>
      events.find((event) => event.start <= start && start < event.end)?.caption ?? NOTHING;
    const span = { start, end: start + 1 };
    return [
      sample(`seen-${time}`, `Seen at ${time}?`, caption(seen), span),
      sample(`heard-${time}`, `Heard at ${time}?`, caption(heard), span),
    ];
  }).flat();
  return [
    ...halfSeconds,
    ...seen.flatMap((event) => [
      sample(`when-${event.colour}`, `When was something ${event.colour} there?`, event.caption, event),
      sample(`when-${event.shape}`, `When was the ${event.shape} there?`, event.caption, event),
    ]),
    ...heard.map((event) =>
      sample(`when-${event.sound}`, `When did the ${event.sound} sound?`, event.caption, event),
    ),
  ];
}
