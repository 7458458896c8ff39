/** Chat completions of text by the official client: what is answered, in one piece and streamed. */
import type OpenAI from 'openai';
import { DecodeEngine } from '../../lib/rollout/decode-engine.js';
import { textModel } from '../omni/text-model.js';
import { endlessModel, serve, stopServers, type TestServer, until } from './server.js';

const model = textModel(['What is a bell?', 'a bell rings', 'Be brief.']);
let server: TestServer;
let client: OpenAI;

beforeAll(async () => {
  server = await serve(model);
  ({ client } = server);
});
afterAll(async () => {
  await stopServers();
  await model.close();
});

const question = [{ role: 'user' as const, content: 'What is a bell?' }];
const asked = { model: 'tiny', messages: question, seed: 5, max_tokens: 12 };

test('models are listed', async () => {
  const { data } = await client.models.list();
  expect(data).toEqual([{ id: 'tiny', object: 'model', created: expect.any(Number), owned_by: 'earsight' }]);
  expect(await client.models.retrieve('tiny')).toEqual(data[0]);
  await expect(client.models.retrieve('other')).rejects.toMatchObject({ status: 404 });
});

test('a question is answered as generate does with the same seed', async () => {
  const { choices, usage, ...head } = await client.chat.completions.create({ ...asked, n: 2 });
  const { completions, promptTokens } = await model.generate(
    { question: 'What is a bell?' },
    { seed: 5, maxNewTokens: 12, numGenerations: 2 },
  );
  expect(head).toEqual({
    id: expect.stringMatching(/^chatcmpl-[0-9a-f]{32}$/),
    object: 'chat.completion',
    created: expect.any(Number),
    model: 'tiny',
  });
  expect(choices).toEqual(
    completions.map(({ text, finishReason }, index) => ({
      index,
      message: { role: 'assistant', content: text, refusal: null },
      logprobs: null,
      finish_reason: finishReason,
    })),
  );
  const completionTokens = completions[0].ids.length + completions[1].ids.length;
  expect(usage).toEqual({
    prompt_tokens: promptTokens.text,
    completion_tokens: completionTokens,
    total_tokens: promptTokens.text + completionTokens,
  });
});

test('system message and history go through the chat template', async () => {
  const history = { question: 'What is a bell?', answer: 'a bell rings' };
  const { choices } = await client.chat.completions.create({
    ...asked,
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      { role: 'user', content: history.question },
      { role: 'assistant', content: history.answer, refusal: null },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'And' },
          { type: 'text', text: 'then?' },
        ],
      },
    ],
  });
  const prompt = { system: 'Be brief.', history: [history], question: 'And\nthen?' };
  const { completions } = await model.generate(prompt, { seed: 5, maxNewTokens: 12 });
  expect(choices[0].message.content).toBe(completions[0].text);
});

test.each([
  ['temperature', { temperature: 0 }, { temperature: 0 }],
  ['top_p', { top_p: 0.3 }, { topP: 0.3 }],
  ['top_k', { top_k: 3 }, { topK: 3 }],
  ['top_k -1, all', { top_k: -1 }, { topK: 0 }],
  ['min_p', { min_p: 0.5 }, { minP: 0.5 }],
  ['repetition_penalty', { repetition_penalty: 1.8 }, { repetitionPenalty: 1.8 }],
  ['max_completion_tokens', { max_tokens: undefined, max_completion_tokens: 3 }, { maxNewTokens: 3 }],
])('%s has its effect', async (_, fields, options) => {
  const { choices } = await client.chat.completions.create({ ...asked, ...fields } as typeof asked);
  const { completions } = await model.generate(
    { question: 'What is a bell?' },
    { seed: 5, maxNewTokens: 12, ...options },
  );
  expect(choices[0].message.content).toBe(completions[0].text);
});

test('a stop string ends the answer and is left out of it', async () => {
  const free = await client.chat.completions.create(asked);
  const text = free.choices[0].message.content as string;
  const stop = text.slice(3, 5);
  const { choices } = await client.chat.completions.create({ ...asked, stop });
  expect(choices[0].message.content).toBe(text.slice(0, text.indexOf(stop)));
  expect(choices[0].finish_reason).toBe('stop');
});

