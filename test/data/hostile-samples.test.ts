/** Files of samples that are none, and paths in them: a DataError that names file, line and field, and never a wait. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, generateSyntheticDataset, readSamples, validateSample } from '../../lib/data/index.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-hostile-'));
const place = (name: string) => join(folder, name);
const socket = createServer();

beforeAll(async () => {
  execFileSync('mkfifo', [place('fifo.jsonl')]);
  mkdirSync(place('folder.jsonl'));
  symlinkSync('loop.jsonl', place('loop.jsonl'));
  symlinkSync('nowhere', place('dangling.jsonl'));
  writeFileSync(place('file'), '');
  await new Promise<void>((listening) => socket.listen(place('socket.jsonl'), listening));
});
afterAll(() => {
  socket.close();
  rmSync(folder, { recursive: true });
});

const kinds = [
  ['fifo.jsonl', 'not a file but a pipe'],
  ['folder.jsonl', 'not a file but a folder'],
  ['loop.jsonl', 'the path is a loop of symbolic links'],
  ['dangling.jsonl', 'no such file'],
  ['socket.jsonl', 'not a file but a socket or device'],
  ['file/x.jsonl', 'no such file: a part of the path is not a folder'],
  ['a\0b.jsonl', 'the path holds a NUL character'],
  [`${'x'.repeat(300)}.jsonl`, 'the path is too long'],
];

function failure(run: () => unknown): DataError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return error as DataError;
  }
  throw new Error('accepted');
}

describe('in place of a file of samples', () => {
  test.each(kinds)('%j', (name, reason) => {
    const error = failure(() => readSamples(place(name)));
    expect(error.file).toBe(place(name));
    expect(error.message).toBe(`${place(name)}: ${reason}. Fix: give the path of a readable JSONL file.`);
  });
  test('no path at all', () => {
    for (const path of [undefined, null, 3, {}]) expect(() => readSamples(path as never)).toThrow(TypeError);
    expect(() => readSamples(3 as never)).toThrow('expected the path of a file, got 3');
  });
});

describe('in place of a clip', () => {
  test.each(kinds)('%j', (name, reason) => {
    for (const field of ['video', 'audio']) {
      const row = { id: 's', question: 'q', [field]: name };
      const error = failure(() => validateSample(row, { file: place('samples.jsonl'), line: 7 }));
      expect([error.line, error.field]).toEqual([7, field]);
      expect(error.message).toContain(`cannot be read: ${reason}`);
    }
  });
});

describe('lines that are no samples', () => {
  const deep = (open: string, close: string) => open.repeat(100_000) + close.repeat(100_000);
  const good = JSON.stringify({ id: 's', question: 'q', video: 'file' });
  test.each<[string, string | Buffer, number | undefined, RegExp]>([
    ['deep lists', `${good}\n{"id":${deep('[', ']')}}`, 2, /not JSON: nested deeper than 100 levels/],
    ['deep objects', `{"id":${`{"a":`.repeat(1e5)}1${'}'.repeat(1e5)}}`, 1, /not JSON: nested deeper/],
    ['a deep array as a whole', deep('[', ']'), 1, /not JSON: nested deeper/],
    ['brackets without end', '['.repeat(1e6), 1, /not JSON/],
    ['a line of ten million characters', `{"id":"${'x'.repeat(1e7)}"}`, 1, /"question": got nothing/],
    [
      'a megabyte in place of a number',
      `{"id":{"a":"${'x'.repeat(1e6)}"}}`,
      1,
      /"id": got \{"a":"x{70,}\.\.\./,
    ],
    ['a NUL character', `${good}\n\0`, 2, /not JSON/],
    ['UTF-16', Buffer.from(`\ufeff${good}`, 'utf16le'), 1, /not valid UTF-8/],
    [
      'half a character',
      Buffer.concat([Buffer.from(good), Buffer.from([0x0a, 0xe2, 0x82])]),
      2,
      /not valid UTF-8/,
    ],
    ['nothing but line breaks', '\r\n'.repeat(9), undefined, /the file is empty/],
    ['__proto__', '{"__proto__":{"id":"s"}}', 1, /"__proto__": unknown field|"id": got nothing/],
    [
      '10,000 unknown fields',
      JSON.stringify(Object.fromEntries(Array.from({ length: 1e4 }, (_, i) => [`f${i}`, i]))),
      1,
      /"id": got nothing|"f0"/,
    ],
  ])('%s', (name, content, line, message) => {
    const file = place(`${name.replaceAll(/\W/g, '')}.txt`);
    writeFileSync(file, content);
    const error = failure(() => readSamples(file));
    expect(error.line).toBe(line);
    expect(error.message).toMatch(message);
    expect(error.message.length).toBeLessThan(1000);
  });

  test('a byte order mark, CRLF and empty last lines are no fault', () => {
    const other = good.replace('"s"', '"t"');
    writeFileSync(place('windows.txt'), `\ufeff${good}\r\n${other}\r\n\r\n`);
    expect(readSamples(place('windows.txt')).map(({ id }) => id)).toEqual(['s', 't']);
  });
});

test('a row that contains itself is shown in part', () => {
  const row: Record<string, unknown> = { question: 'q', video: 'file' };
  row.id = row;
  const error = failure(() => validateSample(row, { file: place('samples.jsonl') }));
  expect(error.message).toContain('"id": got {"question":"q","video":"file","id":{"question"');
});

test('misspelt options are refused by name', async () => {
  const options = { seed: 1, clips: { train: 1, validation: 1, tset: 1 }, pool: { encode: async () => {} } };
  await expect(generateSyntheticDataset(place('synthetic'), options as never)).rejects.toThrow(
    "generateSyntheticDataset: clips: no argument named 'tset'; expected train, validation, test; did you mean 'test'?",
  );
});
