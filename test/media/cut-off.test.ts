/** A file that was cut off is refused wherever its format states a length; where it does not, `probe` says so. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { MediaPool } from '../../lib/media/pool.js';
import { scratchFolder, testClip, wavFile } from './clips.js';

const folder = scratchFolder();
const pool = new MediaPool({ workers: 2, tmpDir: folder });
const path = (name: string) => join(folder, name);

/** Three seconds of a tone in another container and codec than our writer's. */
function writeSound(name: string, codec: string, ...options: string[]): void {
  execFileSync(process.execPath, [join(__dirname, 'sound.mjs'), path(name), codec, '3', ...options], {
    stdio: 'ignore',
  });
}

function write(name: string, bytes: Uint8Array): string {
  writeFileSync(path(name), bytes);
  return path(name);
}

beforeAll(async () => {
  await Promise.all(['a.mkv', 'a.webm', 'a.mp4'].map((name) => pool.encode(path(name), testClip())));
  writeSound('xing.mp3', 'libmp3lame');
  writeSound('bare.mp3', 'libmp3lame', 'write_xing=0', 'id3v2_version=0');
  writeSound('vorbis.ogg', 'libvorbis');
  writeSound('opus.ogg', 'libopus');
  writeSound('a.flac', 'flac');
  writeSound('a.aac', 'aac');
  writeSound('a.ts', 'aac');
  writeSound('a.flv', 'aac');
  writeSound('fragments.mp4', 'aac', 'movflags=empty_moov+default_base_moof', 'frag_duration=200000');
}, 120_000);

afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

const stated = ['xing.mp3', 'vorbis.ogg', 'opus.ogg', 'a.flac', 'a.flv', 'a.mkv', 'a.webm', 'a.mp4'];

test.each([...stated, 'fragments.mp4'])('%s states its length', async (name) => {
  expect(await pool.probe(path(name))).toMatchObject({ lengthStated: true });
});

test.each(['bare.mp3', 'a.aac', 'a.ts'])(
  '%s states none, and probe says so of whole and cut-off files',
  async (name) => {
    const bytes = readFileSync(path(name));
    expect(await pool.probe(path(name))).toMatchObject({ lengthStated: false });
    // Whole frames or packets, so that no other check can notice.
    const kept = name === 'a.ts' ? 188 * Math.floor(bytes.length / 376) : adtsOrMp3(bytes);
    expect(await pool.probe(write(`short${extname(name)}`, bytes.subarray(0, kept)))).toMatchObject({
      lengthStated: false,
    });
  },
);

test.each(stated)('%s cut off anywhere is refused, by probe and by decode', async (name) => {
  const bytes = readFileSync(path(name));
  // Forty places, the last of them a single byte before the end.
  for (let i = 1; i <= 40; i++) {
    const kept = Math.min(Math.floor((bytes.length * i) / 40), bytes.length - 1);
    const file = write(`cut-off-${name}`, bytes.subarray(0, kept));
    const outcomes = await Promise.allSettled([pool.probe(file), pool.decode(file)]);
    const refusal = { reason: { code: expect.stringMatching(/^(TRUNCATED|INVALID|NO_TRACK)$/), file } };
    expect([kept, ...outcomes]).toMatchObject([kept, refusal, refusal]);
  }
});

test('an ogg file cut off between two pages misses its last page', async () => {
  const bytes = readFileSync(path('vorbis.ogg'));
  const file = write('page.ogg', bytes.subarray(0, bytes.lastIndexOf('OggS')));
  await expect(pool.probe(file)).rejects.toMatchObject({
    code: 'TRUNCATED',
    reason: expect.stringContaining('last page'),
  });
});

test('an ogg file of several recordings, one after another, is refused by name', async () => {
  const bytes = ['vorbis.ogg', 'opus.ogg'].map((name) => readFileSync(path(name)));
  const file = write('chain.ogg', Buffer.concat([bytes[0]!, bytes[0]!]));
  const refusal = { code: 'UNSUPPORTED', reason: expect.stringContaining('several recordings') };
  await expect(pool.probe(file)).rejects.toMatchObject(refusal);
  await expect(pool.decode(write('chain2.ogg', Buffer.concat(bytes)))).rejects.toMatchObject(refusal);
});

test('an flv file that states seconds and no bytes may miss no more than its last packet', async () => {
  const bytes = readFileSync(path('a.flv'));
  bytes.writeDoubleBE(0, bytes.indexOf('filesize') + 9);
  expect(await pool.probe(write('seconds.flv', bytes))).toMatchObject({ lengthStated: true });
  // Behind each packet stands its size: of 11 bytes of header and its data.
  const packetEnds = [bytes.length];
  for (let i = 0; i < 8; i++) packetEnds.push(packetEnds[i]! - bytes.readUInt32BE(packetEnds[i]! - 4) - 4);
  for (const end of packetEnds.slice(2)) {
    const file = write('seconds-cut-off.flv', bytes.subarray(0, end));
    expect([end, ...(await Promise.allSettled([pool.probe(file)]))]).toMatchObject([
      end,
      { reason: { code: 'TRUNCATED' } },
    ]);
  }
});

