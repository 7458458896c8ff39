/**
 * Moments of a clip: what is on screen, and what is heard, in each half second. They teach to look and to listen
 * before any question does: no options to copy from, no doubt about the time.
 */
import type { Sample } from '../samples.js';
import type { Clip } from './clips.js';
import { SLOT, SLOTS, type Span } from './events.js';

/** What the caption says where a track has no event. */
export const NOTHING = 'nothing';

/** Two samples for every half second of a clip; their steps are captions, and they have no answer. */
export function momentsOf(clip: Clip, video: string): Sample[] {
  const { seen, heard } = clip.events;
  const at = <T extends Span>(events: readonly T[], slot: number) =>
    events.find(({ start, end }) => start <= slot && slot < end);
  return Array.from({ length: SLOTS }, (_, slot): Sample[] => {
    const [start, end] = [slot * SLOT, (slot + 1) * SLOT];
    const shape = at(seen, slot);
    const sound = at(heard, slot);
    const moment = (track: string, question: string, caption: string): Sample => ({
      id: `${clip.id}-${track}-${start.toFixed(1)}`,
      video,
      audio: null,
      question: `${question} at ${start.toFixed(1)}?`,
      steps: [caption],
      spans: [[start, end]],
      kind: 'moment',
    });
    return [
      moment('seen', 'Seen', shape === undefined ? NOTHING : `${shape.colour} ${shape.shape}`),
      moment('heard', 'Heard', sound === undefined ? NOTHING : sound.sound),
    ];
  }).flat();
}
