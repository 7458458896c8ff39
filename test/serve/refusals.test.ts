/** What the server refuses, with the status, the field and the reason. */
import { connect } from 'node:net';
import { newSmallModel } from '../../lib/omni/index.js';
import { ChatTemplate } from '../../lib/text/index.js';
import { tinyConfig } from '../omni/clips.js';
import { textModel } from '../omni/text-model.js';
import { endlessModel, send, serve, stopServers, type TestServer } from './server.js';

const messages = [{ role: 'user', content: 'What?' }];
const asked = { model: 'tiny', messages, max_tokens: 2 };

afterAll(stopServers);

describe('a request', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await serve(textModel(), { limits: { newTokens: 50, promptTokens: 60, bodyBytes: 4000 } });
  });

  test('that is as it should be is answered', async () => {
    const neutral = {
      frequency_penalty: 0,
      presence_penalty: 0,
      top_logprobs: 0,
      response_format: { type: 'text' },
    };
    expect(await send(server, { ...asked, ...neutral, n: null, stop: null })).toMatchObject({ status: 200 });
  });

  test.each<[string, object, string, string]>([
    ['an unknown field', { temprature: 1 }, 'temprature', 'unknown, or not supported'],
    ['tools', { tools: [{}] }, 'tools', 'unknown, or not supported'],
    ['a field of another type', { temperature: 'hot' }, 'temperature', 'expected a number from 0, got "hot"'],
    [
      'a negative max_tokens',
      { max_tokens: -5 },
      'max_tokens',
      'expected a whole number of at least 1, got -5',
    ],
    ['too many tokens', { max_tokens: 51 }, 'max_tokens', 'expected at most 50, got 51'],
    ['two lengths', { max_completion_tokens: 3 }, 'max_tokens', 'differs from max_completion_tokens'],
    ['n of 0', { n: 0 }, 'n', 'expected a whole number from 1 to 128, got 0'],
    ['n of a fraction', { n: 1.5 }, 'n', 'got 1.5'],
    ['top_p of 0', { top_p: 0 }, 'top_p', 'above 0, at most 1'],
    ['a negative seed', { seed: -1 }, 'seed', 'expected a whole number of at least 0'],
    ['an empty stop string', { stop: [''] }, 'stop[0]', 'not empty'],
    ['stop strings that are none', { stop: 3 }, 'stop', 'expected a text or a list of texts'],
    [
      'other log-probabilities',
      { top_logprobs: 2 },
      'top_logprobs',
      'this server has no log-probabilities of tokens',
    ],
    ['a frequency penalty', { frequency_penalty: 1 }, 'frequency_penalty', 'take repetition_penalty'],
    ['JSON mode', { response_format: { type: 'json_object' } }, 'response_format.type', 'expected "text"'],
    ['options of no stream', { stream_options: { include_usage: true } }, 'stream_options', 'is for streams'],
    ['a stream that is no flag', { stream: 1 }, 'stream', 'expected true or false'],
    ['no messages', { messages: [] }, 'messages', 'at least one message'],
    ['messages that are none', { messages: 'hello' }, 'messages', 'expected a list of messages'],
    [
      'a message without a role',
      { messages: [{ content: 'a' }] },
      'messages[0]',
      'expected an object with the role',
    ],
    [
      'a tool message',
      { messages: [{ role: 'tool', content: 'a' }] },
      'messages[0]',
      'role system, developer, user',
    ],
    [
      'a content of another type',
      { messages: [{ role: 'user', content: 3 }] },
      'messages[0].content',
      'expected a text or a list',
    ],
    [
      'a name',
      { messages: [{ role: 'user', content: 'a', name: 'b' }] },
      'messages[0].name',
      'unknown, or not supported',
    ],
    [
      'two questions in a row',
      { messages: [...messages, ...messages] },
      'messages[1].role',
      'user and assistant in turns',
    ],
    [
      'an answer last',
      { messages: [...messages, { role: 'assistant', content: 'a' }] },
      'messages[1].role',
      'user first and last',
    ],
    [
      'a system message alone',
      { messages: [{ role: 'system', content: 'a' }] },
      'messages[0].role',
      'in turns',
    ],
    [
      'an image',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:' } }] }] },
      'messages[0].content[0]',
      'expected text, video_url, audio_url, input_video, input_audio',
    ],
    [
      'a clip for a text model',
      { messages: [{ role: 'user', content: [{ type: 'video_url', video_url: { url: 'data:' } }] }] },
      'messages[0].content[0]',
      'the model takes no video',
    ],
    [
      'a long prompt',
      { messages: [{ role: 'user', content: 'z'.repeat(100) }] },
      'messages',
      'this server takes at most 60',
    ],
    [
      'a very long prompt',
      { messages: [{ role: 'user', content: 'z'.repeat(2000) }] },
      'messages',
      'characters; this server takes',
    ],
  ])('with %s', async (_, fields, param, reason) => {
    const { status, body } = await send(server, { ...asked, ...fields });
    expect(body.error).toEqual({
      message: expect.stringContaining(reason),
      type: 'invalid_request_error',
      param: expect.stringMatching(new RegExp(`^${param.replace(/[[\].]/g, '\\$&')}`)),
      code: expect.any(String),
    });
    expect(status).toBe(400);
  });

  test.each<[string, string | Buffer | object, number, string]>([
    ['that is not JSON', '{"model":', 400, 'not valid JSON'],
    ['that is empty', '', 400, 'not valid JSON'],
    ['that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400, 'not valid UTF-8'],
    ['that is a list', [], 400, 'the body: expected a JSON object'],
    ['that is nested without end', '['.repeat(1500), 400, 'not valid JSON'],
    ['of another model', { ...asked, model: 'gpt-4o' }, 404, "this server has 'tiny' only"],
    ['that is too large', { ...asked, user: 'x'.repeat(5000) }, 413, 'larger than 4000 bytes'],
  ])('with a body %s', async (_, body, status, reason) => {
    const answer = await send(server, body);
    expect(answer.body.error.message).toContain(reason);
    expect(answer.status).toBe(status);
  });

  test('with a large body in chunks ends when it is too large', async () => {
    const answer = await send(server, 'x'.repeat(100_000), { 'transfer-encoding': 'chunked' });
    expect(answer).toMatchObject({ status: 413, body: { error: { code: 'request_too_large' } } });
  });

  test.each([
    ['of another type', { 'content-type': 'text/plain' }, 415],
    ['that is compressed', { 'content-encoding': 'gzip' }, 415],
  ])('with a body %s', async (_, headers, status) => {
    expect(await send(server, asked, headers)).toMatchObject({ status });
  });

  test('to another path or by another method', async () => {
    expect(await send(server, asked, {}, '/v1/completions')).toMatchObject({ status: 404 });
    const got = await send(server, '', {}, '/v1/chat/completions', 'GET');
    expect(got).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });

  test('under the name of another machine, as a page that rebinds its name would send it', async () => {
    expect(await send(server, asked, { host: 'evil.example' })).toMatchObject({ status: 403 });
    expect(await send(server, asked, { host: 'localhost:8000' })).toMatchObject({ status: 200 });
  });

  test('that breaks HTTP leaves the server as it was', async () => {
    const { hostname, port } = new URL(server.url);
    await new Promise((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.write('no HTTP\r\n\r\n'));
      socket
        .on('close', resolve)
        .on('error', () => {})
        .resume();
    });
    expect(await send(server, asked)).toMatchObject({ status: 200 });
  });

  test('leaves a line in the log that has nothing of what it said', async () => {
    server.lines.length = 0;
    await send(
      server,
      { ...asked, messages: [{ role: 'user', content: 'secret' }] },
      {},
      '/v1/chat/completions?key=secret',
    );
    await send(server, { ...asked, secret: 'secret' });
    const [answered, refused] = server.lines;
    expect(answered).toMatch(
      /^\S+Z 127\.0\.0\.1 POST \/v1\/chat\/completions 200 \d+ ms \d+ prompt tokens, 2 completion tokens$/,
    );
    expect(refused).toMatch(/ 400 \d+ ms invalid_request_error unknown_parameter$/);
    expect(server.lines.join('\n')).not.toContain('secret');
  });
});

