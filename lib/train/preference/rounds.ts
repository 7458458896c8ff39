// Rounds of a preference training. Each has a folder of its own and is held to the model that the round before left. An
// adapter is merged into the weights then, and a new one with the same options is added. Merged weights are in no
// checkpoint: a round leaves the adapter that was merged, and a resumed training merges those of the rounds before again.

import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { replaceFolder } from '../../files/index.js';
import { adaptable, loadAdapterWeights, type ModelGraph, saveAdapter } from '../../models/index.js';
import { shown } from '../../runtime/index.js';
import { torch } from '../../tensor/index.js';
import { ConfigError } from '../config.js';

interface RoundConfig {
  outputDir: string | null;
  rounds: number;
  seed: number;
}

/** Where a round writes; round 1 is the first. */
export function roundFolder(outputDir: string | null, round: number): string | null {
  return outputDir === null ? null : join(outputDir, `round-${round}`);
}

/**
 * Gives the graph what it had when the round of a checkpoint began.
 * @returns the round; 1 without a checkpoint
 * @throws ConfigError for a checkpoint of no round, or of one whose earlier rounds are not there
 */
export function takeRounds(
  graph: ModelGraph,
  { rounds, seed }: RoundConfig,
  resumeFrom: string | undefined,
): number {
  if (resumeFrom === undefined) return 1;
  const folder = dirname(resumeFrom);
  const round = Number(/^round-([1-9]\d*)$/.exec(basename(folder))?.[1] ?? Number.NaN);
  if (!(round <= rounds))
    throw new ConfigError(
      `resumeFrom: got ${shown(resumeFrom)}, expected a checkpoint in a folder round-1 to round-${rounds}, as rounds: ${rounds} has them`,
      'resumeFrom',
    );
  for (let earlier = 1; earlier < round && graph.adapter; earlier += 1) {
    const left = join(dirname(folder), `round-${earlier}`, adapterFolder);
    if (!existsSync(left))
      throw new ConfigError(
        `resumeFrom: ${left} is missing: round ${round} began with the adapters of all rounds before it merged; keep ` +
          'it beside the checkpoints, or begin a new training',
        'resumeFrom',
      );
    loadAdapterWeights(graph.adapter, left);
    refresh(graph, seed, earlier);
  }
  return round;
}

/** What follows a finished round before the next one. */
export async function endRound(graph: ModelGraph, config: RoundConfig, round: number): Promise<void> {
  const { adapter } = graph;
  if (!adapter) return;
  const folder = roundFolder(config.outputDir, round);
  if (folder !== null)
    await replaceFolder(join(folder, adapterFolder), async (partial) =>
      saveAdapter(adapter, partial, graph.source),
    );
  refresh(graph, config.seed, round);
}

/** Merges the adapter, and adds a new one with its options. */
function refresh(graph: ModelGraph, seed: number, round: number): void {
  const family = adaptable(graph);
  const { options } = family.adapter!;
  family.mergeAdapter();
  torch.manualSeed(seed + round);
  family.addAdapter(options);
}

/** Of a round: the adapter that it left. */
const adapterFolder = 'adapter';
