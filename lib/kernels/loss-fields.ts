/** What a setting of a loss takes: the rows of the tables in policy-losses.ts and preference-losses.ts. */

/**
 * `number` is finite, `bound` may be infinite, `count` is an integer from 1 up; a list holds the words of a choice.
 * Where `default` is null, null is a value too.
 */
export interface LossField {
  readonly type: 'number' | 'bound' | 'count' | 'boolean' | 'tensor' | readonly string[];
  readonly default: number | boolean | string | null;
  /** Whether null is a value although it is not the default. */
  readonly nullable?: true;
  /** The value is at least `min`, more than `above`, at most `max`, less than `below`. */
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
  readonly below?: number;
  /** What null stands for: a number, or another field's value. */
  readonly whenNull?: number | string;
}

type ValueOfType<Type> = Type extends readonly (infer Word)[]
  ? Word
  : Type extends 'boolean'
    ? boolean
    : Type extends 'number' | 'bound' | 'count'
      ? number
      : never;

type MayBeNull<Field> = Field extends { default: null } | { nullable: true } ? null : never;

/** The value that a field takes. */
export type LossFieldValue<Field extends LossField> = ValueOfType<Field['type']> | MayBeNull<Field>;

/** The fields of a table, all optional, tensors apart. */
export type LossSettings<Fields extends Readonly<Record<string, LossField>>> = {
  -readonly [Name in keyof Fields as Fields[Name]['type'] extends 'tensor' ? never : Name]?: LossFieldValue<
    Fields[Name]
  >;
};

/** @internal The fields of a table that `options` gives, and the defaults of the others. */
export function withDefaults<Fields extends Readonly<Record<string, LossField>>>(
  fields: Fields,
  options: LossSettings<Fields>,
): Required<LossSettings<Fields>> {
  const given: Readonly<Record<string, unknown>> = options;
  const entries = Object.entries(fields).map(([name, field]) => [
    name,
    given[name] === undefined ? field.default : given[name],
  ]);
  return Object.fromEntries(entries);
}

/** @internal A field's range in words: `a number > 0`. Also in the operators' messages. */
export function rangeOf({ type, min, above, max, below }: LossField): string {
  const noun = type === 'count' ? 'an integer' : 'a number';
  const from = type === 'count' ? (min ?? 1) : min;
  const low = from ?? above;
  const high = max ?? below;
  if (low !== undefined && high !== undefined && above === undefined && below === undefined)
    return `${noun} from ${low} to ${high}`;
  if (low !== undefined && high !== undefined)
    return `${low} ${above === undefined ? '<=' : '<'} value ${below === undefined ? '<=' : '<'} ${high}`;
  if (from !== undefined) return `${noun} >= ${from}`;
  if (above !== undefined) return `${noun} > ${above}`;
  if (max !== undefined) return `${noun} <= ${max}`;
  if (below !== undefined) return `${noun} < ${below}`;
  return type === 'number' ? 'a finite number' : noun;
}

/** @internal Whether a number lies in a field's range. */
export function inRange(value: number, { type, min, above, max, below }: LossField): boolean {
  const from = type === 'count' ? (min ?? 1) : min;
  return (
    (from === undefined || value >= from) &&
    (above === undefined || value > above) &&
    (max === undefined || value <= max) &&
    (below === undefined || value < below)
  );
}