test('without a seed answers differ', async () => {
  const long = { ...asked, seed: undefined, max_tokens: 24 };
  const [a, b] = await Promise.all([1, 2].map(() => client.chat.completions.create(long)));
  expect(a.choices[0].message.content).not.toBe(b.choices[0].message.content);
});

test('log-probabilities are those of the chosen tokens, with the bytes of the text', async () => {
  const { choices } = await client.chat.completions.create({ ...asked, logprobs: true });
  const { completions } = await model.generate(
    { question: 'What is a bell?' },
    { seed: 5, maxNewTokens: 12 },
  );
  const content = choices[0].logprobs?.content ?? [];
  expect(content.map(({ logprob }) => logprob)).toEqual(completions[0].logprobs.slice(0, content.length));
  for (const { token, bytes, top_logprobs: top } of content) {
    expect(top).toEqual([]);
    if (bytes !== null) expect(Buffer.from(bytes).toString()).toBe(token);
  }
  expect(content.length).toBe(12);
});

describe('a stream', () => {
  const chunksOf = async (more: object = {}) => {
    const stream = await client.chat.completions.create({ ...asked, ...more, stream: true });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return chunks;
  };

  test('has the text of the whole answer, in pieces of each choice, and how each ends', async () => {
    const whole = await client.chat.completions.create({ ...asked, n: 3, logprobs: true });
    const chunks = await chunksOf({ n: 3, logprobs: true });
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    for (const { index, message, finish_reason: reason, logprobs } of whole.choices) {
      const own = chunks.flatMap(({ choices }) => choices).filter((choice) => choice.index === index);
      expect(own[0].delta).toEqual({ role: 'assistant', content: '' });
      expect(own.map(({ delta }) => delta.content ?? '').join('')).toBe(message.content);
      expect(own.slice(0, -1).every((choice) => choice.finish_reason === null)).toBe(true);
      expect(own[own.length - 1]).toMatchObject({ delta: {}, finish_reason: reason, logprobs });
      expect(own.length).toBeGreaterThan(4);
    }
    expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true);
  });

  test('has the usage last, where it is asked for', async () => {
    const { usage } = await client.chat.completions.create(asked);
    const chunks = await chunksOf({ stream_options: { include_usage: true } });
    const last = chunks.pop();
    expect(last).toMatchObject({ choices: [], usage });
    expect(chunks.every((chunk) => chunk.usage === null)).toBe(true);
  });
});

describe('requests at the same time', () => {
  const requests = Array.from({ length: 6 }, (_, seed) => ({
    ...asked,
    messages: [{ role: 'user' as const, content: `Question ${'x'.repeat(seed)}` }],
    seed,
    max_tokens: 40,
    logprobs: true,
  }));

  test('are decoded together, each with the tokens and log-probabilities that it has alone', async () => {
    const endless = endlessModel();
    const { client } = await serve(endless, { limits: { newTokens: 1_000_000 } });
    const ask = async (request: (typeof requests)[number]) =>
      (await client.chat.completions.create(request)).choices;
    const alone: Awaited<ReturnType<typeof ask>>[] = [];
    for (const request of requests) alone.push(await ask(request));

    // The engine is heard once a pass, with [request, event, token, logprob, entropy] of each.
    const passes: Set<number>[] = [];
    const hear = DecodeEngine.hear;
    const spy = jest.spyOn(DecodeEngine, 'hear').mockImplementation((engine, answers, ...more) => {
      passes.push(new Set(Array.from({ length: answers.length / 5 }, (_, i) => answers[5 * i])));
      hear(engine, answers, ...more);
    });
    const leave = new AbortController();
    const long = client.chat.completions.create(
      { ...asked, max_tokens: 1_000_000 },
      { signal: leave.signal },
    );
    await until(() => passes.length > 0);
    const [first] = passes[0];
    const together = await Promise.all(requests.map(ask));
    leave.abort();
    await expect(long).rejects.toThrow('aborted');
    spy.mockRestore();

    expect(together).toEqual(alone);
    const shared = passes.filter((heard) => heard.size > 1 || !heard.has(first));
    // Each answer has 40 tokens, so that no fewer passes held one of them.
    expect(shared.length).toBeGreaterThanOrEqual(40);
    expect(shared.filter((heard) => heard.has(first)).length).toBeGreaterThan(shared.length / 2);
    await endless.close();
  });
});
