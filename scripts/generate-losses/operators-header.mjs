// native/ops/losses.generated.h

import {
  banner,
  choiceName,
  enumerator,
  isChoice,
  isOptional,
  number,
  pascal,
  snake,
  wrapped,
} from './tables.mjs';

// ---- schemas ------------------------------------------------------------------------------------------------------

const schemaTypes = { number: 'float', bound: 'float', count: 'int', boolean: 'bool', tensor: 'Tensor' };

function schemaDefault({ type, default: value }) {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return `'${value}'`;
  return type === 'count' ? String(value) : number(value);
}

function schemaArgument([name, field]) {
  const type = isChoice(field) ? 'str' : schemaTypes[field.type];
  const nullable = field.default === null || field.nullable ? '?' : '';
  return `${type}${nullable} ${snake(name)}=${schemaDefault(field)}`;
}

function schema(name, head, fields, defaultType, results) {
  const words = [...head, '*', `str type='${defaultType}'`, ...Object.entries(fields).map(schemaArgument)];
  const lines = wrapped(words, 4)
    .split('\n')
    .map((line) => line.trim());
  const quoted = lines.map((line, i) => `    "${line}${i + 1 < lines.length ? ' ' : ''}"`);
  quoted[0] = `    "${name}(${lines[0]} "`;
  quoted[quoted.length - 1] = `    "${lines.at(-1)}) -> ${results}"`;
  return quoted.join('\n');
}

const policyHead = [
  ...['logp', 'advantages', 'cu_seqlens'].map((name) => `Tensor ${name}`),
  ...['old_logp', 'ref_logp', 'sampler_logp', 'mask', 'entropy'].map((name) => `Tensor? ${name}=None`),
];
const preferenceHead = ['chosen_logratio', 'rejected_logratio'].map((name) => `Tensor ${name}`);

// ---- reading ------------------------------------------------------------------------------------------------------

function rangeText(field, rangeOf) {
  const { type, min, above, max, below } = field;
  const low = type === 'count' ? (min ?? 1) : (min ?? above);
  const high = max ?? below;
  return `{${[
    `"${rangeOf(field)}"`,
    low === undefined ? '-kInfinity' : number(low),
    high === undefined ? 'kInfinity' : number(high),
    above !== undefined,
    below !== undefined,
    type === 'number',
  ].join(', ')}}`;
}

const wordsName = (name) => `k${pascal(name)}Words`;

/** The words of the choices, in the order of their enumerations. */
const wordLists = (fields) =>
  Object.entries(fields)
    .filter(([, field]) => isChoice(field))
    .map(([name, { type }]) => {
      const words = wrapped(
        type.map((word) => `"${word}"`),
        4,
      );
      return `constexpr const char* ${wordsName(name)}[] = {\n    ${words}};`;
    })
    .join('\n');

/** The expression that reads the argument at an index, one that is given. */
function reading(index, [name, field], rangeOf) {
  const argument = `${index}, "${snake(name)}"`;
  if (isChoice(field)) {
    return `arguments.choice<policy::${choiceName(name)}>(${argument}, ${wordsName(name)})`;
  }
  if (field.type === 'boolean') return `arguments.flag(${index})`;
  if (field.type === 'tensor') return `arguments.tensor(${index})`;
  return `arguments.${field.type === 'count' ? 'count' : 'number'}(${argument}, ${rangeText(field, rangeOf)})`;
}

/** What stands for null: by term where terms have defaults of their own. */
function nullValue(name, { whenNull }, policyTerms) {
  const common = typeof whenNull === 'string' ? `fields.${whenNull}` : number(whenNull);
  const special = Object.entries(policyTerms).filter(([, { defaults }]) => defaults?.[name] !== undefined);
  return special.reduce(
    (otherwise, [term, { defaults }]) =>
      `loss.term == policy::Term::${enumerator(term)} ? ${number(defaults[name])} : ${otherwise}`,
    common,
  );
}

function assignments(fields, { rangeOf, policyTerms }) {
  // The type stands before the fields.
  return Object.entries(fields).flatMap(([name, field], i) => {
    const [index, read] = [i + 1, reading(i + 1, [name, field], rangeOf)];
    if (field.type === 'tensor') return [];
    if (isOptional(field))
      return [`  if (arguments.given(${index})) {`, `    fields.${name} = ${read};`, '  }'];
    if (field.whenNull === undefined) return [`  fields.${name} =`, `      ${read};`];
    return [
      `  fields.${name} = arguments.given(${index})`,
      `      ? ${read}`,
      `      : ${nullValue(name, field, policyTerms)};`,
    ];
  });
}

function preferenceChecks(losses, fields, rangeOf) {
  const is = (name) => `loss.name == std::string_view("${name}")`;
  const names = Object.keys(fields);
  return Object.entries(losses).flatMap(([name, { needs = [], ranges = {} }]) => [
    ...needs.map((field) => {
      const missing = `${needs.map(snake).join(', ')}: missing; type '${name}' needs ${needs.length > 1 ? 'them' : 'it'}`;
      return `  if (${is(name)}) arguments.need(${names.indexOf(field) + 1}, "${missing}");`;
    }),
    ...Object.entries(ranges).map(([field, range]) => {
      const text = rangeText({ type: 'bound', ...range }, rangeOf);
      return `  if (${is(name)}) arguments.narrow(fields.${field}, "${snake(field)}", loss.name, ${text});`;
    }),
  ]);
}

export function operatorsHeader(tables) {
  const { policyFields, preferenceFields, preferenceLosses, rangeOf } = tables;
  const tensors = Object.entries(preferenceFields).filter(([, { type }]) => type === 'tensor');
  const names = Object.keys(preferenceFields);
  return `${banner}
#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

#include "../kernels/policy/losses.generated.h"
#include "loss_arguments.h"

namespace earsight {

constexpr const char* kPolicyLossSchema =
${schema('policy_loss', policyHead, policyFields, tables.defaultPolicyLoss, '(Tensor loss, Tensor metrics)')};

constexpr const char* kPreferenceLossSchema =
${schema(
  'preference_loss',
  preferenceHead,
  preferenceFields,
  tables.defaultPreferenceLoss,
  '(Tensor loss, Tensor chosen_rewards, Tensor rejected_rewards)',
)};

constexpr size_t kPolicyTensors = ${policyHead.length}, kPolicyArguments = ${policyHead.length + 1 + Object.keys(policyFields).length};
constexpr size_t kPreferenceTensors = ${preferenceHead.length}, kPreferenceArguments = ${preferenceHead.length + 1 + names.length};

${wordLists(policyFields)}
${wordLists(preferenceFields)}

inline policy::PolicyFields readPolicyFields(const LossArguments& arguments, const policy::PolicyLossRow& loss) {
  using policy::kInfinity;
  policy::PolicyFields fields;
${assignments(policyFields, tables).join('\n')}
  return fields;
}

struct PreferenceTensors {
  at::Tensor ${tensors.map(([name]) => name).join(', ')};
};

inline PreferenceTensors readPreferenceTensors(const LossArguments& arguments) {
  return {${tensors.map(([name]) => `arguments.tensor(${names.indexOf(name) + 1})`).join(', ')}};
}

inline policy::PreferenceFields readPreferenceFields(const LossArguments& arguments,
                                                     const policy::PreferenceLossRow& loss) {
  using policy::kInfinity;
  policy::PreferenceFields fields;
${assignments(preferenceFields, tables).join('\n')}
${preferenceChecks(preferenceLosses, preferenceFields, rangeOf).join('\n')}
  return fields;
}

}  // namespace earsight
`;
}
