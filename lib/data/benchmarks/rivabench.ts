/**
 * RivaBench (arXiv 2502.11775): a list of conversations, one file a part. The first turn of `human` is the question with
 * "Choose from: A. ...", the last turn is the right answer. Fields: github.com/bytedance/SALMONN, branch video-salmonn-o1,
 * llava/dataset/av_test_dataset.py; question texts: table 5 of the paper. A SynthDec question is answered by YES or NO.
 */
import { basename, extname } from 'node:path';
import { z } from 'zod';
import { shown } from '../../runtime/index.js';
import { nameOption, readReply, splitOptions } from '../conversation/replies.js';
import { DataError, type Place } from '../errors.js';
import { exactOptions, normaliseAnswer, parseOption } from '../options.js';
import { check, text } from '../schema.js';
import type { BenchmarkLayout } from './benchmark.js';
import { answerAt } from './fields.js';
import { readTable } from './tables.js';

const path = text('a path', 'write the path of a media file');
const turn = z.object(
  { from: z.string('a text|write "human" or "gpt"'), value: z.string('a text|write what was said') },
  'a turn|write { "from": "human", "value": ... }',
);
const turns = 'a question and its answer|write [{ "from": "human", ... }, { "from": "gpt", ... }]';

const schema = z.object({
  id: z.union([z.string().min(1), z.int()], 'a text or an integer|write it in quotes').optional(),
  video: path,
  audio: path.nullable().optional(),
  conversations: z
    .array(turn, turns)
    .min(2, turns)
    .refine(([first]) => first?.from === 'human', turns),
  timestamps: z
    .undefined('no "timestamps" (a part of the video)|cut the clip to [start, end] and remove the field')
    .optional(),
});

/** By words in a file's name. */
const parts: readonly (readonly [RegExp, string])[] = [
  [/synth/i, 'SynthDec'],
  [/stand[-_ ]?up/i, 'StandUp'],
  [/academic/i, 'Academic'],
];

export const rivaBench: BenchmarkLayout = {
  name: 'rivabench',
  title: 'RivaBench',
  endings: ['.json', '.jsonl'],
  media: '.',
  async read(file) {
    const stem = basename(file, extname(file));
    const part = parts.find(([words]) => words.test(stem))?.[1] ?? stem;
    return (await readTable(file)).map(({ line, value }) => {
      const where = { file, line };
      const { id = line, video, audio = null, conversations } = check(schema, value, where);
      const asked = questionOf(conversations[0].value);
      const last = conversations.length - 1;
      const field = `conversations[${last}].value`;
      const { options, answer } = answerOf(asked.options, conversations[last].value, { ...where, field });
      return {
        part,
        categories: {},
        detection: isYesOrNo(options),
        sample: { id: `${part}-${id}`, video, audio, question: asked.question, options, answer },
      };
    });
  },
};

/** Without placeholders of media and without what the paper's prompts say of how to answer. */
function questionOf(value: string): { question: string; options?: string[] } {
  const bare = value
    .replaceAll(/<(?:image|video|audio)>/g, '')
    .trim()
    .replace(
      /^Select the best answer to the following question\b[^.]*\.(?:\s*Respond with only the letter[^.]*\.)?/i,
      '',
    )
    .trim()
    .replace(/^Question:/i, '')
    .replace(/Answer (?:(?:the|this) question )?step by step\b[\s\S]*$/i, '');
  return splitOptions(bare.trim());
}

const yesNo = ['YES', 'NO'];

function isYesOrNo(options: readonly string[]): boolean {
  const texts = options.map(normaliseAnswer).sort();
  return texts.length === 2 && texts[0] === 'no' && texts[1] === 'yes';
}

function answerOf(
  given: string[] | undefined,
  reply: string,
  where: Place,
): { options: string[]; answer: string } {
  const { answer = '' } = readReply(reply);
  const options = given ?? yesNo;
  const named = nameOption(answer, options);
  const index = exactOptions(named, options)[0] ?? parseOption(named, options);
  if (index !== null) return { options, answer: answerAt(index, options, where) };
  const problem =
    given === undefined
      ? `got ${shown(reply)} to a question without options, expected YES or NO`
      : `got ${shown(reply)}, expected one of the options ${given.map(shown).join(', ')} or its letter`;
  throw new DataError(where, problem, 'write the right answer as the last turn');
}
