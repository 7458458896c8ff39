/** The options of the OpenAI-compatible judge, checked. No message holds a value that may be or hold a key. */
import { checkOutputFolder } from '../files/index.js';
import { checkOptions, kinds, type OptionKind, oneOf, required } from '../tensor/index.js';
import type { MediaKind } from './openai-question.js';

export interface OpenAIJudgeOptions {
  /** Of the endpoint, as of OpenAI's clients: `http://127.0.0.1:8000/v1`. */
  baseUrl: string;
  model: string;
  /** Name of the environment variable that holds the key. Left out: requests carry none. */
  apiKeyEnv?: string;
  /** HTTP requests at a time. Default 8. */
  concurrency?: number;
  /** Of one try, at most 300. Default 30. */
  timeoutSeconds?: number;
  /** Tries after the first that fails by time, connection, status 408, 425, 429 or 5xx, or by its reply. Default 3. */
  retries?: number;
  /** Scores are kept in this folder and found again. Left out: they are not kept. */
  cacheFolder?: string;
  /** What is sent of a clip: an mp4 with its sound, or JPEG pictures without. Default 'video'. */
  media?: MediaKind;
}

export interface CheckedOptions extends Required<Omit<OpenAIJudgeOptions, 'cacheFolder' | 'apiKeyEnv'>> {
  cacheFolder: string | undefined;
  apiKeyEnv: string | undefined;
}

const op = 'judges.openAI';

// Node's fetch gives up by itself after five minutes without an answer.
const longestTimeout = 300;

const timeout: OptionKind = {
  expected: `a number of seconds above 0, at most ${longestTimeout}`,
  type: 'number',
  fits: (value) => typeof value === 'number' && value > 0 && value <= longestTimeout,
};
const text: OptionKind = {
  expected: 'a text that is not empty',
  type: 'string',
  fits: (value) => typeof value === 'string' && value !== '',
};

const optionKinds: Record<keyof OpenAIJudgeOptions, OptionKind> = {
  baseUrl: kinds.passedOn,
  model: required(text),
  apiKeyEnv: kinds.passedOn,
  concurrency: kinds.countFrom1,
  timeoutSeconds: timeout,
  retries: kinds.count,
  cacheFolder: text,
  media: oneOf('video', 'frames'),
};
export const judgeOptions = Object.keys(optionKinds);

/** By the options alone, whatever this machine has. @throws TypeError or RangeError for wrong ones */
export function checkJudgeOptions(options: OpenAIJudgeOptions): CheckedOptions {
  checkOptions<OpenAIJudgeOptions>(op, options, optionKinds);
  const { concurrency = 8, timeoutSeconds = 30, retries = 3, media = 'video' } = options;
  const { model, apiKeyEnv, cacheFolder } = options;
  const baseUrl = checkBaseUrl(options.baseUrl);
  if (apiKeyEnv !== undefined) checkKeyName(apiKeyEnv);
  return { baseUrl, model, apiKeyEnv, concurrency, timeoutSeconds, retries, cacheFolder, media };
}

/**
 * What the judge needs of this machine.
 * @returns the key @throws TypeError where the environment holds none, BadInputError for a folder that takes no files
 */
export function checkJudgeMachine({ cacheFolder, apiKeyEnv }: CheckedOptions): string | undefined {
  if (cacheFolder !== undefined) checkOutputFolder(`${op}: cacheFolder`, cacheFolder);
  return apiKeyEnv === undefined ? undefined : keyIn(apiKeyEnv);
}

function checkBaseUrl(text: unknown): string {
  const expected = "expected an address such as 'http://127.0.0.1:8000/v1'";
  if (typeof text !== 'string' || !URL.canParse(text)) throw new TypeError(`${op}: baseUrl: ${expected}`);
  const { protocol, username, password, search, hash, origin, pathname } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new RangeError(`${op}: baseUrl: ${expected}, got one that begins with ${protocol}`);
  if (username !== '' || password !== '' || search !== '' || hash !== '')
    throw new RangeError(
      `${op}: baseUrl: ${expected}, got one with a user, a password, a query or a fragment; ` +
        'a key is read from the environment variable that apiKeyEnv names',
    );
  return origin + pathname.replace(/\/+$/, '');
}

function checkKeyName(name: unknown): void {
  if (typeof name !== 'string' || !/^[A-Z_][A-Z0-9_]*$/.test(name))
    throw new TypeError(
      `${op}: apiKeyEnv: expected the name of an environment variable, in capitals, such as 'JUDGE_API_KEY'; not the key itself`,
    );
}

/** The key that the environment holds under this name. */
function keyIn(name: string): string {
  const key = process.env[name];
  if (key === undefined || key === '')
    throw new TypeError(`${op}: apiKeyEnv: the environment variable ${name} is not set; set it to the key`);
  if (!/^[\w.~+/=:-]+$/.test(key))
    throw new TypeError(
      `${op}: apiKeyEnv: the value of ${name} is no key: expected letters, digits and . _ ~ + / = : - without spaces or line breaks`,
    );
  return key;
}
