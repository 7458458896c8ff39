/** Clips in requests: as base64, as data URLs and as files below the server's folders of media. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MediaPool } from '../../lib/media/index.js';
import { newSmallModel, type OmniModel } from '../../lib/omni/index.js';
import { torch } from '../../lib/tensor/index.js';
import { tinyConfig, writeClip } from '../omni/clips.js';
import { send, serve, stopServers, type TestServer, temporaryFolder } from './server.js';

// Before the folders' own.
afterAll(async () => {
  await stopServers();
  await pool.close();
  jest.restoreAllMocks();
  expect(readdirSync(temporaries)).toEqual([]);
});

const folder = temporaryFolder();
const temporaries = temporaryFolder();
const allowed = join(folder, 'allowed');
const pool = new MediaPool({ workers: 1, timeoutMs: 60_000 });
const question = 'What moves?';
let video: string;
let sound: string;
let outside: string;
let model: OmniModel;
/** Of the same weights; it keeps clips of its own. */
let reference: OmniModel;
let server: TestServer;

beforeAll(async () => {
  mkdirSync(allowed);
  video = await writeClip(pool, allowed);
  sound = join(allowed, 'sound.wav');
  const audio = Float32Array.from({ length: 16_000 }, (_, i) => 0.3 * Math.sin(0.1 * i));
  await pool.encode(sound, { audio, sampleRate: 16_000 });
  outside = join(folder, 'clip.mp4');
  copyFileSync(video, outside);
  symlinkSync(outside, join(allowed, 'link.mp4'));
  symlinkSync(folder, join(allowed, 'up'));
  [model, reference] = [1, 2].map(() => {
    torch.manualSeed(3);
    return newSmallModel([{ id: 'a', question }], { config: tinyConfig });
  });
  model.media = pool;
  reference.media = pool;
  jest.spyOn(os, 'tmpdir').mockReturnValue(temporaries);
  server = await serve(model, { mediaFolders: [allowed] });
}, 60_000);

const base64 = (file: string) => readFileSync(file).toString('base64');
const url = (type: string, file: string) => `data:${type};base64,${base64(file)}`;

const bodyOf = (...parts: object[]) => ({
  model: 'tiny',
  max_tokens: 8,
  seed: 2,
  messages: [{ role: 'user', content: [...parts, { type: 'text', text: question }] }],
});

async function answer(...parts: object[]): Promise<unknown> {
  const { status, body } = await send(server, bodyOf(...parts));
  expect([status, body.error]).toEqual([200, undefined]);
  return (body as unknown as { choices: { message: { content: string } }[] }).choices[0].message.content;
}

async function generated(clip: { video?: string; audio?: string }): Promise<unknown> {
  const { completions } = await reference.generate(
    { id: 'clip', question, ...clip },
    { seed: 2, maxNewTokens: 8 },
  );
  return completions[0].text;
}

test.each<[string, () => object[], () => { video?: string; audio?: string }]>([
  [
    'a data URL',
    () => [{ type: 'video_url', video_url: { url: url('video/mp4', video) } }],
    () => ({ video }),
  ],
  [
    'base64',
    () => [{ type: 'input_video', input_video: { data: base64(video), format: 'mp4' } }],
    () => ({ video }),
  ],
  [
    'base64 without padding',
    () => [{ type: 'input_video', input_video: { data: base64(video).replace(/=+$/, '') } }],
    () => ({ video }),
  ],
  [
    'a file: URL',
    () => [{ type: 'video_url', video_url: { url: pathToFileURL(video).href } }],
    () => ({ video }),
  ],
  [
    'sound in base64',
    () => [{ type: 'input_audio', input_audio: { data: base64(sound), format: 'wav' } }],
    () => ({ audio: sound }),
  ],
  [
    'sound by a URL',
    () => [{ type: 'audio_url', audio_url: { url: url('audio/wav', sound) } }],
    () => ({ audio: sound }),
  ],
  [
    'a clip with another sound',
    () => [
      { type: 'input_audio', input_audio: { data: base64(sound), format: 'wav' } },
      { type: 'video_url', video_url: { url: pathToFileURL(video).href } },
    ],
    () => ({ video, audio: sound }),
  ],
])('a question about %s is answered as generate answers it', async (_, parts, clip) => {
  expect(await answer(...parts())).toBe(await generated(clip()));
});

test('clips of one time are answered as each is alone', async () => {
  const parts = [
    { type: 'video_url', video_url: { url: url('video/mp4', video) } },
    { type: 'audio_url', audio_url: { url: url('audio/wav', sound) } },
  ];
  const alone = [await answer(parts[0]), await answer(parts[1])];
  expect(await Promise.all([...parts, ...parts].map((part) => answer(part)))).toEqual([...alone, ...alone]);
});

test('a file that was replaced is read anew', async () => {
  const file = join(allowed, 'changing.wav');
  const part = { type: 'audio_url', audio_url: { url: pathToFileURL(file).href } };
  copyFileSync(sound, file);
  await answer(part);
  const audio = Float32Array.from({ length: 40_000 }, (_, i) => 0.3 * Math.sin(0.4 * i));
  await pool.encode(file, { audio, sampleRate: 16_000 });
  expect(await answer(part)).toBe(await generated({ audio: file }));
});

