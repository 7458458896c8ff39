/** The judge and `earsight serve` understand each other. */
import { openAI } from '../../lib/judges/index.js';
import { startServer } from '../../lib/serve/index.js';
import { textModel } from '../omni/text-model.js';
import { answering, warnings } from './endpoint.js';

afterEach(() => jest.restoreAllMocks());

test('a model that is served is asked, without the structured output that it does not have', async () => {
  const texts = warnings();
  const server = await startServer(textModel(['a bell']), {
    name: 'tiny',
    host: '127.0.0.1',
    port: 0,
    token: 'secret-token',
    mediaFolders: [],
    log: () => {},
    limits: { bodyBytes: 2 ** 20, running: 1, queued: 8, newTokens: 1000, promptTokens: 8192, seconds: 120 },
  });
  process.env.EARSIGHT_TEST_JUDGE_KEY = 'secret-token';
  const judge = openAI({
    baseUrl: `${server.url}/v1`,
    model: 'tiny',
    apiKeyEnv: 'EARSIGHT_TEST_JUDGE_KEY',
    retries: 0,
    timeoutSeconds: 120,
  });
  try {
    // Untrained weights reply with no JSON.
    expect(await judge.judge([answering('x')])).toEqual([null]);
    expect(texts.join()).toMatch(/which is not JSON/);
    const { httpRequests, replies, completionTokens, failures } = judge.metrics();
    expect([httpRequests, replies]).toEqual([2, 1]);
    expect(completionTokens).toBeGreaterThan(0);
    expect(failures).toMatchObject({ reply: 1, status: 0 });
  } finally {
    delete process.env.EARSIGHT_TEST_JUDGE_KEY;
    await judge.close();
    await server.stop(0);
  }
});
