/** Folders of runs, as a training leaves them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PairRecord, PathRecord, StepRecord } from '../../../lib/data/index.js';
import type { ReportView } from '../../../lib/report/view.js';
import type { CompletionRecord } from '../../../lib/train/index.js';

/** A folder that is gone after the tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'earsight-page-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

export function jsonLines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

export function writeMetrics(run: string, stage: string, rows: readonly object[]): void {
  mkdirSync(join(run, stage), { recursive: true });
  writeFileSync(join(run, stage, 'metrics.jsonl'), jsonLines(rows));
}

/** The files that a stage of process DPO leaves. */
export function writePathFiles(
  run: string,
  stage: string,
  files: {
    paths?: readonly PathRecord[];
    selected?: readonly PathRecord[];
    steps?: readonly StepRecord[];
    pairs?: readonly PairRecord[];
  },
): void {
  mkdirSync(join(run, stage), { recursive: true });
  for (const [name, records] of Object.entries(files))
    writeFileSync(join(run, stage, `${name}.jsonl`), jsonLines(records));
}

/** A line of completions.jsonl. */
export function completion(fields: Partial<CompletionRecord>): CompletionRecord {
  return {
    step: 1,
    sample: 's',
    occurrence: 0,
    index: 0,
    view: 'av',
    completion: 'text',
    tokens: 5,
    finishReason: 'stop',
    spans: [],
    captions: [],
    thinking: null,
    answer: null,
    rewards: { answer: 1 },
    failed: [],
    reward: 1,
    advantage: 0.5,
    inLoss: true,
    ...fields,
  };
}

/** A WAV file of silence: 16-bit PCM, one channel, 8 kHz. */
export function wave(seconds: number): Buffer {
  const samples = Buffer.alloc(seconds * 8000 * 2);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(16_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

/** What the page's script gets. */
export function dataOf(html: string): ReportView {
  return JSON.parse(html.match(/<script type="application\/json" id="data">(.*?)<\/script>/)?.[1] ?? '');
}
