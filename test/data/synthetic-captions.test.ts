// Dense captions say what each half second of a clip shows and sounds, and when each thing is there; derived here from the
// event list in another way.

import { captionSamples } from '../../lib/data/synthetic/captions.js';
import { syntheticClips } from '../../lib/data/synthetic/clips.js';
import { Random } from '../../lib/data/synthetic/random.js';

const clips = syntheticClips(3, { train: 60, validation: 0, test: 0 }).train.map((clip) => ({
  events: clip.events,
  captions: captionSamples(clip, 'clip.mp4', new Random('test', clip.index)),
}));

test('thirteen captions a clip: two half seconds of each track, two for a seen event and one for a heard', () => {
  for (const { captions } of clips) {
    expect(new Set(captions.map(({ id }) => id)).size).toBe(13);
    for (const track of ['-seen-', '-heard-', '-when-'])
      expect(captions.filter(({ id }) => id.includes(track))).toHaveLength(track === '-when-' ? 9 : 2);
    for (const { answer, options } of captions) expect([answer, options]).toEqual([undefined, undefined]);
  }
});

test('an event is captioned in the half seconds that it covers, and nothing elsewhere; every half second is asked', () => {
  const asked = { seen: new Set<number>(), heard: new Set<number>() };
  for (const { events, captions } of clips) {
    const expected = { seen: Array<string>(8).fill('nothing'), heard: Array<string>(8).fill('nothing') };
    for (const { colour, shape, start, end } of events.seen) {
      expected.seen.fill(`${colour} ${shape}`, start, end);
    }
    for (const { sound, start, end } of events.heard) expected.heard.fill(sound, start, end);
    for (const track of ['seen', 'heard'] as const) {
      for (const { id, question, steps, spans } of captions) {
        if (!id.includes(`-${track}-`)) continue;
        const [[start, end]] = spans as [number, number][];
        expect(question).toBe(`${track === 'seen' ? 'Seen' : 'Heard'} at ${start.toFixed(1)}?`);
        expect([end - start, steps]).toEqual([0.5, [expected[track][2 * start]]]);
        asked[track].add(start);
      }
    }
  }
  expect([asked.seen.size, asked.heard.size]).toEqual([8, 8]);
});

test('each thing is asked for by its colour, its shape or its sound, and captioned with its whole name and time', () => {
  for (const { events, captions } of clips) {
    const asked = new Map(captions.map(({ question, steps, spans }) => [question, { steps, spans }]));
    const lasting = ({ start, end }: { start: number; end: number }) => [[start / 2, end / 2]];
    for (const event of events.seen) {
      const expected = { steps: [`${event.colour} ${event.shape}`], spans: lasting(event) };
      expect(asked.get(`When was something ${event.colour} there?`)).toEqual(expected);
      expect(asked.get(`When was the ${event.shape} there?`)).toEqual(expected);
    }
    for (const event of events.heard) {
      const expected = { steps: [event.sound], spans: lasting(event) };
      expect(asked.get(`When did the ${event.sound} sound?`)).toEqual(expected);
    }
  }
});
