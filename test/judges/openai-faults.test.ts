/** Endpoints that misbehave: what may succeed later is tried again, and what does not succeed is null, never a score. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  answering,
  type Behaviour,
  closeEndpoints,
  endpoint,
  refusing,
  saying,
  scoring,
  warnings,
} from './endpoint.js';

let texts: string[];
beforeEach(() => {
  texts = warnings();
  // The shortest back-off.
  jest.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await closeEndpoints();
});

const cut: Behaviour = (response) => void response.socket?.destroy();
const cutLater: Behaviour = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"choices": [', () => response.socket?.destroy());
};
const never: Behaviour = () => {};
const dripping: Behaviour = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const drip = setInterval(() => response.write(' '), 10);
  response.on('close', () => clearInterval(drip));
};
const slow: Behaviour = async (response, sent) => {
  await sleep(100);
  return scoring(0.5)(response, sent);
};
const raw =
  (text: string | Buffer, type = 'application/json'): Behaviour =>
  (response) => {
    response.writeHead(200, type === '' ? {} : { 'content-type': type });
    response.end(text);
  };
const huge: Behaviour = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const more = (): void => {
    if (response.destroyed) return;
    if (response.write(Buffer.alloc(2 ** 16, 32))) setImmediate(more);
    else response.once('drain', more);
  };
  more();
};
const redirecting =
  (location: string): Behaviour =>
  (response) => {
    response.writeHead(307, { location });
    response.end();
  };

test('a slow reply within the time is a score', async () => {
  const { judge } = await endpoint(slow);
  expect(await judge().judge([answering('x')])).toEqual([0.5]);
});

describe('is tried again, and null when no tries are left:', () => {
  test.each<[string, Behaviour, string, RegExp]>([
    ['status 500', refusing(500), 'status', /status 500: .*not now/],
    ['status 503', refusing(503), 'status', /status 503/],
    ['status 429 without Retry-After', refusing(429), 'status', /status 429/],
    ['a connection that is cut before the reply', cut, 'connection', /fetch failed|other side closed/],
    ['a connection that is cut in the reply', cutLater, 'connection', /terminated/],
    ['no reply within the time', never, 'timeout', /no reply within 0.3 s/],
    ['a reply that goes on for ever', dripping, 'timeout', /no reply within 0.3 s/],
    ['a reply that is not JSON', raw('{"choices": [{'), 'reply', /not JSON/],
    ['a reply that is no completion', raw('{"choices": []}'), 'reply', /choices\[0\]/],
    ['a reply that is null', raw('null'), 'reply', /choices\[0\]/],
    ['a page', raw('<html>busy</html>', 'text/html'), 'reply', /content type text\/html/],
    ['a completion of another content type', raw('{}', 'text/plain'), 'reply', /content type text\/plain/],
    ['a reply without a content type', raw('{}', ''), 'reply', /content type none/],
    ['a reply without end', huge, 'reply', /larger than 1048576 bytes/],
    ['a text without JSON', saying('score: 0.7'), 'reply', /"score: 0.7", which is not JSON/],
    ['JSON within a text', saying('Here it is: {"score": 0.7}'), 'reply', /not JSON/],
    ['a list', saying('[0.7]'), 'reply', /\[0.7\]/],
    ['a number alone', saying('0.7'), 'reply', /the reply is 0.7/],
    ['no score', saying('{"reason": "x"}'), 'reply', /a score of nothing/],
    ['a score above 1', scoring(7), 'reply', /a score of 7/],
    ['a score below 0', scoring(-0.1), 'reply', /a score of -0.1/],
    ['a score as text', scoring('0.7'), 'reply', /a score of "0.7"/],
    ['a score that is null', scoring(null), 'reply', /a score of null/],
    ['a score that is no finite number', saying('{"score": 1e999}'), 'reply', /a score of Infinity/],
    ['a reason that is no text', saying('{"reason": 1, "score": 1}'), 'reply', /a reason of 1/],
    ['content that is no text', saying({ score: 1 }), 'reply', /no text at choices/],
  ])('%s', async (_, behaviour, code, message) => {
    const options = { retries: 1, ...(code === 'timeout' ? { timeoutSeconds: 0.3 } : {}) };
    const failing = await endpoint(behaviour);
    const lost = failing.judge(options);
    expect(await lost.judge([answering('x')])).toEqual([null]);
    expect(failing.sent).toHaveLength(2);
    expect(lost.metrics()).toMatchObject({ retries: 1, failures: { [code]: 1 } });
    expect(texts).toHaveLength(1);
    expect(texts[0]).toMatch(message);
    expect(texts[0]).toContain('answer of sample clip-1/q-1 could not be judged');

    // Tries enough for a busy machine, on which a good reply may be late too.
    const passing = await endpoint(behaviour, scoring(0.5));
    expect(await passing.judge({ ...options, retries: 20 }).judge([answering('x')])).toEqual([0.5]);
    expect(passing.sent.length).toBeGreaterThanOrEqual(2);
  });
});

describe('is not tried again:', () => {
  test.each<[string, Behaviour, RegExp]>([
    ['a wrong key', refusing(401), /set apiKeyEnv to the environment variable/],
    ['a model that is not there', refusing(404), /status 404 \(check baseUrl and model\): .*not now/],
    ['a request that is too large', refusing(413), /status 413/],
    ['a redirect', redirecting('/elsewhere'), /status 307 \(a redirect, which is not followed/],
  ])('%s', async (_, behaviour, message) => {
    const { judge, sent } = await endpoint(behaviour);
    const own = judge({ retries: 3 });
    expect(await own.judge([answering('x')])).toEqual([null]);
    expect(sent).toHaveLength(1);
    expect(texts[0]).toMatch(message);
    expect(own.metrics().failures.status).toBe(1);
  });

  test('a server that asks to wait longer than a reply may take', async () => {
    const { judge, sent } = await endpoint(refusing(429, { 'retry-after': '31' }));
    expect(await judge({ retries: 3 }).judge([answering('x')])).toEqual([null]);
    expect(sent).toHaveLength(1);
  });
});

test('text replies are read: JSON alone, or as the one fenced block', async () => {
  const { judge } = await endpoint(saying(' {"score": 0.25}\n'), saying('```json\n{"score": 1}\n```'));
  const own = judge();
  expect(await own.judge([answering('x')])).toEqual([0.25]);
  expect(await own.judge([answering('y')])).toEqual([1]);
});

const hour = 3_600_000;

test.each<[string, () => Record<string, string>]>([
  ['seconds', () => ({ 'retry-after': '1' })],
  ['a date', () => ({ 'retry-after': inASecond() })],
  [
    'a date of a server whose clock is wrong',
    () => ({ 'retry-after': inASecond(hour), date: new Date(Date.now() + hour).toUTCString() }),
  ],
])('Retry-After as %s is waited for', async (_, headers) => {
  const { judge, sent } = await endpoint((response, own) => {
    response.sendDate = false;
    return refusing(429, headers())(response, own);
  }, scoring(1));
  expect(await judge({ retries: 1 }).judge([answering('x')])).toEqual([1]);
  // Timers may be a little early against this clock.
  expect(sent[1].at - sent[0].at).toBeGreaterThan(900);
});

/** Dates have whole seconds. */
function inASecond(offset = 0): string {
  return new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000 + offset).toUTCString();
}

