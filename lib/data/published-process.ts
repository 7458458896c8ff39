/**
 * Records of process DPO in the layout of video-SALMONN-o1: a JSON list of conversations. A row with a `reject_gpt` turn is a
 * pair, `unfinished` where it compares steps, with the expected correctness of its sides in `pos_score` and `neg_score`. A row
 * with `prefix_steps` lists beginnings of paths, the last step of each to be rolled out. `process_rewards` has the steps of a
 * path, each with how likely it ends in a right answer; null: not known.
 */
import { dirname, relative } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../files/index.js';
import { DataError, type Place } from './errors.js';
import { readRows } from './lines.js';
import { endOfStep, type PairRecord, type PathRecord, type StepRecord } from './process-records.js';
import { questionText } from './question.js';
import type { Sample } from './sample.js';
import { validateSample } from './samples.js';
import { check } from './schema.js';
import { splitSteps } from './split-steps.js';

/** The label of the loss is not in the file. */
export type PublishedPair = Omit<PairRecord, 'alpha'>;

export interface PublishedRecords<Pair = PublishedPair> {
  samples: Sample[];
  pairs: Pair[];
  /** With a selection. */
  paths: PathRecord[];
  steps: StepRecord[];
}

const score = z
  .number('a number|write how likely the side ends in a right answer')
  .min(0, 'a number from 0 to 1|write a probability')
  .max(1, 'a number from 0 to 1|write a probability');
const stepText = z.string('a text|write each step as text').min(1, 'a non-empty text|remove the empty step');
const open = `steps that end with ${endOfStep}, but the last|close each step but the last with the mark`;
const areClosed = (steps: readonly string[]): boolean =>
  steps.slice(0, -1).every((step) => step.endsWith(endOfStep));
const stepList = z
  .array(stepText, 'a list of steps|write the steps as texts')
  .min(1, 'a step|remove the list')
  .refine(areClosed, open);

const fieldsSchema = z.object({
  unfinished: z
    .union([z.boolean(), z.string()], 'true, false or a text|write true where steps are compared')
    .optional(),
  pos_score: score.optional(),
  neg_score: score.optional(),
  prefix_steps: z.array(stepList, 'a list of lists of steps|write each beginning as a list').optional(),
  process_rewards: z
    .array(
      z.tuple([stepText, score.nullable()], 'a pair [step, label]|write each step with its label'),
      'a list of [step, label]|write each step with its label',
    )
    .refine((rewards) => areClosed(rewards.map(([step]) => step)), open)
    .optional(),
});
type Fields = z.infer<typeof fieldsSchema>;
const fieldNames = Object.keys(fieldsSchema.shape);

/** Rows of one id are of one sample. @throws DataError naming row and field */
export function readPublishedProcess(file: string): PublishedRecords {
  const found: PublishedRecords = { samples: [], pairs: [], paths: [], steps: [] };
  const known = new Map<string, string>();
  /** Paths so far, by sample. */
  const counts = new Map<string, number>();
  for (const { line, value } of readRows(file)) {
    const where = { file, line };
    const own = Object.entries(value).filter(([name]) => fieldNames.includes(name));
    const others = Object.entries(value).filter(([name]) => !fieldNames.includes(name));
    const fields = check(fieldsSchema, Object.fromEntries(own), where);
    // Its reply is a side of the pair, not what it teaches.
    const { steps: _, ...sample } = validateSample(Object.fromEntries(others), where);
    const text = questionText(sample);
    if ((known.get(sample.id) ?? text) !== text)
      throw new DataError(
        { ...where, field: 'id' },
        `got "${sample.id}" again with another question`,
        'give each question an id of its own',
      );
    if (!known.has(sample.id)) found.samples.push(sample);
    known.set(sample.id, text);
    for (const pair of pairIn(value.conversations, sample.id, fields, where)) found.pairs.push(pair);
    for (const steps of fields.prefix_steps ?? []) {
      const seed = counts.get(sample.id) ?? 0;
      counts.set(sample.id, seed + 1);
      found.paths.push(selectedPath(sample.id, steps, seed));
    }
    for (const step of rewardedSteps(sample.id, fields.process_rewards ?? [])) found.steps.push(step);
  }
  return found;
}

interface Turn {
  from: string;
  value: string;
}

/** The pair of the reply that another one is rejected in favour of. */
function pairIn(conversations: unknown, sampleId: string, fields: Fields, where: Place): PublishedPair[] {
  const turns = Array.isArray(conversations) ? (conversations as Turn[]) : [];
  const reject = turns.findIndex(({ from }) => from === 'reject_gpt');
  if (reject < 0) return [];
  // Beside it, in the same exchange.
  const own = [reject - 1, reject + 1].find((i) => turns[i]?.from === 'gpt');
  const fail = (problem: string, fix: string) =>
    new DataError({ ...where, field: `conversations[${reject}]` }, problem, fix);
  if (own === undefined)
    throw fail('got no gpt turn beside the reject_gpt turn', 'write the preferred reply directly before it');
  const [chosen, rejected] = [turns[own].value, turns[reject].value];
  if (chosen === rejected) throw fail('got the same text as in the gpt turn', 'remove the row');
  const { pos_score: pChosen = 1, neg_score: pRejected = 0 } = fields;
  if (!fields.unfinished)
    return [{ sampleId, prefix: [], chosen, rejected, pChosen, pRejected, kind: 'path' }];
  const [ours, theirs] = [splitSteps(chosen), splitSteps(rejected)];
  // The compared steps are the last ones.
  let shared = 0;
  while (shared < Math.min(ours.length, theirs.length) - 1 && ours[shared] === theirs[shared]) shared += 1;
  const [one, other] = [ours, theirs].map((steps) => steps.slice(shared).join(''));
  const prefix = ours.slice(0, shared);
  return [{ sampleId, prefix, chosen: one, rejected: other, pChosen, pRejected, kind: 'step' }];
}