describe('a model whose prompt takes one question only', () => {
  const history = [...messages, { role: 'assistant', content: 'That.' }, ...messages];

  test.each([
    ['the small model', () => newSmallModel([{ id: 'a', question: 'What?' }], { config: tinyConfig })],
    [
      'a model without roles in its template',
      () => textModel([], 1, '{% for m in messages %}{{ m.content }}{% endfor %}'),
    ],
  ])('refuses a history: %s', async (_, make) => {
    const server = await serve(make());
    const { status, body } = await send(server, { ...asked, messages: history });
    expect([status, body.error.param]).toEqual([400, 'messages[1]']);
    expect(body.error.message).toContain('takes one question only');
    expect(await send(server, asked)).toMatchObject({ status: 200 });
  });

  test('is none whose template refuses two questions in a row', async () => {
    const strict = `{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('in turns') }}{% endif %}<{{ m.role }}>{{ m.content }}{% endfor %}`;
    const model = textModel();
    const parts = { graph: model.graph, tokenizer: model.tokenizer, processor: model.processor.config };
    const { OmniModel } = await import('../../lib/omni/index.js');
    const server = await serve(new OmniModel({ ...parts, template: new ChatTemplate(strict) }));
    expect(await send(server, { ...asked, messages: history })).toMatchObject({ status: 200 });
  });
});

describe('a token', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await serve(textModel(), { token: 'right' });
  });

  test.each([
    ['missing', {}],
    ['wrong', { authorization: 'Bearer wrong' }],
    ['longer', { authorization: 'Bearer right-and-more' }],
    ['of another scheme', { authorization: 'Basic right' }],
  ])('that is %s is refused, for models too', async (_, headers) => {
    const answer = await send(server, asked, headers as Record<string, string>);
    expect(answer).toMatchObject({ status: 401, body: { error: { code: 'invalid_api_key' } } });
    expect(await send(server, '', headers as Record<string, string>, '/v1/models', 'GET')).toMatchObject({
      status: 401,
    });
  });

  test('that is right is let in, under any name of the machine; health needs none', async () => {
    const headers = { authorization: 'Bearer right', host: 'gpu.example' };
    expect(await send(server, asked, headers)).toMatchObject({ status: 200 });
    expect(await send(server, '', {}, '/health', 'GET')).toEqual(
      expect.objectContaining({ status: 200, body: { status: 'ok' } }),
    );
    expect(server.lines.join('\n')).not.toMatch(/right|wrong/);
  });

  test('is needed where other machines can ask', async () => {
    await expect(serve(textModel(), { host: '0.0.0.0' })).rejects.toThrow('set EARSIGHT_API_KEY');
    await serve(textModel(), { host: '0.0.0.0', token: 'right' });
  });
});

test('a port that is taken, and a host that is none', async () => {
  const { url } = await serve(endlessModel());
  await expect(serve(textModel(), { port: Number(new URL(url).port) })).rejects.toThrow('cannot listen');
  await expect(serve(textModel(), { host: 'no.such.host.invalid' })).rejects.toThrow(
    'no address of this name',
  );
});
