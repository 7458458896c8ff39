// Writes completions.jsonl, and the same as tables, as a training goes.

import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TrainerCallback, TrainerState } from '../callbacks.js';
import type { GRPOConfig } from '../config.js';
import { completionsFile, completionsTable, dropCompletionsTables } from '../log-files.js';
import { StepLines } from '../step-lines.js';
import { type CompletionRecord, completionRecords, type LoggedGroup } from './completion-record.js';
import { checkColumns, type ParquetLibrary, writeCompletionsParquet } from './completions-parquet.js';

type Settings = Pick<
  GRPOConfig,
  'outputDir' | 'logCompletions' | 'logCompletionsSteps' | 'logCompletionsParquet' | 'loggingSteps'
>;

export class CompletionsLog implements TrainerCallback {
  readonly #settings: Settings;
  readonly #names: readonly string[];
  #lines: StepLines<CompletionRecord> | null = null;
  #parquet: ParquetLibrary | null = null;

  /** @param names of the rewards @throws ConfigError for one that is the name of another column of the table */
  constructor(settings: Settings, names: readonly string[]) {
    this.#settings = settings;
    this.#names = [...new Set(names)];
    if (settings.logCompletionsParquet) checkColumns(names);
  }

  /** What was written after the checkpoint is dropped even where the resumed training writes none. */
  async onTrainBegin({ step }: Readonly<TrainerState>): Promise<void> {
    const { outputDir, logCompletions, logCompletionsParquet } = this.#settings;
    if (outputDir === null) return;
    const file = completionsFile(outputDir);
    if (logCompletions || existsSync(file)) {
      const lines = StepLines.resume<CompletionRecord>(file, step);
      this.#lines = logCompletions ? lines : null;
    }
    dropCompletionsTables(outputDir, step);
    this.#parquet = logCompletionsParquet ? await import('hyparquet-writer') : null;
  }

  /** Writes the groups of a step that is due. @param step from 1 */
  write(step: number, groups: readonly LoggedGroup[]): void {
    const { outputDir, logCompletionsSteps, loggingSteps } = this.#settings;
    if (outputDir === null || this.#lines === null) return;
    if (step % (logCompletionsSteps ?? loggingSteps) !== 0) return;
    const rows = groups.flatMap((group) =>
      completionRecords(step, this.#names, group).map((record) => ({ ...record, prompt: group.prompt.text })),
    );
    this.#lines.appendAll(rows.map(({ prompt: _, ...record }) => record));
    if (this.#parquet === null) return;
    const file = completionsTable(outputDir, step);
    mkdirSync(dirname(file), { recursive: true });
    writeCompletionsParquet(this.#parquet, file, this.#names, rows);
  }
}
