// The number that an answer states.

import { normaliseAnswer } from '../data/index.js';

/** Digits with what may belong to them; a sign after a letter or digit is a dash. */
const NUMERALS = /(?:(?<![\p{L}\d])[-+\u2212])?\.?\d[\d.,]*(?:e[-+]?\d+)?/gu;
/** Commas stand between thousands. */
const DECIMAL = /^[-+]?(?:\d{1,3}(?:,\d{3})+|\d*)(?:\.\d+)?(?:e[-+]?\d+)?$/;

/**
 * The one number in a text, whatever words or units stand around it (`about 1,250.5 m`); null where there is none, more
 * than one (`3 of 4`, `1/2`, `10^2`), or one that can be read in two ways (`3,5`).
 */
export function readNumber(text: string): number | null {
  const numerals = normaliseAnswer(text).match(NUMERALS) ?? [];
  if (numerals.length !== 1) return null;
  const numeral = numerals[0].replace('\u2212', '-').replace(/[.,]$/, '');
  const value = DECIMAL.test(numeral) ? Number(numeral.replaceAll(',', '')) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}
