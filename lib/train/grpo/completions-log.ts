// Writes completions.jsonl as a training goes.

import { existsSync } from 'node:fs';
import type { TrainerCallback, TrainerState } from '../callbacks.js';
import type { GRPOConfig } from '../config.js';
import { completionsFile } from '../log-files.js';
import { StepLines } from '../step-lines.js';
import { type CompletionRecord, completionRecords, type LoggedGroup } from './completion-record.js';

type Settings = Pick<GRPOConfig, 'outputDir' | 'logCompletions' | 'logCompletionsSteps' | 'loggingSteps'>;

export class CompletionsLog implements TrainerCallback {
  readonly #settings: Settings;
  readonly #names: readonly string[];
  #lines: StepLines<CompletionRecord> | null = null;

  /** @param names of the rewards */
  constructor(settings: Settings, names: readonly string[]) {
    this.#settings = settings;
    this.#names = names;
  }

  /** Records after the checkpoint are dropped even where the resumed training writes none. */
  onTrainBegin({ step }: Readonly<TrainerState>): void {
    const { outputDir, logCompletions } = this.#settings;
    if (outputDir === null) return;
    const file = completionsFile(outputDir);
    if (!logCompletions && !existsSync(file)) return;
    const lines = StepLines.resume<CompletionRecord>(file, step);
    this.#lines = logCompletions ? lines : null;
  }

  /** Writes the groups of a step that is due. @param step from 1 */
  write(step: number, groups: readonly LoggedGroup[]): void {
    const { logCompletionsSteps, loggingSteps } = this.#settings;
    if (this.#lines === null || step % (logCompletionsSteps ?? loggingSteps) !== 0) return;
    this.#lines.append(...groups.flatMap((group) => completionRecords(step, this.#names, group)));
  }
}
