/**
 * Video-MME (arXiv 2405.21075): one row a question, as Parquet or JSON. Fields: the dataset card of lmms-lab/Video-MME;
 * clips are found as in github.com/EvolvingLMMs-Lab/lmms-eval, lmms_eval/tasks/videomme/utils.py.
 */
import { z } from 'zod';
import { check } from '../schema.js';
import type { BenchmarkLayout } from './benchmark.js';
import { answerAt, category, clip, indexOf, letter, options, question, withoutLetters } from './fields.js';
import { readTable } from './tables.js';

const title = 'Video-MME';

const schema = z.object({
  question_id: clip,
  videoID: clip,
  duration: category,
  domain: category,
  sub_category: category,
  task_type: category,
  question,
  options,
  answer: letter,
});

export const videoMme: BenchmarkLayout = {
  name: 'video-mme',
  title,
  endings: ['.parquet', '.json', '.jsonl'],
  media: 'data',
  async read(file) {
    return (await readTable(file)).map(({ line, value }) => {
      const where = { file, line };
      const row = check(schema, value, where);
      const choices = withoutLetters(row.options);
      return {
        part: title,
        categories: { duration: row.duration, domain: row.domain, 'task type': row.task_type },
        detection: false,
        sample: {
          id: row.question_id,
          video: `${row.videoID}.mp4`,
          audio: null,
          question: row.question,
          options: choices,
          answer: answerAt(indexOf(row.answer), choices, { ...where, field: 'answer' }),
        },
      };
    });
  },
};
