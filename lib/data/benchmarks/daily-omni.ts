/**
 * Daily-Omni (arXiv 2505.17862): qa.json, a list of questions with lettered choices; each clip's folder has its video and
 * its sound as files of their own. Fields: github.com/Lliar-liar/Daily-Omni, test_model/Qwen3-Omni/testmodel.py.
 */
import { z } from 'zod';
import { check } from '../schema.js';
import type { BenchmarkLayout } from './benchmark.js';
import {
  answerAt,
  category,
  clip,
  indexOf,
  letter,
  options,
  present,
  question,
  withoutLetters,
} from './fields.js';
import { readTable } from './tables.js';

const title = 'Daily-Omni';

const schema = z.object({
  Question: question,
  Choice: options,
  Answer: letter,
  video_id: clip,
  Type: category,
  content_parent_category: category.optional(),
  video_category: category.optional(),
  video_duration: category.optional(),
});

export const dailyOmni: BenchmarkLayout = {
  name: 'daily-omni',
  title,
  endings: ['.json'],
  media: 'Videos',
  async read(file) {
    return (await readTable(file)).map(({ line, value }) => {
      const where = { file, line };
      const row = check(schema, value, where);
      const choices = withoutLetters(row.Choice);
      const name = row.video_id;
      return {
        part: title,
        categories: present({
          type: row.Type,
          category: row.content_parent_category ?? row.video_category,
          duration: row.video_duration,
        }),
        detection: false,
        sample: {
          id: `${name}-${line}`,
          video: `${name}/${name}_video.mp4`,
          audio: `${name}/${name}_audio.wav`,
          question: row.Question,
          options: choices,
          answer: answerAt(indexOf(row.Answer), choices, { ...where, field: 'Answer' }),
        },
      };
    });
  },
};
