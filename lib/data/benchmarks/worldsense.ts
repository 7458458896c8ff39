/**
 * WorldSense (arXiv 2502.04326): worldsense_qa.json, an object of videos by name, each with tasks `task0`, `task1`, ...
 * Fields: github.com/open-compass/VLMEvalKit, vlmeval/dataset/worldsense.py.
 */
import { z } from 'zod';
import { readJsonObject } from '../../runtime/index.js';
import { DataError } from '../errors.js';
import { check } from '../schema.js';
import type { BenchmarkLayout } from './benchmark.js';
import { answerAt, category, indexOf, letter, options, present, question, withoutLetters } from './fields.js';

const title = 'WorldSense';

const taskSchema = z.object({
  question,
  candidates: options,
  answer: letter,
  task_domain: category,
  task_type: category,
});

const videoSchema = z.object({
  domain: category.optional(),
  sub_category: category.optional(),
  audio_class: z.array(category, 'a list of texts|list the kinds of sound').optional(),
});

const object = 'an object|write it as it was published';
const record = z.record(z.string(), z.unknown(), object);

export const worldSense: BenchmarkLayout = {
  name: 'worldsense',
  title,
  endings: ['.json'],
  media: 'videos',
  async read(file) {
    const fix = 'give worldsense_qa.json as it was published';
    const videos = readJsonObject(file, { fail: (reason) => new DataError({ file }, reason, fix) });
    return Object.entries(videos).flatMap(([video, value]) => {
      const { [video]: fields } = check(z.object({ [video]: record }), { [video]: value }, { file });
      const { domain, audio_class: sounds } = check(videoSchema, fields, { file }, video);
      const tasks = Object.entries(fields).filter(([name]) => /^task\d+$/.test(name));
      if (tasks.length === 0) {
        const problem = `got the fields ${Object.keys(fields).join(', ')}, expected questions task0, task1, ...`;
        throw new DataError({ file, field: video }, problem, fix);
      }
      return tasks.map(([name, given]) => {
        const task = check(taskSchema, given, { file }, `${video}.${name}`);
        const choices = withoutLetters(task.candidates);
        return {
          part: title,
          categories: present({
            domain,
            'task domain': task.task_domain,
            'task type': task.task_type,
            audio: sounds?.join(' + '),
          }),
          detection: false,
          sample: {
            id: `${video}-${name}`,
            video: `${video}.mp4`,
            audio: null,
            question: task.question,
            options: choices,
            answer: answerAt(indexOf(task.answer), choices, { file, field: `${video}.${name}.answer` }),
          },
        };
      });
    });
  },
};
