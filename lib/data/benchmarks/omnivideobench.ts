/**
 * OmniVideoBench (arXiv 2510.10689): a list of videos, each with its questions. Fields:
 * github.com/NJU-LINK/OmniVideoBench, data_example/example_data.json and dataloader.py.
 */
import { z } from 'zod';
import { check } from '../schema.js';
import type { BenchmarkLayout } from './benchmark.js';
import { answerAt, category, clip, indexOf, letter, options, question, withoutLetters } from './fields.js';
import { readTable } from './tables.js';

const title = 'OmniVideoBench';
const minutes = 'minutes and seconds, for example "03:28"|write the duration as it was published';

const schema = z.object({
  video: clip,
  video_type: category,
  duration: z.string(minutes).regex(/^\d+:\d\d$/, minutes),
  questions: z.array(
    z.object(
      {
        question,
        question_type: category,
        audio_type: category,
        options,
        correct_option: letter,
      },
      'an object|write the question as it was published',
    ),
    'a list of questions|list the questions of the video',
  ),
});

/** Upper ends of the durations that results are published for, in minutes. */
const ends = [1, 5, 10, 30];

export const omniVideoBench: BenchmarkLayout = {
  name: 'omnivideobench',
  title,
  endings: ['.json'],
  media: 'videos',
  async read(file) {
    return (await readTable(file)).flatMap(({ line, value }) => {
      const where = { file, line };
      const row = check(schema, value, where);
      return row.questions.map((asked, i) => {
        const choices = withoutLetters(asked.options);
        const field = `questions[${i}].correct_option`;
        return {
          part: title,
          categories: {
            type: asked.question_type,
            audio: asked.audio_type,
            video: row.video_type,
            duration: rangeOf(row.duration),
          },
          detection: false,
          sample: {
            id: `${row.video}-${i + 1}`,
            video: `${row.video}.mp4`,
            audio: null,
            question: asked.question,
            options: choices,
            answer: answerAt(indexOf(asked.correct_option), choices, { ...where, field }),
          },
        };
      });
    });
  },
};

/** `03:28` -> `1-5 min` */
function rangeOf(duration: string): string {
  const [minute, second] = duration.split(':').map(Number);
  const length = minute + second / 60;
  const index = ends.findIndex((end) => length <= end);
  return index < 0 ? `over ${ends.at(-1)} min` : `${[0, ...ends][index]}-${ends[index]} min`;
}
