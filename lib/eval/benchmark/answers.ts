/**
 * The answers of a run on disk, one a line. They are appended as they come: a run that was ended goes on where it was, and a
 * half-written last line is dropped.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, truncateSync } from 'node:fs';
import { type BenchmarkQuestion, letterOf, parseOption, type View } from '../../data/index.js';
import { namingFullDisk } from '../../files/index.js';
import { answerText } from '../../rewards/index.js';
import { FileError, parseJson, readUserFile } from '../../runtime/index.js';
import { type Answered, evaluationViews } from '../accuracy.js';

interface AnswerLine {
  id: string;
  /** Of what was asked: an answer to another question of this id is none. */
  asked: string;
  view: View;
  completion: string;
  /** The option that the completion names, as a letter. */
  option: string | null;
  correct: boolean;
}

/** The same for questions that ask the same. */
export function askedHash({ sample: { id, question, options, answer } }: BenchmarkQuestion): string {
  return createHash('sha256')
    .update(JSON.stringify([id, question, options, answer]))
    .digest('hex')
    .slice(0, 16);
}

export const answerKey = (asked: string, view: View): string => `${asked} ${view}`;

export class AnswerFile {
  readonly #file: string;
  /** Completions by question and view. */
  readonly completions = new Map<string, string>();

  /** @throws FileError naming the line that is no answer */
  constructor(file: string) {
    this.#file = file;
    if (!existsSync(file)) return;
    const bytes = Buffer.from(readUserFile(file, { maxBytes: 2 ** 31 - 1 }));
    const end = bytes.lastIndexOf(0x0a) + 1;
    if (end < bytes.length) truncateSync(file, end);
    const lines = bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1);
    for (const [i, text] of lines.entries()) {
      const { asked, view, completion } = readLine(text, `${file}:${i + 1}`);
      this.completions.set(answerKey(asked, view), completion);
    }
  }

  append(question: BenchmarkQuestion, { sample, view, completion, correct }: Answered): void {
    const named = parseOption(answerText(completion) ?? '', sample.options ?? []);
    const line: AnswerLine = {
      id: sample.id,
      asked: askedHash(question),
      view,
      completion,
      option: named === null ? null : letterOf(named),
      correct,
    };
    try {
      appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
    } catch (error) {
      throw namingFullDisk(this.#file, error);
    }
    this.completions.set(answerKey(line.asked, view), completion);
  }
}

function readLine(text: string, place: string): AnswerLine {
  let value: Partial<AnswerLine> | null = null;
  try {
    value = parseJson(text) as Partial<AnswerLine> | null;
  } catch {
    // Below.
  }
  const isAnswer =
    typeof value?.asked === 'string' &&
    typeof value.completion === 'string' &&
    evaluationViews.includes(value.view as View);
  if (isAnswer) return value as AnswerLine;
  throw new FileError(
    place,
    'expected an answer of this run; remove the line, and its question is asked again',
  );
}