test.each<[string, () => object, string, string]>([
  [
    'text in place of a video',
    () => ({ url: `data:video/mp4;base64,${Buffer.from('no video at all').toString('base64')}` }),
    '',
    'media_invalid',
  ],
  [
    'half of a video',
    () => ({ url: `data:video/mp4;base64,${readFileSync(video).subarray(0, 3000).toString('base64')}` }),
    '',
    'media_',
  ],
  ['broken base64', () => ({ url: 'data:video/mp4;base64,AAA*' }), 'not valid base64', 'invalid_base64'],
  [
    'base64 with a line break',
    () => ({ url: 'data:video/mp4;base64,AAAA\nAAAA' }),
    'not valid base64',
    'invalid_base64',
  ],
  [
    'base64 of a wrong length',
    () => ({ url: 'data:video/mp4;base64,AAAAA' }),
    'not valid base64',
    'invalid_base64',
  ],
  ['no bytes', () => ({ url: 'data:video/mp4;base64,' }), 'not valid base64', 'invalid_base64'],
  [
    'a data URL in no base64',
    () => ({ url: 'data:text/plain,hello' }),
    'expected a data URL in base64',
    'invalid_value',
  ],
  [
    'a page of the network',
    () => ({ url: 'http://127.0.0.1:1/clip.mp4' }),
    'fetches nothing from the network',
    'invalid_value',
  ],
  ['a path', () => ({ url: video }), 'expected a data URL', 'invalid_value'],
  [
    'a file elsewhere',
    () => ({ url: pathToFileURL(outside).href }),
    "below the server's folders of media",
    'file_not_allowed',
  ],
  [
    'a file that is not there',
    () => ({ url: pathToFileURL(join(folder, 'gone.mp4')).href }),
    "below the server's folders of media",
    'file_not_allowed',
  ],
  [
    'a path out of the folder',
    () => ({ url: `${pathToFileURL(allowed).href}/../clip.mp4` }),
    "below the server's folders",
    'file_not_allowed',
  ],
  [
    'an encoded path out of it',
    () => ({ url: `${pathToFileURL(allowed).href}/%2e%2e/clip.mp4` }),
    "below the server's folders",
    'file_not_allowed',
  ],
  [
    'encoded slashes',
    () => ({ url: `${pathToFileURL(allowed).href}/..%2fclip.mp4` }),
    "below the server's folders",
    'file_not_allowed',
  ],
  [
    'a link out of it',
    () => ({ url: pathToFileURL(join(allowed, 'link.mp4')).href }),
    "below the server's folders",
    'file_not_allowed',
  ],
  [
    'a folder that is a link',
    () => ({ url: pathToFileURL(join(allowed, 'up', 'clip.mp4')).href }),
    "below the server's folders",
    'file_not_allowed',
  ],
  [
    'a folder of a like name',
    () => ({ url: pathToFileURL(`${allowed}-2`).href }),
    "below the server's folders",
    'file_not_allowed',
  ],
  [
    'a file of another machine',
    () => ({ url: 'file://host/clip.mp4' }),
    "below the server's folders",
    'file_not_allowed',
  ],
  ['the folder itself', () => ({ url: pathToFileURL(join(allowed, '.')).href }), '', 'file_not_allowed'],
])('%s is refused', async (_, source, reason, code) => {
  mkdirSync(`${allowed}-2`, { recursive: true });
  const { status, body } = await send(server, bodyOf({ type: 'video_url', video_url: source() }));
  expect(body.error).toEqual({
    message: expect.stringContaining(reason),
    type: 'invalid_request_error',
    param: 'messages[0].content[0]',
    code: expect.stringContaining(code),
  });
  expect(status).toBe(400);
  // Neither where the server keeps files, nor where it may not read.
  expect(body.error.message).not.toContain(temporaries);
  expect(body.error.message).not.toContain(folder);
});

test('two videos are refused', async () => {
  const part = { type: 'video_url', video_url: { url: url('video/mp4', video) } };
  const { status, body } = await send(server, bodyOf(part, part));
  expect([status, body.error.param]).toEqual([400, 'messages[0].content[1]']);
});

test('without a folder of media no file is read', async () => {
  const other = await serve(model);
  const part = { type: 'video_url', video_url: { url: pathToFileURL(video).href } };
  const { status, body } = await send(other, bodyOf(part));
  expect([status, body.error.code]).toEqual([400, 'file_not_allowed']);
  expect(body.error.message).toContain('--media-folder');
});

test('files of requests are gone with their answers', async () => {
  const part = { type: 'video_url', video_url: { url: url('video/mp4', video) } };
  await answer(part);
  expect(readdirSync(temporaries).some((name) => name.startsWith('.earsight-serve-'))).toBe(true);
  const kept = readdirSync(temporaries, { recursive: true }).filter((name) => `${name}`.includes('clip-'));
  expect(kept).toEqual([]);
});
