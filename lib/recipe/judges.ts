/** Judges in recipes: a name, or `{ name, ...options }`, in the option `judge` of a reward. */
import { isDeepStrictEqual } from 'node:util';
import { nearest } from '../data/index.js';
import { judgeList } from '../judges/index.js';
import type { OmniModel } from '../omni/index.js';
import type { Judge, JudgeRequest } from '../rewards/index.js';
import { shown } from '../runtime/index.js';

export interface JudgeSetting {
  name: string;
  [option: string]: unknown;
}

/** Of the rewards that need a judge and name none. */
export const defaultJudge = 'self-check';

/** @param written is sound */
export function judgeSetting(written: unknown): JudgeSetting {
  return typeof written === 'string' ? { name: written } : (written as JudgeSetting);
}

/** With the paths among a judge's options replaced. The judge may be wrong. */
export function mapJudgePaths(written: unknown, change: (path: string) => string): unknown {
  if (typeof written !== 'object' || written === null || !isKnown((written as JudgeSetting).name))
    return written;
  const setting = { ...(written as JudgeSetting) };
  for (const option of judgeList[setting.name].paths) {
    const path = setting[option];
    if (typeof path === 'string' && path !== '') setting[option] = change(path);
  }
  return setting;
}

interface JudgeProblem {
  /** In the judge as it is written. */
  path: PropertyKey[];
  text: string;
}

/** @param kind what it is to judge; undefined: the reward asks no judge */
export function judgeProblems(written: unknown, kind: JudgeRequest['kind']): JudgeProblem[] {
  const isName = typeof written === 'string';
  if (!isName && (typeof written !== 'object' || written === null || Array.isArray(written)))
    return [
      { path: [], text: `expected ${names()}, or { name } with the judge's options (got ${shown(written)})` },
    ];
  const { name, ...options } = judgeSetting(written);
  if (!isKnown(name)) {
    const close = typeof name === 'string' ? nearest(name, Object.keys(judgeList)) : undefined;
    const fix = close === undefined ? `expected ${names()}` : `did you mean '${close}'?`;
    return [{ path: isName ? [] : ['name'], text: `no such judge; ${fix} (got ${shown(name)})` }];
  }
  const { options: known, kinds, check } = judgeList[name];
  if (kinds?.includes(kind) === false) {
    const able = Object.keys(judgeList).filter((it) => judgeList[it].kinds?.includes(kind) !== false);
    const text = `the ${name} judges ${kinds.join(' and ')}, not ${kind}; expected ${able.join(', ')} (got ${shown(name)})`;
    return [{ path: isName ? [] : ['name'], text }];
  }
  const unknown = Object.keys(options).filter((option) => !known.includes(option));
  if (unknown.length > 0)
    return unknown.map((option) => {
      const close = nearest(option, known);
      const fix = close === undefined ? `expected ${known.join(', ')}` : `did you mean '${close}'?`;
      return { path: [option], text: `no such option of the ${name} judge; ${fix}` };
    });
  return problemOf(() => check(options));
}

/** What this machine lacks of what a judge needs. */
export function judgeMachineProblems({ name, ...options }: JudgeSetting): JudgeProblem[] {
  return problemOf(() => judgeList[name].checkMachine?.(options));
}

/** What `run` throws about one of its options, `<function>: <option>: <problem>`. */
export function problemOf(run: () => void): JudgeProblem[] {
  try {
    run();
    return [];
  } catch (error) {
    const { message } = error as Error;
    const [, option, text] = /^[\w.]+: (\w+): (.*)$/s.exec(message) ?? [];
    return [option === undefined ? { path: [], text: message } : { path: [option], text }];
  }
}

const isKnown = (name: unknown): name is string => typeof name === 'string' && Object.hasOwn(judgeList, name);
const names = (): string => Object.keys(judgeList).join(', ');

/** In a line: `openai (Qwen3-VL-8B at http://127.0.0.1:8000/v1, without a key)` */
export function judgeText({ name, ...options }: JudgeSetting): string {
  return judgeList[name].describe(options);
}

/** Whether the judge goes by the weights of the model that the stage starts from. */
export function judgesByModel({ name }: JudgeSetting): boolean {
  return !judgeList[name].isService;
}

/** Stands for a judge that is not asked, or whose scores do not count: each second request scores 1, the others 0. */
export function standInJudge({ name }: JudgeSetting): Judge {
  const { kinds } = judgeList[name];
  return { name, kinds, judge: async (requests) => requests.map((_, i) => i % 2) };
}

/**
 * The judges of a stage's rewards: one for equal settings, so that rewards share its batches, its cache and its limit. The
 * model has the weights that the stage starts from: a judge without a service goes by them to the stage's end.
 */
export class StageJudges {
  readonly #model: OmniModel;
  readonly #isTrial: boolean;
  readonly #made: { setting: JudgeSetting; judge: Judge }[] = [];

  /** @param isTrial services are not asked */
  constructor(model: OmniModel, isTrial: boolean) {
    this.#model = model;
    this.#isTrial = isTrial;
  }

  of(setting: JudgeSetting): Judge {
    const found = this.#made.find((it) => isDeepStrictEqual(it.setting, setting));
    if (found !== undefined) return found.judge;
    const judge = this.#make(setting);
    this.#made.push({ setting, judge });
    return judge;
  }

  #make(setting: JudgeSetting): Judge {
    if (this.#isTrial && !judgesByModel(setting)) return standInJudge(setting);
    const { name, ...options } = setting;
    return judgeList[name].make(options, this.#model);
  }

  async close(): Promise<void> {
    await Promise.all(this.#made.map(({ judge }) => judge.close?.()));
  }
}
