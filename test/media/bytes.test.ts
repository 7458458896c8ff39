/** Clips as bytes, and JPEG files one after another. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MediaPool } from '../../lib/media/pool.js';
import { greyClip, scratchFolder, testClip } from './clips.js';

const folder = scratchFolder();
const pool = new MediaPool({ workers: 1, tmpDir: folder });
const path = (name: string) => join(folder, name);

afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

test.each(['mp4', 'webm'])('the bytes of a %s are those of the file', async (ending) => {
  const clip = testClip(1);
  await pool.encode(path(`a.${ending}`), clip);
  const bytes = await pool.encodeBytes(ending, clip);
  expect(Buffer.compare(bytes, readFileSync(path(`a.${ending}`)))).toBe(0);
});

/** A JPEG file begins with the mark FFD8 and ends with FFD9, and neither stands within. */
const jpegs = (bytes: Uint8Array): Buffer[] => {
  const all = Buffer.from(bytes);
  const starts: number[] = [];
  for (let at = 0; ; at += 2) {
    at = all.indexOf('ffd8', at, 'hex');
    if (at < 0) break;
    starts.push(at);
  }
  return starts.map((start, i) => all.subarray(start, starts[i + 1] ?? all.length));
};

test('an mjpeg is one JPEG file a frame, of the size of the frame', async () => {
  const { frames, width, height, fps } = greyClip(5, 1, 0);
  const pictures = jpegs(await pool.encodeBytes('mjpeg', { frames, width, height, fps }));
  expect(pictures).toHaveLength(5);
  for (const picture of pictures) {
    expect(picture.subarray(-2).toString('hex')).toBe('ffd9');
    // The frame header: FFC0, length, precision, height, width.
    const header = picture.indexOf('ffc0', 0, 'hex');
    expect([picture.readUInt16BE(header + 5), picture.readUInt16BE(header + 7)]).toEqual([64, 64]);
  }
});

test('an mjpeg takes no sound', async () => {
  await expect(pool.encodeBytes('mjpeg', testClip(1))).rejects.toThrow(/holds no sound/);
  await pool.encode(path('sound.wav'), { audio: new Float32Array(1600), sampleRate: 16_000 });
  const cut = pool.cut(path('sound.wav'), path('cut.mjpeg'), [0, 0.05]);
  await expect(cut).rejects.toMatchObject({ code: 'NO_TRACK' });
});

test('the pictures of a cut come without its sound', async () => {
  await pool.encode(path('clip.mp4'), testClip(1));
  await pool.cut(path('clip.mp4'), path('cut.mjpeg'), [0, 0.5]);
  expect(jpegs(readFileSync(path('cut.mjpeg')))).toHaveLength(4);
});

test('an ending that no container has is refused', async () => {
  await expect(pool.encodeBytes('gif', testClip(1))).rejects.toMatchObject({ code: 'BAD_REQUEST' });
});
