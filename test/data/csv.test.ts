// Expected values follow RFC 4180, section 2.

import { CsvError, readCsvRecords } from '../../lib/data/benchmarks/csv.js';

const fieldsOf = (text: string) => readCsvRecords(text).map(({ fields }) => fields);

test.each([
  [
    'a,b\n1,2\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'a,b\r\n1,2',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  ['"x, y",z', [['x, y', 'z']]],
  ['"say ""yes""",', [['say "yes"', '']]],
  [
    '"two\nlines",b\nc,d',
    [
      ['two\nlines', 'b'],
      ['c', 'd'],
    ],
  ],
  ['a,,\n', [['a', '', '']]],
  ['""\n', [['']]],
  ['a\n\n\r\nb\n\n', [['a'], ['b']]],
  ['', []],
])('%j', (text, expected) => {
  expect(fieldsOf(text)).toEqual(expected);
});

test('each record has the line that it starts on', () => {
  const records = readCsvRecords('a,b\n"1\n2\n3",x\n\nlast,y\n');
  expect(records.map(({ line }) => line)).toEqual([1, 2, 6]);
});

test.each([
  ['a,b\nc,"d', 2],
  ['a,b\nc "d",e', 2],
  ['"a"b', 1],
])('%j is refused with its line', (text, line) => {
  const refused = () => readCsvRecords(text);
  expect(refused).toThrow(CsvError);
  expect(refused).toThrow(expect.objectContaining({ line }));
});

test('a long field is read in one pass', () => {
  const long = '"" '.repeat(300_000);
  expect(fieldsOf(`"${long}",b`)[0][0]).toHaveLength(600_000);
  expect(() => readCsvRecords(`"${long}`)).toThrow(CsvError);
});
