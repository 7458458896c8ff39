/** The judge of answers in settings of stages of records. */
import { judgeMachineProblems, judgeProblems, judgeSetting } from '../judges.js';
import type { Settings, SettingsProblem } from '../stage.js';

/** What the schema cannot know of `by` and `judge`. */
export function judgeSettingProblems({ by, judge }: Settings): SettingsProblem[] {
  if (judge === undefined)
    return by === 'judge'
      ? [{ path: ['judge'], text: "expected a judge for by: judge, as in 'judge: { name: openai, ... }'" }]
      : [];
  if (by !== 'judge')
    return [{ path: ['judge'], text: "is asked where 'by' is judge; leave it out, or set by: judge" }];
  return judgeProblems(judge, 'answer').map((it) => ({ ...it, path: ['judge', ...it.path] }));
}

/** What this machine lacks of what the judge needs. */
export function judgeLacks({ judge }: Settings): SettingsProblem[] {
  if (judge === undefined) return [];
  return judgeMachineProblems(judgeSetting(judge)).map((it) => ({ ...it, path: ['judge', ...it.path] }));
}
