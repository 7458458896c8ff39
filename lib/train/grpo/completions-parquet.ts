// completions/completions_00010.parquet: the completions of a step as a table, under TRL's file name and with TRL's columns
// (step, prompt, completion, one for each reward, advantage), then what completions.jsonl holds besides.

import { writeFileSync } from 'node:fs';
import type { SchemaElement } from 'hyparquet';
import { replaceFile } from '../../files/index.js';
import { ConfigError } from '../config.js';
import { writing } from '../step-lines.js';
import type { CompletionRecord } from './completion-record.js';

/** It is an ES module: a CommonJS program loads it in its own time. */
export type ParquetLibrary = Pick<typeof import('hyparquet-writer'), 'parquetWriteBuffer'>;

interface CompletionRow extends CompletionRecord {
  prompt: string;
}

interface Column {
  name: string;
  /** Of the column itself first, then of its parts. */
  schema: SchemaElement[];
  value: (row: CompletionRow) => unknown;
}

type LeafType = Partial<SchemaElement>;
const text: LeafType = { type: 'BYTE_ARRAY', converted_type: 'UTF8' };
const integer: LeafType = { type: 'INT64' };
const double: LeafType = { type: 'DOUBLE' };
const boolean: LeafType = { type: 'BOOLEAN' };

const leaf = (type: LeafType, repetition_type: SchemaElement['repetition_type'] = 'REQUIRED') => [
  { name: 'element', repetition_type, ...type },
];
const nullable = (type: LeafType) => leaf(type, 'OPTIONAL');
const listOf = (element: SchemaElement[]): SchemaElement[] => [
  { name: 'element', repetition_type: 'REQUIRED', converted_type: 'LIST', num_children: 1 },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  ...element,
];

function column(name: string, schema: SchemaElement[], value: Column['value']): Column {
  return { name, schema: [{ ...schema[0], name }, ...schema.slice(1)], value };
}

const before: readonly Column[] = [
  column('step', leaf(integer), ({ step }) => BigInt(step)),
  column('prompt', leaf(text), ({ prompt }) => prompt),
  column('completion', leaf(text), ({ completion }) => completion),
];
const after: readonly Column[] = [
  column('advantage', nullable(double), ({ advantage }) => advantage),
  column('sample', leaf(text), ({ sample }) => sample),
  column('occurrence', leaf(integer), ({ occurrence }) => BigInt(occurrence)),
  column('index', leaf(integer), ({ index }) => BigInt(index)),
  column('view', leaf(text), ({ view }) => view),
  column('tokens', leaf(integer), ({ tokens }) => BigInt(tokens)),
  column('finish_reason', leaf(text), ({ finishReason }) => finishReason),
  column('spans', listOf(listOf(leaf(double))), ({ spans }) => spans),
  column('captions', listOf(leaf(text)), ({ captions }) => captions),
  column('thinking_text', nullable(text), ({ thinking }) => thinking),
  column('answer_text', nullable(text), ({ answer }) => answer),
  column('failed', listOf(leaf(text)), ({ failed }) => failed),
  column('reward', nullable(double), ({ reward }) => reward),
  column('in_loss', leaf(boolean), ({ inLoss }) => inLoss),
];

/** @throws ConfigError for a reward whose name is that of another column */
export function checkColumns(rewardNames: readonly string[]): void {
  const taken = [...before, ...after].map(({ name }) => name);
  const clash = rewardNames.find((name) => taken.includes(name));
  if (clash === undefined) return;
  throw new ConfigError(
    `logCompletionsParquet: a reward is named '${clash}', which is another column of the table; rename its function`,
    'logCompletionsParquet',
  );
}

/** @throws FileError when the file cannot be written */
export function writeCompletionsParquet(
  { parquetWriteBuffer }: ParquetLibrary,
  file: string,
  rewardNames: readonly string[],
  rows: readonly CompletionRow[],
): void {
  const columns = [
    ...before,
    ...rewardNames.map((name) => column(name, nullable(double), ({ rewards }) => rewards[name] ?? null)),
    ...after,
  ];
  const content = parquetWriteBuffer({
    columnData: columns.map(({ name, value }) => ({ name, data: rows.map(value) })),
    schema: [{ name: 'root', num_children: columns.length }, ...columns.flatMap(({ schema }) => schema)],
  });
  writing(file, () => replaceFile(file, (descriptor) => writeFileSync(descriptor, new Uint8Array(content))));
}
