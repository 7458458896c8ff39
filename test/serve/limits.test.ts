/** How requests end that are left, take too long, are too many, or meet the end of the server. */
import { connect } from 'node:net';
import { Slots } from '../../lib/serve/slots.js';
import { endlessModel, send, serve, stopServers, type TestServer, until } from './server.js';

const model = endlessModel();
const messages = [{ role: 'user' as const, content: 'What?' }];
const short = { model: 'tiny', messages, max_tokens: 3 };
const endless = { model: 'tiny', messages, max_tokens: 100_000 };

/** Requests that have a slot or wait for one, or were refused: a call each. */
const taken = jest.spyOn(Slots.prototype, 'take');
const requests = (count: number) => until(() => taken.mock.calls.length === count);

beforeEach(() => taken.mockClear());
afterEach(stopServers);
afterAll(() => model.close());

/** A stream that has begun and does not end. */
async function begin({ client }: TestServer) {
  const leave = new AbortController();
  const stream = await client.chat.completions.create({ ...endless, stream: true }, { signal: leave.signal });
  const chunks = stream[Symbol.asyncIterator]();
  await chunks.next();
  return { leave: () => leave.abort(), chunks };
}

test('a client that leaves in the middle makes room for the next', async () => {
  const server = await serve(model, { limits: { running: 1, queued: 0 } });
  const { leave } = await begin(server);
  expect(await send(server, short)).toMatchObject({ status: 429 });
  leave();
  await until(() => server.lines.some((line) => line.includes('left by the client')));
  let status = 429;
  // The slot comes back once the engine has let go.
  while (status === 429) ({ status } = await send(server, short));
  expect(status).toBe(200);
});

test('a client that leaves before its answer begins ends its request too', async () => {
  const server = await serve(model, { limits: { running: 1, queued: 0 } });
  const leave = new AbortController();
  const asked = server.client.chat.completions.create(endless, { signal: leave.signal });
  const refused = expect(asked).rejects.toThrow('aborted');
  await requests(1);
  leave.abort();
  await refused;
  let status = 429;
  while (status === 429) ({ status } = await send(server, short));
  expect(status).toBe(200);
});

test('requests wait up to a number, others are refused with the time to try again', async () => {
  const server = await serve(model, { limits: { running: 1, queued: 1 } });
  const { leave } = await begin(server);
  const results: string[] = [];
  const waiting = [1, 2].map(() => send(server, short).then(({ status }) => results.push(`${status}`)));
  await until(() => results.length === 1);
  expect(results).toEqual(['429']);
  const refused = await send(server, short);
  expect(refused).toMatchObject({
    status: 429,
    headers: { 'retry-after': '1' },
    body: { error: { type: 'rate_limit_error', code: 'rate_limit_exceeded' } },
  });
  leave();
  await Promise.all(waiting);
  expect(results).toEqual(['429', '200']);
});

test('one that leaves the queue gives its place to another', async () => {
  const server = await serve(model, { limits: { running: 1, queued: 1 } });
  const { leave } = await begin(server);
  const gone = new AbortController();
  const left = server.client.chat.completions.create(short, { signal: gone.signal });
  const refused = expect(left).rejects.toThrow('aborted');
  await requests(2);
  gone.abort();
  await refused;
  await until(() => server.lines.some((line) => line.includes('left by the client')));
  const next = send(server, short);
  await requests(3);
  leave();
  expect(await next).toMatchObject({ status: 200 });
});

describe('a request that takes too long', () => {
  test('is answered with an error', async () => {
    const server = await serve(model, { limits: { seconds: 1 } });
    expect(await send(server, endless)).toMatchObject({ status: 504, body: { error: { code: 'timeout' } } });
  });

  test('ends its stream with the error', async () => {
    const server = await serve(model, { limits: { seconds: 1 } });
    const { chunks } = await begin(server);
    const drain = async () => {
      while (!(await chunks.next()).done);
    };
    await expect(drain()).rejects.toMatchObject({
      message: expect.stringContaining('longer than 1 s'),
      code: 'timeout',
    });
  });

  test('is one that waits, and one whose body does not come', async () => {
    const server = await serve(model, { limits: { seconds: 1, running: 1, queued: 2 } });
    const { hostname, port } = new URL(server.url);
    const answer = new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(Number(port), hostname, () =>
        socket.write(
          `POST /v1/chat/completions HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
        ),
      );
      socket.setEncoding('utf8').on('data', (part) => {
        text += part;
        if (text.includes('timeout')) socket.destroy();
      });
      socket.on('close', () => resolve(text));
    });
    const waiting = send(server, short);
    expect(await answer).toMatch(/^HTTP\/1\.1 504/);
    expect([200, 504]).toContain((await waiting).status);
  });
});

describe('the end of the server', () => {
  test('waits for what is running, refuses what waits, and takes nothing more', async () => {
    const server = await serve(model, { limits: { running: 1, queued: 1 } });
    let goOn = (): void => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const { samplePrompts } = model;
    const sampling = jest.spyOn(model, 'samplePrompts').mockImplementation(async (...args) => {
      await held;
      return samplePrompts.apply(model, args);
    });
    const running = send(server, short);
    await requests(1);
    const waiting = send(server, short);
    await requests(2);
    const stopped = server.stop(60);
    expect(await waiting).toMatchObject({ status: 503, body: { error: { code: 'shutting_down' } } });
    goOn();
    expect(await running).toMatchObject({ status: 200, headers: { connection: 'close' } });
    await stopped;
    sampling.mockRestore();
    await expect(send(server, short)).rejects.toThrow('ECONNREFUSED');
  });

  test('ends what does not finish in time, with the reason', async () => {
    const server = await serve(model);
    const { chunks } = await begin(server);
    const stopped = server.stop(0);
    const drain = async () => {
      while (!(await chunks.next()).done);
    };
    await expect(drain()).rejects.toMatchObject({ code: 'shutting_down' });
    await stopped;
  });
});
