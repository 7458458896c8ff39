/**
 * A run of a benchmark in a folder: `eval.json` says what was asked of what, `answers.jsonl` has the answers so far,
 * `results.json` the scores. The same call goes on with a run that was ended.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Benchmark, BenchmarkQuestion, View } from '../../data/index.js';
import { BadInputError, replaceFile } from '../../files/index.js';
import {
  followsProtocol,
  isCorrect,
  type Protocol,
  type ProtocolOption,
  protocolOf,
} from '../../rewards/index.js';
import { readJsonObject, shown } from '../../runtime/index.js';
import { checkOptions, kinds, listOf, oneOf, required } from '../../tensor/index.js';
import { FolderLock } from '../../train/index.js';
import { evaluate, evaluationViews } from '../accuracy.js';
import type { AnsweringModel } from '../model.js';
import { AnswerFile, answerKey, askedHash } from './answers.js';
import { type BenchmarkAnswer, type BenchmarkScores, benchmarkScores } from './score.js';

export interface BenchmarkRunOptions {
  /** The folder of the run. */
  output: string;
  /** Default: both tracks, video alone, audio alone. */
  views?: readonly View[];
  maxNewTokens: number;
  /** How answers are asked for. Default 'spans' without an instruction: the bare questions. */
  protocol?: ProtocolOption;
  /** Asks the first questions of each part. Default: all. */
  limit?: number;
  /** Questions asked at once, and saved. */
  batchSize?: number;
  /** What else the answers depend on, such as the weights; plain JSON. A run with other settings is not continued. */
  settings?: Record<string, unknown>;
  /** After every batch. */
  onProgress?: (done: number, total: number) => void;
}

export interface BenchmarkResults extends BenchmarkScores {
  benchmark: string;
  settings: Record<string, unknown>;
  /** Questions asked in each view. */
  questions: number;
  /** Questions left out because a clip is missing. */
  leftOut: number;
}

const optionKinds = {
  output: required(kinds.string),
  views: listOf(oneOf(...evaluationViews)),
  maxNewTokens: required(kinds.countFrom1),
  protocol: kinds.passedOn,
  limit: kinds.countFrom1,
  batchSize: kinds.countFrom1,
  settings: kinds.object,
  onProgress: kinds.function,
};

const defaultViews: readonly View[] = ['av', 'v', 'a'];

/** @throws BadInputError when the folder has a run with other settings, ConfigError when another process runs in it */
export async function runBenchmark(
  model: AnsweringModel,
  benchmark: Benchmark,
  options: BenchmarkRunOptions,
): Promise<BenchmarkResults> {
  checkOptions('runBenchmark', options, optionKinds);
  const { output, views = defaultViews, maxNewTokens, batchSize = 192, onProgress } = options;
  const questions = firstOfParts(benchmark.questions, options.limit);
  const protocol = protocolOf(options.protocol, 'runBenchmark');
  const settings = { benchmark: benchmark.name, protocol, maxNewTokens, ...options.settings };
  const lock = FolderLock.take(output, 'output');
  try {
    recordSettings(join(output, 'eval.json'), settings);
    const answers = new AnswerFile(join(output, 'answers.jsonl'));
    const isOpen = (question: BenchmarkQuestion, view: View): boolean =>
      !answers.completions.has(answerKey(askedHash(question), view));
    const total = questions.length * views.length;
    let done = total - views.flatMap((view) => questions.filter((it) => isOpen(it, view))).length;
    onProgress?.(done, total);
    for (let start = 0; start < questions.length; start += batchSize) {
      const batch = questions.slice(start, start + batchSize);
      // The views of a batch follow one another, while its clips are at hand.
      for (const view of views) {
        const open = batch.filter((question) => isOpen(question, view));
        if (open.length === 0) continue;
        const asked = open.map(({ sample }) => sample);
        const how = { views: [view], maxNewTokens, protocol, batchSize };
        const answered = await evaluate(model, asked, how);
        for (const [i, answer] of answered.entries()) answers.append(open[i], answer);
        done += open.length;
        onProgress?.(done, total);
      }
    }
    const all = views.flatMap((view) =>
      questions.map((question) => answerOf(question, view, answers, protocol)),
    );
    const leftOut = new Set(benchmark.missing.flatMap(({ ids }) => ids)).size;
    const results = {
      benchmark: benchmark.title,
      settings,
      questions: questions.length,
      leftOut,
      ...benchmarkScores(all),
    };
    replaceFile(join(output, 'results.json'), `${JSON.stringify(results, null, 1)}\n`);
    return results;
  } finally {
    lock.release();
  }
}

function firstOfParts(questions: readonly BenchmarkQuestion[], limit = Infinity): BenchmarkQuestion[] {
  const taken = new Map<string, number>();
  return questions.filter(({ part }) => {
    const before = taken.get(part) ?? 0;
    taken.set(part, before + 1);
    return before < limit;
  });
}

function answerOf(
  question: BenchmarkQuestion,
  view: View,
  answers: AnswerFile,
  { name }: Protocol,
): BenchmarkAnswer {
  const { sample } = question;
  const completion = answers.completions.get(answerKey(askedHash(question), view)) as string;
  const correct = isCorrect(completion, sample) === true;
  return { question, sample, view, completion, correct, wellFormed: followsProtocol(completion, name) };
}

function recordSettings(file: string, settings: Record<string, unknown>): void {
  // As JSON reads it back.
  const given = JSON.parse(JSON.stringify(settings)) as Record<string, unknown>;
  if (existsSync(file)) {
    const found = readJsonObject(file);
    for (const name of new Set([...Object.keys(given), ...Object.keys(found)])) {
      if (isDeepStrictEqual(found[name], given[name])) continue;
      throw new BadInputError(
        `${file}: ${name}: the run was begun with ${shown(found[name])}, now it is ${shown(given[name])}; ` +
          'give the earlier value, or another output folder',
      );
    }
  } else replaceFile(file, `${JSON.stringify(given, null, 1)}\n`);
}
