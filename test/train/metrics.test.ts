import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MetricMeans, type MetricsLine, readMetrics } from '../../lib/train/metrics.js';
import { StepLines } from '../../lib/train/step-lines.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earsight-metrics-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('lines are appended and read back', () => {
  const file = join(folder, 'run', 'metrics.jsonl');
  const log = StepLines.create<MetricsLine>(file);
  log.append({ step: 1, loss: 0.5 });
  log.append({ step: 2, skipped_samples: ['a'] });
  expect(readMetrics(file)).toEqual([
    { step: 1, loss: 0.5 },
    { step: 2, skipped_samples: ['a'] },
  ]);
});

test('a resume drops the lines after its checkpoint and a torn last line', () => {
  const file = join(folder, 'metrics.jsonl');
  const log = StepLines.create<MetricsLine>(file);
  for (const step of [1, 2, 3, 4]) log.append({ step, loss: step });
  appendFileSync(file, '{"step":5,"lo');
  StepLines.resume<MetricsLine>(file, 2).append({ step: 3, loss: 33 });
  expect(readFileSync(file, 'utf8')).toBe('{"step":1,"loss":1}\n{"step":2,"loss":2}\n{"step":3,"loss":33}\n');
});

test('another training is not overwritten', () => {
  const file = join(folder, 'metrics.jsonl');
  StepLines.create<MetricsLine>(file).append({ step: 1 });
  expect(() => StepLines.create(file)).toThrow('EEXIST');
  expect(readMetrics(file)).toEqual([{ step: 1 }]);
});

test('a broken line is named', () => {
  const file = join(folder, 'metrics.jsonl');
  writeFileSync(file, '{"step":1}\nloss 2\n{"step":3}\n');
  expect(() => readMetrics(file)).toThrow(`${file}:2: not a line of metrics`);
});

test('means over steps, carried through plain JSON', () => {
  const before = new MetricMeans();
  before.add({ loss: 1, kl: 4 });
  const after = new MetricMeans(JSON.parse(JSON.stringify(before.state())));
  after.add({ loss: 3 });
  expect(after.flush()).toEqual({ loss: 2, kl: 4 });
  expect(after.flush()).toEqual({});
});

test('a full disk is named with the file, and the lines before stay', () => {
  const file = join(folder, 'metrics.jsonl');
  const log = StepLines.create<MetricsLine>(file);
  log.append({ step: 1 });
  const kept = join(folder, 'kept');
  renameSync(file, kept);
  // The device that is always full.
  symlinkSync('/dev/full', file);
  expect(() => log.append({ step: 2 })).toThrow(
    /metrics\.jsonl: cannot be written: no space left on the device .*free\); free some there, then resume from the last checkpoint/,
  );
  expect(readMetrics(kept)).toEqual([{ step: 1 }]);
});
