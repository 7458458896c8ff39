/**
 * NExT-QA, multiple choice (CVPR 2021): one row a question, as CSV or Parquet, five options in columns of their own.
 * Columns: github.com/doc-doc/NExT-QA, dataset/nextqa/val.csv and eval_mc.py. map_vid_vidorID.json beside the file says in
 * which folder of NExTVideo a clip lies; without it the clips lie in one folder.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { readJsonObject, shown } from '../../runtime/index.js';
import { DataError } from '../errors.js';
import { check } from '../schema.js';
import type { BenchmarkLayout } from './benchmark.js';
import { answerAt, question } from './fields.js';
import { readTable } from './tables.js';

const title = 'NExT-QA';
const mapFile = 'map_vid_vidorID.json';

const option = z
  .union([z.string(), z.number()], 'a text|write the option as it was published')
  .transform((value) => String(value));
const name = z
  .union([z.string().min(1), z.int()], 'a name|write it as it was published')
  .transform((value) => String(value));
const number = 'the right option, 0 to 4|write its number';

const schema = z.object({
  video: name,
  question,
  answer: z
    .union([z.string().regex(/^[0-4]$/, number), z.int(number).min(0, number).max(4, number)], number)
    .transform((value) => Number(value)),
  qid: name,
  type: z.string('a text|write the type as it was published'),
  a0: option,
  a1: option,
  a2: option,
  a3: option,
  a4: option,
});

/** By the first letter of a question's type. */
const groups: Record<string, string> = { C: 'causal', T: 'temporal', D: 'descriptive' };

export const nextQa: BenchmarkLayout = {
  name: 'next-qa',
  title,
  endings: ['.csv', '.parquet'],
  media: 'NExTVideo',
  async read(file) {
    const rows = await readTable(file);
    const paths = readMap(join(dirname(file), mapFile));
    return rows.map(({ line, value }) => {
      const where = { file, line };
      const { type, ...row } = check(schema, value, where);
      const group = groups[type[0] ?? ''];
      if (group === undefined) {
        const expected = 'expected one that begins with C (causal), T (temporal) or D (descriptive)';
        throw new DataError(
          { ...where, field: 'type' },
          `got ${shown(type)}, ${expected}`,
          'write it as published',
        );
      }
      const options = [row.a0, row.a1, row.a2, row.a3, row.a4];
      return {
        part: title,
        categories: { group, type },
        detection: false,
        sample: {
          id: `${row.video}_${row.qid}`,
          video: `${paths(row.video)}.mp4`,
          audio: null,
          question: row.question,
          options,
          answer: answerAt(row.answer, options, { ...where, field: 'answer' }),
        },
      };
    });
  },
};

function readMap(file: string): (video: string) => string {
  if (!existsSync(file)) return (video) => video;
  const fail = (reason: string) => new DataError({ file }, reason, 'give it as it was published');
  const paths = readJsonObject(file, { fail });
  return (video) => {
    const path = paths[video];
    if (typeof path === 'string' && path !== '') return path;
    const problem = `got ${shown(path)}, expected the clip's path, for example "1150/${video}"`;
    throw new DataError({ file, field: video }, problem, 'add the clip, or remove the file');
  };
}
