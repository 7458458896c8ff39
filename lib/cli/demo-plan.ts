/**
 * What the demo makes and trains: the preset recipes/omnivideo-r1-small.yaml over a synthetic dataset. Stages end by their
 * steps, SFT's earlier by what they have learned: the same model on every machine. docs/results/demo.md has its time.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { SyntheticSettings } from '../data/index.js';
import { hasBf16Products } from './cpu-features.js';

export interface DemoPlan {
  clips: SyntheticSettings['clips'];
  /** The recipe, as it is written to the run's folder. */
  recipe: Record<string, unknown> & { stages: StageItem[] };
}

/** One name with its settings. */
type StageItem = Record<string, Record<string, unknown>>;

const preset = join(__dirname, '../../recipes/omnivideo-r1-small.yaml');

export function demoPlan({
  quick,
  seed,
  threads,
  compare,
}: {
  quick: boolean;
  seed: number;
  threads: number;
  compare: boolean;
}): DemoPlan {
  const { stages, ...fields } = parse(readFileSync(preset, 'utf8')) as DemoPlan['recipe'];
  const recipe = {
    ...fields,
    output: '.',
    seed,
    bf16: hasBf16Products(),
    threads,
    stages: [
      ...(quick ? stages.map(shortened) : stages),
      ...(compare ? [{ 'time-matched-sft': { compareWith: ['qi', 'ma'] } }] : []),
    ],
  };
  // A quick run is too short to learn anything.
  if (quick)
    return { clips: { train: 24, validation: 2, test: 4 }, recipe: { ...recipe, stopAtChance: false } };
  return { clips: { train: 1800, validation: 40, test: 250 }, recipe };
}

function shortened(item: StageItem): StageItem {
  const [[stage, settings]] = Object.entries(item);
  const length = stage === 'grpo' ? { maxSteps: 1, maxCompletionLength: 32 } : { maxSteps: 10, evalSteps: 5 };
  return { [stage]: { ...settings, ...length, loggingSteps: 1 } };
}
