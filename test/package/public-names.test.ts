/** What the package's namespaces export: what is documented, and none of the checks that layers lend each other. */

import * as earsight from '../../lib/index.js';

test('kernels: the operators, tables of nodes, and the tables of the losses', () => {
  expect(Object.keys(earsight.kernels).sort()).toEqual([
    'NodeTable',
    'avAttention',
    'decodeAttention',
    'groupAdvantage',
    'headChoice',
    'linearKl',
    'linearLogprob',
    'nodeTable',
    'packGated',
    'packLinear',
    'packedGated',
    'packedLinear',
    'policyFields',
    'policyLoss',
    'policyLosses',
    'policyTerms',
    'preferenceFields',
    'preferenceLoss',
    'preferenceLosses',
  ]);
});

test.each(Object.keys(earsight))('%s exports no descriptions of options', (name) => {
  const exported = Object.keys((earsight as unknown as Record<string, object>)[name] ?? {});
  expect(exported.filter((it) => /kinds?$|optionNames$/i.test(it))).toEqual([]);
});
