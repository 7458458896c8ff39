/** The fields of the tables of losses as options of a function. */

import { kinds, type OptionKind, oneOf, orNull } from '../tensor/index.js';
import { inRange, type LossField, rangeOf } from './loss-fields.js';

/** What each field takes. Tensors are passed on: the operator checks them. */
export function optionKindsOf<Fields extends Readonly<Record<string, LossField>>>(
  fields: Fields,
): Record<keyof Fields, OptionKind> {
  const entries = Object.entries(fields).map(([name, field]) => [name, optionKindOf(field)]);
  return Object.fromEntries(entries) as Record<keyof Fields, OptionKind>;
}

function optionKindOf(field: LossField): OptionKind {
  const kind = kindOf(field);
  return field.default === null || field.nullable ? orNull(kind) : kind;
}

function kindOf(field: LossField): OptionKind {
  if (typeof field.type !== 'string') return oneOf(...field.type);
  if (field.type === 'tensor') return kinds.passedOn;
  if (field.type === 'boolean') return kinds.boolean;
  const base = { bound: kinds.bound, number: kinds.number, count: kinds.countFrom1 }[field.type];
  return {
    expected: rangeOf(field),
    type: 'number',
    fits: (value) => base.fits(value) && inRange(value as number, field),
  };
}
