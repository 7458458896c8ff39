// Moments say what each half second of a clip shows and sounds; derived here from the event list in another way.
import { worldClips } from '../../lib/data/world/clips.js';
import { momentsOf } from '../../lib/data/world/moments.js';

const clips = worldClips(3, { train: 20, validation: 0, test: 0 }).train;

test('sixteen moments a clip: two tracks, eight half seconds', () => {
  for (const clip of clips) {
    const moments = momentsOf(clip, 'clip.mp4');
    expect(new Set(moments.map(({ id }) => id)).size).toBe(16);
    expect(moments.map(({ spans }) => spans![0]![0])).toEqual(
      Array.from({ length: 16 }, (_, i) => Math.floor(i / 2) / 2),
    );
    for (const { spans, answer, options } of moments) {
      expect(spans![0]![1] - spans![0]![0]).toBe(0.5);
      expect([answer, options]).toEqual([undefined, undefined]);
    }
  }
});

test('an event is captioned in every half second that it covers, and nothing elsewhere', () => {
  for (const clip of clips) {
    const expected = { seen: Array<string>(8).fill('nothing'), heard: Array<string>(8).fill('nothing') };
    for (const { colour, shape, start, end } of clip.events.seen) {
      expected.seen.fill(`${colour} ${shape}`, start, end);
    }
    for (const { sound, start, end } of clip.events.heard) expected.heard.fill(sound, start, end);
    const moments = momentsOf(clip, 'clip.mp4');
    const captions = (track: string) =>
      moments.filter(({ id }) => id.includes(`-${track}-`)).map(({ steps }) => steps![0]);
    expect({ seen: captions('seen'), heard: captions('heard') }).toEqual(expected);
  }
});
