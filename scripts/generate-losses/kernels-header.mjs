// native/kernels/policy/losses.generated.h

import { banner, choiceName, enumerator, isChoice, isOptional, number, pascal, wrapped } from './tables.mjs';

const enumeration = (name, words) => `enum class ${name} {\n  ${wrapped(words.map(enumerator), 2)}\n};`;

/** The enumerations of choices, those apart that stand on their own. */
const choices = (fields, apart = []) =>
  Object.entries(fields)
    .filter(([name, field]) => isChoice(field) && !apart.includes(choiceName(name)))
    .map(([name, { type }]) => enumeration(pascal(name), type));

function memberOf(name, field, fields) {
  const optional = isOptional(field);
  const value =
    field.default ?? (typeof field.whenNull === 'string' ? fields[field.whenNull].default : field.whenNull);
  const member = (type, initial) =>
    optional ? `std::optional<${type}> ${name};` : `${type} ${name} = ${initial};`;
  if (isChoice(field)) return member(choiceName(name), `${choiceName(name)}::${enumerator(String(value))}`);
  if (field.type === 'boolean') return member('bool', value);
  if (field.type === 'count') return member('int64_t', value);
  return member('double', number(value));
}

const structure = (name, fields) =>
  [
    `struct ${name} {`,
    ...Object.entries(fields)
      .filter(([, { type }]) => type !== 'tensor')
      .map(([field, spec]) => `  ${memberOf(field, spec, fields)}`),
    '};',
  ].join('\n');

const rows = (type, name, list) =>
  `constexpr ${type} ${name}[] = {\n${list.map((row) => `    {${row}},\n`).join('')}};`;

/** The losses that have a formula of their own. */
export const ownPreferences = (losses) => Object.keys(losses).filter((name) => losses[name].as === undefined);

export function kernelsHeader(tables) {
  const { policyFields, policyLosses, preferenceFields, preferenceLosses } = tables;
  const policyRow = ([name, { term, level, anyLevel = false, aggregation }]) =>
    `"${name}", Term::${enumerator(term)}, Level::${enumerator(level)}, ${anyLevel}, Aggregation::${enumerator(aggregation)}`;
  const preferenceRow = ([name, { as = name, ofDifference = false, averages = false }]) =>
    `"${name}", Preference::${enumerator(as)}, ${ofDifference}, ${averages}`;
  return `${banner}
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

namespace earsight::policy {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// In the order of the operator's \`metrics\`.
enum Metric {
  ${wrapped([...tables.policyMetrics.map(enumerator), 'kMetrics'], 2)}
};

${enumeration('Term', Object.keys(tables.policyTerms))}

${enumeration('Level', tables.ratioLevels)}

${choices(policyFields, ['Level']).join('\n\n')}

// What null stands for is filled in.
${structure('PolicyFields', policyFields)}

struct PolicyLossRow {
  const char* name;
  Term term;
  Level level;
  bool anyLevel;  // whether another level may be chosen
  Aggregation aggregation;
};

${rows('PolicyLossRow', 'kPolicyLosses', Object.entries(policyLosses).map(policyRow))}

${enumeration('Preference', ownPreferences(preferenceLosses))}

${choices(preferenceFields).join('\n\n')}

${structure('PreferenceFields', preferenceFields)}

struct PreferenceLossRow {
  const char* name;
  Preference loss;
  bool ofDifference, averages;  // a loss of D; of scores averaged over tokens
};

${rows('PreferenceLossRow', 'kPreferenceLosses', Object.entries(preferenceLosses).map(preferenceRow))}

}  // namespace earsight::policy
`;
}