test('one request that fails leaves the scores of the others', async () => {
  const { judge } = await endpoint((response, own) =>
    (String(own.body.messages[1].content).includes('bad') ? refusing(400) : scoring(0.5))(response, own),
  );
  expect(await judge().judge([answering('x'), answering('bad'), answering('y')])).toEqual([0.5, null, 0.5]);
});

test('failures of one kind give one warning, and each is counted', async () => {
  const { judge } = await endpoint(refusing(404));
  const own = judge();
  await own.judge([answering('x'), answering('y'), answering('z')]);
  expect(texts).toHaveLength(1);
  expect(own.metrics().failures.status).toBe(3);
});

test('a server that is not there', async () => {
  const { baseUrl, judge } = await endpoint(never);
  await closeEndpoints();
  expect(await judge({ baseUrl }).judge([answering('x')])).toEqual([null]);
  expect(texts[0]).toMatch(/ECONNREFUSED/);
});

describe('no more requests at a time than concurrency', () => {
  /** Holds replies until `count` requests stand side by side. */
  const together = (count: number) => {
    const state = { active: 0, most: 0 };
    let release = (): void => {};
    const enough = new Promise<void>((resolve) => {
      release = resolve;
    });
    const behaviour: Behaviour = async (response, sent) => {
      state.active += 1;
      state.most = Math.max(state.most, state.active);
      if (state.active === count) release();
      await enough;
      // Time for one too many.
      await sleep(30);
      state.active -= 1;
      return scoring(1)(response, sent);
    };
    return { state, behaviour };
  };

  test('over calls that run side by side', async () => {
    const { state, behaviour } = together(3);
    const { judge } = await endpoint(behaviour);
    const own = judge({ concurrency: 3 });
    const call = (name: string) => own.judge([1, 2, 3, 4, 5].map((i) => answering(`${name} ${i}`)));
    expect((await Promise.all([call('a'), call('b')])).flat()).toEqual(Array(10).fill(1));
    expect(state.most).toBe(3);
  });

  test('a place comes back from requests that fail', async () => {
    const { judge, sent } = await endpoint(refusing(500));
    const own = judge({ concurrency: 1 });
    expect(await own.judge([answering('x'), answering('y'), answering('z')])).toEqual([null, null, null]);
    expect(sent).toHaveLength(3);
  });
});

