/** Metrics beside metrics.jsonl: event files of TensorBoard and CSV. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { csvLog, readMetrics, SFTTrainer, type TrainerCallback } from '../../lib/train/index.js';
import { eventRecord } from '../../lib/train/logging/event-file.js';
import recorded from '../fixtures/train/tensorboard.json';
import { temporaryFolder } from './folder.js';
import { answerOnly, samples, tinyModel } from './tiny-model.js';

const folder = temporaryFolder();
const outputDir = () => join(folder.path, 'run');

async function train(
  maxSteps: number,
  config: object = {},
  resumeFrom?: string,
  callbacks: TrainerCallback[] = [],
): Promise<void> {
  await new SFTTrainer({
    model: tinyModel(),
    trainDataset: samples,
    formatCompletion: answerOnly,
    config: { outputDir: outputDir(), maxSteps, loggingSteps: 1, saveSteps: 2, ...config },
    callbacks,
    evaluate: async () => ({ accuracy: 0.25 }),
  }).train({ resumeFrom });
}

/** The records of an event file, each as base64. */
function recordsIn(file: string): string[] {
  const bytes = readFileSync(file);
  const records: string[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = start + 16 + Number(bytes.readBigUInt64LE(start));
    records.push(bytes.subarray(start, end).toString('base64'));
    start = end;
  }
  return records;
}

const eventFiles = () =>
  readdirSync(outputDir())
    .filter((name) => name.startsWith('events.out.tfevents.'))
    .sort()
    .map((name) => join(outputDir(), name));

test.each(recorded)("record $#: bytes of TensorBoard's own writer", ({ record, ...event }) => {
  expect(eventRecord(event as Parameters<typeof eventRecord>[0]).toString('base64')).toBe(record);
});

test('a training that was killed after its evaluation before the first step goes on from there', async () => {
  const config = {
    ...{ reportTo: ['tensorboard', 'csv'], evalSteps: 1, evalOnStart: true },
    ...{ loadBestModelAtEnd: true, metricForBestModel: 'accuracy' },
  };
  const killed: TrainerCallback = {
    onStepEnd() {
      throw new Error('killed');
    },
  };
  await expect(train(2, config, undefined, [killed])).rejects.toThrow('killed');
  await train(2, config, join(outputDir(), 'checkpoint-0'));
  const table = readFileSync(join(outputDir(), 'metrics.csv'), 'utf8').trimEnd().split('\n');
  expect(table.map((row) => row.split(',', 1)[0])).toEqual(['step', '0', '1', '1', '2', '2']);
  // The version, the session that begins at step 1, and two lines of each step.
  expect(recordsIn(eventFiles()[1])).toHaveLength(6);
});

describe('tensorboard', () => {
  const at = (wallTime: number) => jest.spyOn(Date, 'now').mockReturnValue(wallTime * 1000);
  afterEach(() => jest.restoreAllMocks());
  const encoded = (...events: Parameters<typeof eventRecord>[0][]) =>
    events.map((event) => eventRecord(event).toString('base64'));

  test('an event for each line of metrics.jsonl, under the tags of transformers', async () => {
    at(1_764_500_000.5);
    await train(2, { reportTo: ['tensorboard'], evalSteps: 2 });
    const [file, ...others] = eventFiles();
    expect(others).toEqual([]);
    expect(file).toMatch(/events\.out\.tfevents\.1764500000\./);
    const wallTime = 1_764_500_000.5;
    const [first, second, evaluation] = readMetrics(join(outputDir(), 'metrics.jsonl')).map(
      ({ step, ...metrics }) => ({ step, metrics: metrics as Record<string, number> }),
    );
    const train_ = ({ step, metrics }: typeof first) => ({
      wallTime,
      step,
      content: {
        scalars: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`train/${name}`, value])),
      },
    });
    expect(evaluation.metrics).toMatchObject({ eval_accuracy: 0.25 });
    expect(recordsIn(file)).toEqual(
      encoded(
        { wallTime, step: 0, content: { fileVersion: 'brain.Event:2' } },
        train_(first),
        train_(second),
        { wallTime, step: 2, content: { scalars: { 'eval/accuracy': 0.25 } } },
      ),
    );
  });

  test('a resume adds a file, in which a session starts after the checkpoint', async () => {
    at(1_764_500_000);
    await train(3, { reportTo: ['tensorboard'] });
    await train(4, { reportTo: ['tensorboard'] }, join(outputDir(), 'checkpoint-2'));
    const [earlier, later] = eventFiles();
    expect(recordsIn(earlier)).toHaveLength(4);
    expect(later).toMatch(/events\.out\.tfevents\.1764500001\./);
    const records = recordsIn(later);
    expect(records).toHaveLength(4);
    expect(records.slice(0, 2)).toEqual(
      encoded(
        { wallTime: 1_764_500_000, step: 0, content: { fileVersion: 'brain.Event:2' } },
        { wallTime: 1_764_500_000, step: 3, content: { sessionStart: true } },
      ),
    );
  });

  test('a training that replaces another removes its event files', async () => {
    await train(1, { reportTo: ['tensorboard'] });
    const [file] = eventFiles();
    await train(1, { overwriteOutputDir: true });
    expect(existsSync(file)).toBe(false);
  });
});

