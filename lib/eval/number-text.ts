/** Numbers for tables and lines of text. */

/** Digits after the point; what is rounded to zero has no sign. */
export function fixed(value: number, digits: number): string {
  return value.toFixed(digits).replace(/^-(?=[0.]+$)/, '');
}

/** `71.4 %`; empty where the fraction is not known, as that of no questions is. */
export function percent(fraction: number): string {
  return Number.isFinite(fraction) ? `${fixed(100 * fraction, 1)} %` : '';
}

/** A difference of two fractions in percentage points, `+1.2`. */
export function points(difference: number): string {
  const text = fixed(100 * difference, 1);
  return text.startsWith('-') ? text : `+${text}`;
}