describe('a signal', () => {
  test('that is aborted ends requests that run and wait, and their connections', async () => {
    let closed = 0;
    const started: (() => void)[] = [];
    const running = new Promise<void>((resolve) => started.push(resolve));
    const { judge, sent } = await endpoint((response) => {
      response.on('close', () => {
        closed += 1;
      });
      started[0]();
    });
    const own = judge({ concurrency: 1, retries: 3 });
    const ending = new AbortController();
    const scores = own.judge([answering('x'), answering('y')], ending.signal);
    await running;
    ending.abort(new Error('the step is over'));
    await expect(scores).rejects.toThrow('the step is over');
    while (closed === 0) await sleep(5);
    expect(sent).toHaveLength(1);
    expect(own.metrics().failures).toMatchObject({ connection: 0, timeout: 0 });
    expect(texts).toEqual([]);
  });

  test('that is aborted ends the waiting before a further try', async () => {
    const { judge, sent } = await endpoint(refusing(429, { 'retry-after': '20' }));
    const ending = new AbortController();
    const own = judge({ retries: 3 });
    const scores = own.judge([answering('x')], ending.signal);
    while (own.metrics().retries === 0) await sleep(5);
    ending.abort(new Error('the step is over'));
    await expect(scores).rejects.toThrow('the step is over');
    expect(sent).toHaveLength(1);
  });

  test('of one call leaves the others', async () => {
    const { judge } = await endpoint(slow);
    const own = judge({ concurrency: 1 });
    const ending = new AbortController();
    const first = own.judge([answering('x')]);
    const second = own.judge([answering('y')], ending.signal);
    const third = own.judge([answering('z')]);
    ending.abort(new Error('not this one'));
    await expect(second).rejects.toThrow('not this one');
    expect(await Promise.all([first, third])).toEqual([[0.5], [0.5]]);
  });

  test('that was aborted before sends nothing', async () => {
    const { judge, sent } = await endpoint(scoring(1));
    await expect(judge().judge([answering('x')], AbortSignal.abort(new Error('over')))).rejects.toThrow(
      'over',
    );
    expect(sent).toEqual([]);
  });
});

test('close ends what runs, and a closed judge judges nothing', async () => {
  const { judge } = await endpoint(never);
  const own = judge();
  const scores = own.judge([answering('x')]);
  const failing = expect(scores).rejects.toThrow(/judge openai: it was closed/);
  await own.close();
  await failing;
  await expect(own.judge([answering('y')])).rejects.toThrow(/it was closed/);
  await own.close();
});
