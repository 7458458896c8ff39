/** The judges that a recipe can name. To add one: its file, and a line here. */
import type { OmniModel } from '../omni/index.js';
import type { Judge, JudgeRequest } from '../rewards/index.js';
import { openAI } from './openai.js';
import {
  checkJudgeMachine,
  checkJudgeOptions,
  judgeOptions,
  type OpenAIJudgeOptions,
} from './openai-options.js';
import { checkSettings, judgedKinds, type SelfCheckSettings, selfCheck, settingKinds } from './self-check.js';

export interface JudgeDefinition {
  /** Names of its options. */
  options: readonly string[];
  /** Of these, paths. */
  paths: readonly string[];
  /** What it is asked; left out: everything. */
  kinds?: readonly JudgeRequest['kind'][];
  /** Whether requests leave the program. */
  isService: boolean;
  /** @throws TypeError, RangeError or BadInputError, `<function>: <option>: <problem>` */
  check(options: object): void;
  /** Whether this machine has what the judge needs, by options that are in order. @throws as `check` */
  checkMachine?(options: object): void;
  /** @param model that a judge which is no service goes by, as it is now */
  make(options: object, model: OmniModel): Judge;
  /** In a line, without secrets. */
  describe(options: object): string;
}

/** By the name in recipes. */
export const judgeList: Readonly<Record<string, JudgeDefinition>> = {
  'self-check': {
    options: Object.keys(settingKinds),
    paths: [],
    kinds: judgedKinds,
    isService: false,
    check: checkSettings,
    make: (options, model) => selfCheck({ ...(options as SelfCheckSettings), model }),
    describe: () => 'self-check (likelihoods under the frozen reference model)',
  },
  openai: {
    options: judgeOptions,
    paths: ['cacheFolder'],
    isService: true,
    check: (options) => void checkJudgeOptions(options as OpenAIJudgeOptions),
    checkMachine: (options) => void checkJudgeMachine(checkJudgeOptions(options as OpenAIJudgeOptions)),
    make: (options) => openAI(options as OpenAIJudgeOptions),
    describe(options) {
      const { model, baseUrl, apiKeyEnv } = checkJudgeOptions(options as OpenAIJudgeOptions);
      const key = apiKeyEnv === undefined ? 'without a key' : `with the key in ${apiKeyEnv}`;
      return `openai (${model} at ${baseUrl}, ${key})`;
    },
  },
};
