/** No file, however broken or hostile, costs more than one MediaError that names it. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MediaError, type MediaErrorCode } from '../../lib/media/errors.js';
import { MediaPool } from '../../lib/media/pool.js';
import { scratchFolder, testClip, wavFile } from './clips.js';

const folder = scratchFolder();
const pool = new MediaPool({ workers: 2, tmpDir: folder });
const path = (name: string) => join(folder, name);
const clip = testClip();

beforeAll(async () => {
  await Promise.all(['a.mp4', 'a.mkv', 'a.webm'].map((name) => pool.encode(path(name), clip)));
  writeFileSync(path('a.wav'), wavFile([clip.audio], 16000));
});

afterEach(async () => {
  // The pool lives on: the same workers, or new ones, still decode a good file.
  expect((await pool.decode(path('a.mp4'))).video!.shape[0]).toBe(32);
});

afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

async function failure(promise: Promise<unknown>): Promise<MediaError> {
  const error = await promise.then(
    () => null,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(MediaError);
  return error;
}

async function expectFailure(file: string, code: MediaErrorCode, reason: RegExp): Promise<void> {
  const error = await failure(pool.decode(file));
  expect(error.code).toBe(code);
  expect(error.file).toBe(file);
  expect(error.reason).toMatch(reason);
  expect(error.message).toContain(file);
}

function write(name: string, bytes: Uint8Array | string): string {
  writeFileSync(path(name), bytes);
  return path(name);
}

test('missing file', () => expectFailure(path('nowhere.mp4'), 'NOT_FOUND', /no such file/));
test('folder', () => expectFailure(folder, 'NOT_A_FILE', /folder/));
test('zero bytes', () => expectFailure(write('zero.mp4', ''), 'EMPTY', /no bytes/));
test('garbage', () =>
  expectFailure(write('garbage.mp4', randomBytes(100_000)), 'INVALID', /not a media file/));
test('text', () =>
  expectFailure(write('text.mp4', 'once upon a time\n'.repeat(100)), 'INVALID', /not a media file/));

test('pipe: refused at once, not waited for', async () => {
  execFileSync('mkfifo', [path('pipe.mp4')]);
  await expectFailure(path('pipe.mp4'), 'NOT_A_FILE', /pipe/);
});

test('playlist that points at other files', async () => {
  const playlist = `#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n${path('a.mp4')}\n#EXT-X-ENDLIST\n`;
  await expectFailure(write('list.m3u8', playlist), 'INVALID', /not a media file/);
  await expectFailure(
    write('concat.mp4', `ffconcat version 1.0\nfile a.mp4\n`),
    'INVALID',
    /not a media file/,
  );
});

test.each(['a.mp4', 'a.mkv', 'a.webm', 'a.wav'])('%s cut off anywhere', async (name) => {
  const bytes = readFileSync(path(name));
  for (const part of [0.02, 0.25, 0.5, 0.75, 0.9, 0.98]) {
    const file = write(`cut-off-${name}`, bytes.subarray(0, Math.floor(bytes.length * part)));
    const { code, file: named } = await failure(pool.decode(file));
    expect(['INVALID', 'TRUNCATED', 'NO_TRACK']).toContain(code);
    expect(named).toBe(file);
  }
});

test('mp4 with its index in front, cut off: the header still promises all frames', async () => {
  const bytes = indexFirst(readFileSync(path('a.mp4')));
  expect((await pool.decode(write('front.mp4', bytes))).video!.shape[0]).toBe(32);
  for (const part of [0.5, 0.75, 0.98]) {
    const file = write('front-cut-off.mp4', bytes.subarray(0, Math.floor(bytes.length * part)));
    await expectFailure(file, 'TRUNCATED', /./);
  }
});

test('mp4 whose data box states no size, cut off: its index names frames behind the end', async () => {
  const bytes = indexFirst(readFileSync(path('a.mp4')));
  bytes.writeUInt32BE(0, bytes.indexOf('mdat') - 4);
  expect((await pool.decode(write('open.mp4', bytes))).video!.shape[0]).toBe(32);
  for (const part of [0.5, 0.75, 0.98]) {
    const file = write('open-cut-off.mp4', bytes.subarray(0, Math.floor(bytes.length * part)));
    await expectFailure(file, 'TRUNCATED', /./);
  }
  // Between two samples as well as within one.
  for (let missing = 1; missing <= 120; missing++) {
    await expectFailure(write('open-short.mp4', bytes.subarray(0, -missing)), 'TRUNCATED', /index names/);
  }
});

test('an edit list that claims more seconds than there are is no missing content', async () => {
  const bytes = readFileSync(path('a.mp4'));
  // The video's edit list, the first: its only entry's duration in the movie's time, start in the track's.
  const [movie, media, list] = ['mvhd', 'mdhd', 'elst'].map((type) => bytes.indexOf(type) + 4);
  bytes.writeUInt32BE(20 * bytes.readUInt32BE(movie! + 12), list! + 8);
  bytes.writeInt32BE(2 * bytes.readUInt32BE(media! + 12), list! + 12);
  const { video } = await pool.decode(write('edited.mp4', bytes));
  expect(video!.shape[0]).toBe(16);
});

test.each(['a.mp4', 'a.mkv', 'a.webm'])(
  '%s with flipped bytes: an error or the right number of frames',
  async (name) => {
    const bytes = readFileSync(path(name));
    for (let seed = 1; seed <= 12; seed++) {
      const broken = Buffer.from(bytes);
      for (let i = 0; i < 4 ** (seed % 4); i++)
        broken[(i * 7919 * seed + seed * 104729) % bytes.length]! ^= 1 + seed;
      const file = write(`flipped-${seed}-${name}`, broken);
      const outcome = await pool.decode(file).catch((error) => error);
      if (outcome instanceof Error) {
        expect(outcome).toBeInstanceOf(MediaError);
        expect((outcome as MediaError).file).toBe(file);
      } else if (outcome.video) {
        expect(outcome.video.frames.length).toBe(outcome.video.shape.reduce((a: number, b: number) => a * b));
      }
    }
  },
);

test('a track that is asked for and not there', async () => {
  expect((await failure(pool.decode(path('a.wav'), { video: {} }))).code).toBe('NO_TRACK');
});

test.each([
  [{ video: { fps: 0 } }, /video\.fps 0: expected a positive number/],
  [{ video: { indices: [0, 32] } }, /video\.indices 32: .* below 32/],
  [{ video: { indices: [3, 3] } }, /ascending/],
  [{ video: { indices: [0] }, end: 2 }, /expected alone/],
  [{ video: { width: 1.5 } }, /video\.width 1\.5/],
  [{ start: 3, end: 2 }, /start 3 and end 2/],
  [{ audio: { sampleRate: -1 } }, /sampleRate -1/],
])('senseless request %j', async (options, reason) => {
  const error = await failure(pool.decode(path('a.mp4'), options));
  expect(error.code).toBe('BAD_REQUEST');
  expect(error.reason).toMatch(reason);
});

test.each([
  ['odd.mp4', { frames: new Uint8Array(27), width: 3, height: 3, fps: 8 }, /even/],
  ['short.mp4', { frames: new Uint8Array(100), width: 4, height: 4, fps: 8 }, /multiple of 4 x 4 x 3/],
  ['empty.mp4', {}, /at least one/],
  ['film.avi', { audio: new Float32Array(9), sampleRate: 16000 }, /\.mp4, \.mkv, \.webm, \.wav/],
  ['rate.mp4', { audio: new Float32Array(9), sampleRate: 12345 }, /12345/],
])('unwritable clip %s', async (name, input, reason) => {
  const error = await failure(pool.encode(path(name), input));
  expect(error.code).toBe('BAD_REQUEST');
  expect(error.reason).toMatch(reason);
});

/** Moves an mp4's `moov` box in front of its `mdat`, shifting the chunk offsets (stco) by the size of `moov`. */
function indexFirst(bytes: Buffer): Buffer {
  const boxes = new Map<string, Buffer>();
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    boxes.set(bytes.toString('latin1', at + 4, at + 8), bytes.subarray(at, at + bytes.readUInt32BE(at)));
  }
  const moov = Buffer.from(boxes.get('moov')!);
  for (let at = moov.indexOf('stco'); at >= 0; at = moov.indexOf('stco', at + 4)) {
    const count = moov.readUInt32BE(at + 8);
    for (let i = 0; i < count; i++) {
      const entry = at + 12 + 4 * i;
      moov.writeUInt32BE(moov.readUInt32BE(entry) + moov.length, entry);
    }
  }
  const rest = [...boxes].filter(([name]) => name !== 'ftyp' && name !== 'moov').map(([, box]) => box);
  return Buffer.concat([boxes.get('ftyp')!, moov, ...rest]);
}
