// Moments say what each half second of a clip shows and sounds, and when each thing is there; derived here from the
// event list in another way.
import { worldClips } from '../../lib/data/world/clips.js';
import { momentsOf } from '../../lib/data/world/moments.js';

const clips = worldClips(3, { train: 20, validation: 0, test: 0 }).train.map((clip) => ({
  events: clip.events,
  moments: momentsOf(clip, 'clip.mp4'),
}));

test('twenty-five moments a clip: eight half seconds of two tracks, two for a seen event and one for a heard', () => {
  for (const { moments } of clips) {
    expect(new Set(moments.map(({ id }) => id)).size).toBe(25);
    expect(moments.slice(0, 16).map(({ spans }) => spans)).toEqual(
      Array.from({ length: 16 }, (_, i) => [[Math.floor(i / 2) / 2, Math.floor(i / 2) / 2 + 0.5]]),
    );
    for (const { answer, options } of moments) expect([answer, options]).toEqual([undefined, undefined]);
  }
});

test('an event is captioned in every half second that it covers, and nothing elsewhere', () => {
  for (const { events, moments } of clips) {
    const expected = { seen: Array<string>(8).fill('nothing'), heard: Array<string>(8).fill('nothing') };
    for (const { colour, shape, start, end } of events.seen) {
      expected.seen.fill(`${colour} ${shape}`, start, end);
    }
    for (const { sound, start, end } of events.heard) expected.heard.fill(sound, start, end);
    const captions = (track: string) =>
      moments.filter(({ id }) => id.includes(`-${track}-`)).map(({ steps }) => steps![0]);
    expect({ seen: captions('seen'), heard: captions('heard') }).toEqual(expected);
  }
});

test('each thing is asked for by its colour, its shape or its sound, and captioned with its whole name and time', () => {
  for (const { events, moments } of clips) {
    const asked = new Map(moments.map(({ question, steps, spans }) => [question, { steps, spans }]));
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