/** The beginning of a path of which nothing else is known. */
function selectedPath(sampleId: string, path: string[], seed: number): PathRecord {
  return { sampleId, seed, path, answer: '', correct: false, tokens: 0, selected: [path.length - 1] };
}

/** Labels as outcomes of the fewest rollouts that have them as their mean. */
function rewardedSteps(sampleId: string, rewards: readonly [string, number | null][]): StepRecord[] {
  return rewards.flatMap(([step, label], stepIndex): StepRecord[] => {
    if (label === null) return [];
    const prefix = rewards.slice(0, stepIndex).map(([text]) => text);
    const record = { sampleId, prefix, stepIndex, step, alternative: step };
    return [{ ...record, correct: outcomesOf(label), alternativeCorrect: [] }];
  });
}

const mostRollouts = 1000;

function outcomesOf(label: number): boolean[] {
  let count = 1;
  while (count < mostRollouts && Math.abs(Math.round(label * count) / count - label) > 1e-6) count += 1;
  return Array.from({ length: count }, (_, i) => i < Math.round(label * count));
}

/**
 * Writes a row for each pair, for the selection of each wrong path (right ones are not rolled out), and for the steps of each
 * path that were rolled out. Media are relative to the file.
 * @throws RangeError naming a record whose sample is missing
 */
export function writePublishedProcess(file: string, records: Partial<PublishedRecords<PairRecord>>): void {
  const { samples = [], pairs = [], paths = [], steps = [] } = records;
  const byId = new Map(samples.map((sample) => [sample.id, sample]));
  const row = (sampleId: string, turns: Turn[], fields: Fields) => {
    const sample = byId.get(sampleId);
    if (sample === undefined)
      throw new RangeError(`${file}: a record is of the sample '${sampleId}', which the samples do not have`);
    return { ...rowOf(sample, turns, dirname(file)), ...fields };
  };
  const rows = [
    ...pairs.map(({ sampleId, prefix, chosen, rejected, pChosen, pRejected, kind }) => {
      const turns = [
        { from: 'gpt', value: [...prefix, chosen].join('') },
        { from: 'reject_gpt', value: [...prefix, rejected].join('') },
      ];
      const scores = { pos_score: pChosen, neg_score: pRejected };
      return row(sampleId, turns, kind === 'step' ? { unfinished: true, ...scores } : scores);
    }),
    ...paths
      .filter(({ correct, selected = [] }) => !correct && selected.length > 0)
      .map(({ sampleId, path, selected = [] }) =>
        row(sampleId, [], { prefix_steps: selected.map((index) => path.slice(0, index + 1)) }),
      ),
    ...rewardsOfPaths(steps).map(([sampleId, rewards]) => row(sampleId, [], { process_rewards: rewards })),
  ];
  replaceFile(file, `${JSON.stringify(rows, null, 1)}\n`);
}

function rowOf({ id, video, audio, answer, ...asked }: Sample, turns: Turn[], folder: string): object {
  const tag = video === undefined ? '' : '<image>\n';
  const value = `${tag}${questionText({ ...asked, instruction: undefined })}`;
  return {
    id,
    ...(video !== undefined && { video: relative(folder, video) }),
    ...(audio != null && { audio: relative(folder, audio) }),
    conversations: [
      ...(asked.system === undefined ? [] : [{ from: 'system', value: asked.system }]),
      { from: 'human', value },
      ...turns,
      ...(answer === undefined ? [] : [{ from: 'gt', value: answer }]),
    ],
    ...(answer !== undefined && { ref_answer: answer }),
  };
}

/** The paths of steps that were rolled out. A step that paths have in common has its label in the first of them. */
function rewardsOfPaths(steps: readonly StepRecord[]): [string, [string, number | null][]][] {
  const key = (sampleId: string, path: readonly string[]): string => JSON.stringify([sampleId, ...path]);
  const scored = steps.filter(({ correct }) => correct.length > 0);
  const labels = new Map(
    scored.map(({ sampleId, prefix, step, correct }) => [
      key(sampleId, [...prefix, step]),
      correct.filter(Boolean).length / correct.length,
    ]),
  );
  const beginnings = new Set(
    scored.flatMap(({ sampleId, prefix }) => prefix.map((_, i) => key(sampleId, prefix.slice(0, i + 1)))),
  );
  return scored
    .filter(({ sampleId, prefix, step }) => !beginnings.has(key(sampleId, [...prefix, step])))
    .map(({ sampleId, prefix, step }) => {
      const path = [...prefix, step];
      const rewards = path.map((text, i): [string, number | null] => {
        const own = key(sampleId, path.slice(0, i + 1));
        const label = labels.get(own) ?? null;
        labels.delete(own);
        return [text, label];
      });
      return [sampleId, rewards];
    });
}
