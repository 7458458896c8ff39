// One row of the table of options: see options.test.ts.

export type Options = Record<string, unknown>;

export interface Entry {
  /** As a user writes it. */
  name: string;
  /** The exported type of the options, where there is one. */
  type?: string;
  call: (options: never) => unknown;
  /** Every name that it knows. */
  names: string[];
  /** Options that must be given, and are right. */
  given?: Options;
  /** Values that must be refused, by option. */
  wrong?: Record<string, unknown[]>;
}

// Numbers that no option of the kind takes.
export const notANumber = [Number.NaN, '1'];
export const notPositive = [...notANumber, 0, -1, Infinity];
export const negative = [...notANumber, -1, Infinity];
export const notACount = [...negative, 0.5];
export const notABoolean = ['no', 1];
export const factory = ['dtype', 'device'];