describe('csv', () => {
  const table = (file = join(outputDir(), 'metrics.csv')) =>
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));

  test('a row for each line of metrics.jsonl; a metric that comes later adds a column', async () => {
    await train(3, { reportTo: ['csv'], evalSteps: 2 });
    const lines = readMetrics(join(outputDir(), 'metrics.jsonl'));
    const [header, ...rows] = table();
    expect(header[0]).toBe('step');
    expect(header.at(-1)).toBe('eval_accuracy');
    expect(rows).toHaveLength(lines.length);
    const trained = lines.filter((line) => 'loss' in line);
    const trainedRows = rows.filter((row) => row[header.indexOf('loss')] !== '');
    for (const [i, line] of trained.entries())
      for (const [name, value] of Object.entries(line))
        expect(Number(trainedRows[i][header.indexOf(name)])).toBe(value);
    expect(trainedRows.map((row) => row.at(-1))).toEqual(['', '', '']);
    expect(rows[2]).toEqual(header.map((name) => ({ step: '2', eval_accuracy: '0.25' })[name] ?? ''));
  });

  test('a resume goes on after its checkpoint', async () => {
    await train(3, { reportTo: ['csv'] });
    const [, , second] = table();
    writeFileSync(join(outputDir(), 'metrics.csv'), '4,half a', { flag: 'a' });
    await train(4, { reportTo: ['csv'] }, join(outputDir(), 'checkpoint-2'));
    const [header, ...rows] = table();
    expect(rows.map(([step]) => step)).toEqual(['1', '2', '3', '4']);
    expect(rows[1]).toEqual(second);
    expect(rows.map((row) => row.length)).toEqual(Array(4).fill(header.length));
  });

  test('names with commas and quotes are quoted, and read again', async () => {
    const file = join(folder.path, 'a', 'log.csv');
    const log = csvLog(file);
    const state = (step: number) =>
      ({ step, evaluations: [] as object[] }) as Parameters<NonNullable<TrainerCallback['onLog']>>[0];
    const control = { stop() {}, save() {} };
    await log.onTrainBegin?.(state(0), control);
    await log.onLog?.(state(1), control, { 'a,b': 1, 'say "x"': Number.NaN });
    const resumed = csvLog(file);
    await resumed.onTrainBegin?.(state(1), control);
    await resumed.onLog?.(state(2), control, { 'say "x"': 3, 'a,b': 2, new: 0.5 });
    expect(readFileSync(file, 'utf8')).toBe('step,"a,b","say ""x""",new\n1,1,NaN,\n2,2,3,0.5\n');
  });

  test('a file of another training, and one that is no table, are refused by name', async () => {
    mkdirSync(folder.path, { recursive: true });
    const file = join(folder.path, 'other.csv');
    writeFileSync(file, 'step,loss\n1,0.5\n');
    await expect(train(1, { outputDir: null }, undefined, [csvLog(file)])).rejects.toThrow(
      `${file}: holds the metrics of another training; give another file, or remove it`,
    );
    writeFileSync(file, 'name;age\n');
    await expect(train(1, { outputDir: null }, undefined, [csvLog(file)])).rejects.toThrow(
      `${file}: not a table of metrics: expected a header that begins with 'step'`,
    );
  });
});

test.each(['csv', 'tensorboard'] as const)(
  '%s: a full disk ends the training with the file named',
  async (name) => {
    const filled: TrainerCallback = {
      onStepEnd({ step }) {
        if (step !== 2) return;
        const file = name === 'csv' ? join(outputDir(), 'metrics.csv') : eventFiles()[0];
        renameSync(file, join(folder.path, 'kept'));
        // The device that is always full.
        symlinkSync('/dev/full', file);
      },
    };
    await expect(train(3, { reportTo: [name], saveSteps: 9 }, undefined, [filled])).rejects.toThrow(
      /run\/(metrics\.csv|events\.out\.tfevents\..*): cannot be written: no space left on the device .*; free some there/,
    );
  },
);

test('nothing is written where the training writes nothing', async () => {
  await train(1, { outputDir: null, reportTo: ['csv', 'tensorboard'] });
  expect(readdirSync(folder.path)).toEqual([]);
});