describe('whole files stay whole', () => {
  const tag = Buffer.alloc(128);
  tag.write('TAG');

  test.each(['xing.mp3', 'a.flac'])('%s with an ID3v1 tag behind it', async (name) => {
    const bytes = readFileSync(path(name));
    const tagged = write(`tagged${extname(name)}`, Buffer.concat([bytes, tag]));
    expect((await pool.probe(tagged)).duration).toBeCloseTo((await pool.probe(path(name))).duration, 1);
  });

  test('a flac file that was cut out of another one, whose count of samples it still has', async () => {
    const bytes = readFileSync(path('a.flac'));
    // Without its first frames: a frame starts with 14 bits of ones and a zero, and counts from 0 on in its fifth byte.
    let at = bytes.indexOf(Buffer.from([0xff, 0xf8]), 42);
    const header = bytes.subarray(0, at);
    while (bytes[at + 4] !== 5) at = bytes.indexOf(Buffer.from([0xff, 0xf8]), at + 2);
    const file = write('part.flac', Buffer.concat([header, bytes.subarray(at)]));
    expect(await pool.probe(file)).toMatchObject({ lengthStated: false });
    expect((await pool.decode(file)).audio!.samples.length).toBeLessThan(3 * 16_000);
  });

  test('an mp3 whose header counts its own frame, or states a size that is too large', async () => {
    const bytes = readFileSync(path('xing.mp3'));
    const at = Math.max(bytes.indexOf('Info'), bytes.indexOf('Xing'));
    expect(bytes.readUInt32BE(at + 4) & 3).toBe(3);
    const one = Buffer.from(bytes);
    one.writeUInt32BE(bytes.readUInt32BE(at + 8) + 1, at + 8);
    expect(await pool.probe(write('counted.mp3', one))).toMatchObject({ lengthStated: true });
    const large = Buffer.from(bytes);
    large.writeUInt32BE(bytes.readUInt32BE(at + 12) + 1000, at + 12);
    expect(await pool.probe(write('large.mp3', large))).toMatchObject({ lengthStated: true });
    // Both together are what a cut-off file looks like.
    one.writeUInt32BE(bytes.readUInt32BE(at + 12) + 1000, at + 12);
    await expect(pool.probe(write('both.mp3', one))).rejects.toMatchObject({ code: 'TRUNCATED' });
  });

  test('a wav file, a flac file and an mkv file whose writer could not go back to fill in the length', async () => {
    const wav = wavFile([new Float32Array(16_000).fill(0.5)], 16_000);
    wav.writeUInt32LE(0xffffffff, 4);
    wav.writeUInt32LE(0xffffffff, 40);
    expect(await pool.probe(write('piped.wav', wav))).toMatchObject({ duration: 1, lengthStated: false });
    expect((await pool.decode(path('piped.wav'))).audio!.samples.length).toBe(16_000);
    const half = wav.subarray(0, wav.length - 1);
    await expect(pool.probe(write('half.wav', half))).rejects.toMatchObject({ code: 'TRUNCATED' });
    const flac = readFileSync(path('a.flac'));
    // STREAMINFO's 36 bits of samples: the low half of byte 21 and four more.
    flac[21]! &= 0xf0;
    flac.fill(0, 22, 26);
    expect(await pool.probe(write('piped.flac', flac))).toMatchObject({ duration: 3, lengthStated: false });
    const mkv = readFileSync(path('a.mkv'));
    // The Segment's size stands in eight bytes behind its identifier; all ones: unknown.
    const segment = mkv.indexOf(Buffer.from('18538067', 'hex'));
    expect(mkv[segment + 4]).toBe(1);
    mkv.fill(0xff, segment + 5, segment + 12);
    expect(await pool.probe(write('live.mkv', mkv))).toMatchObject({ lengthStated: false });
  });

  test('an mp4 file in fragments without an index of them', async () => {
    const bytes = readFileSync(path('fragments.mp4'));
    const file = write('live.mp4', bytes.subarray(0, bytes.lastIndexOf('mfra') - 4));
    expect(await pool.probe(file)).toMatchObject({ lengthStated: false });
  });
});

test.each([
  ['NaN', 0x7fc00000],
  ['Infinity', 0x7f800000],
])('a sample that is %s is refused where it is asked for, with its time', async (name, bits) => {
  writeSound('float.wav', 'pcm_f32le');
  const bytes = readFileSync(path('float.wav'));
  const data = bytes.indexOf('data') + 8;
  bytes.writeUInt32LE(bits, data + 4 * 24_000);
  const file = write('broken.wav', bytes);
  await expect(pool.decode(file, { audio: { sampleRate: 48_000 } })).rejects.toMatchObject({
    code: 'DAMAGED',
    reason: expect.stringContaining(`${name} at 0.500 s`),
  });
  await expect(pool.decode(file)).rejects.toMatchObject({ code: 'DAMAGED' });
  await expect(pool.cut(file, path('out.wav'), [0, 1])).rejects.toMatchObject({ code: 'DAMAGED' });
  expect((await pool.decode(file, { end: 0.25 })).audio!.samples.length).toBe(4000);
});

/** Bytes up to the frame that is nearest to the middle. */
function adtsOrMp3(bytes: Buffer): number {
  const sync = bytes.readUInt16BE(0);
  return bytes.indexOf(Buffer.from([sync >> 8, sync & 0xff]), bytes.length / 2);
}
