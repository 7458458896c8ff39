/** Settings of a stage of records as a command line gives them. */
import { BadInputError } from '../../files/index.js';
import { assign } from '../reading/assignments.js';
import { type Problem, problemAt, schemaProblems, top } from '../reading/problems.js';
import type { Settings } from '../stage.js';
import { judgeLacks, judgeSettingProblems } from './judge-settings.js';
import type { RecordStage } from './record-stage.js';

/** @param assignments each `setting=value`, the value as YAML @throws BadInputError with a line for each problem */
export function stageSettings(
  { schema }: Pick<RecordStage, 'schema'>,
  assignments: readonly string[],
): Settings {
  const settings = assign({}, assignments, (name) => name).value as Settings;
  const ofSchema = schemaProblems(schema, settings, top);
  const others = (): Problem[] =>
    [...judgeSettingProblems(settings), ...judgeLacks(settings)].map(({ path, text }) =>
      problemAt(top, path, text),
    );
  const problems = ofSchema.length > 0 ? ofSchema : others();
  if (problems.length === 0) return settings;
  throw new BadInputError(problems.map(({ text }) => `--set: ${text}`).join('\n'));
}
