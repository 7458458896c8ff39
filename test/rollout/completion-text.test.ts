/** Text that grows token by token: whole characters only, and the stop strings in it. */
import { CompletionText, decodeAfter } from '../../lib/rollout/completion-text.js';

/** One token a byte. */
const bytes = (text: string) => [...new TextEncoder().encode(text)];
const ofBytes = (ids: readonly number[]) => new TextDecoder().decode(Uint8Array.from(ids));

/** One token a word; the first of a text has no space before it, as in tokenizers that mark the starts of words. */
const words = ['one', 'two', 'three'];
const ofWords = (ids: readonly number[]) => ids.map((id) => words[id]).join(' ');

/** What each token brought, and the text. */
function grown(ids: readonly number[], stop: string[] = [], includeStop = true, decode = ofBytes) {
  const text = new CompletionText(decode, stop, includeStop);
  const pieces: string[] = [];
  for (const id of ids) {
    text.push(id);
    if (text.stopped) break;
    pieces.push(text.take());
  }
  const whole = text.stopped ? text.text : decode(ids);
  return { pieces: [...pieces, text.finish(whole)], whole, stopped: text.stopped };
}

test('a character is there with its last byte', () => {
  const { pieces, whole } = grown(bytes('a€😀b'));
  expect(pieces).toEqual(['a', '', '', '€', '', '', '', '😀', 'b', '']);
  expect(whole).toBe('a€😀b');
});

test('what is left of a character at the end comes last, as the whole text has it', () => {
  const { pieces, whole } = grown(bytes('x€').slice(0, -1));
  expect(pieces).toEqual(['x', '', '', '\uFFFD']);
  expect(whole).toBe('x\uFFFD');
});

test('bytes that are no character do not hold back what follows', () => {
  const { pieces, whole } = grown([0xff, ...bytes('ab')]);
  expect(pieces).toEqual(['', '\uFFFDa', 'b', '']);
  expect(pieces.join('')).toBe(whole);
});

test('tokens are written as they are in the whole text', () => {
  expect(grown([0, 1, 2], [], true, ofWords).pieces).toEqual(['one', ' two', ' three', '']);
});

test('what follows a prefix is written as after it', () => {
  expect(decodeAfter(ofWords, [0])([1, 2])).toBe(' two three');
  expect(decodeAfter(ofWords, [])([1, 2])).toBe('two three');
  expect(decodeAfter(ofBytes, bytes('a€'))(bytes('😀'))).toBe('😀');
});

test.each([
  ['over several tokens', 'say <end> more', ['<end>'], true, 'say <end>'],
  ['left out', 'say <end> more', ['<end>'], false, 'say '],
  ['which ends first, of two', 'abcde', ['bcd', 'c'], true, 'abc'],
  ['the longer of two that end together', 'abcde', ['cd', 'bcd'], false, 'a'],
  ['of characters of several bytes', 'a€€b', ['€€'], true, 'a€€'],
  ['at the start', 'stop it', ['stop'], false, ''],
])('a stop string %s', (_, text, stop, includeStop, expected) => {
  const { whole, stopped, pieces } = grown(bytes(text), stop, includeStop);
  expect(stopped).toBe(true);
  expect(whole).toBe(expected);
  expect(pieces.join('')).toBe(expected);
});

test('a stop string inside a token cuts its text', () => {
  const decode = (ids: readonly number[]) => ids.map((id) => ['ab', 'c.d', 'ef'][id]).join('');
  expect(grown([0, 1, 2], ['.'], true, decode)).toMatchObject({ whole: 'abc.', pieces: ['ab', 'c.'] });
  expect(grown([0, 1, 2], ['.'], false, decode)).toMatchObject({ whole: 'abc', pieces: ['ab', 'c'] });
  // From the end of one token into the next.
  expect(grown([0, 1, 2], ['bc.'], false, decode)).toMatchObject({ whole: 'a', pieces: ['a', ''] });
});

test('a token that ends inside a character gives the text before it, and stops at it', () => {
  const parts = [[...bytes('a.'), 0xe2], [0x82, 0xac], bytes('b')];
  const decode = (ids: readonly number[]) => ofBytes(ids.flatMap((id) => parts[id]));
  expect(grown([0, 1, 2], [], true, decode)).toMatchObject({ whole: 'a.€b', pieces: ['a.', '€', 'b', ''] });
  expect(grown([0, 1, 2], ['.'], true, decode)).toMatchObject({ whole: 'a.', pieces: ['a.'] });
});

test('the beginning of a stop string is held back until it is known to be none', () => {
  expect(grown(bytes('a<b'), ['<end>'], false).pieces).toEqual(['a', '', '<b', '']);
  expect(grown(bytes('a<e'), ['<end>'], false).pieces).toEqual(['a', '', '', '<e']);
});
