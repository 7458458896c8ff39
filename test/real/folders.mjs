// The small folders of the tests against what transformers recorded in them: how far apart, in figures.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const apart = (a, b) => a.detach().sub(b).abs().max().item();
const numbers = (tensor) => tensor.toArray().map(Number);

/** `folders`: test/fixtures/models/hf, made by scripts/fixtures/hf_models.py */
export function compareFolders({ models, nn, scope, torch }, folders) {
  return readdirSync(folders)
    .sort()
    .map((name) =>
      scope(() => {
        const folder = join(folders, name);
        const recorded = torch.load(join(folder, 'expected.safetensors'));
        const [graph, rounded] = ['float32', 'bfloat16'].map((dtype) => models.loadGraph(folder, { dtype }));
        const inputs = Object.keys(recorded).filter((key) => key.startsWith('ids.'));
        const row = { name, largest: 0, logits: 0, gradients: 0, ours: 0, theirs: 0, steps: 0 };
        for (const key of inputs) {
          const i = key.slice('ids.'.length);
          const inputIds = numbers(recorded[key]);
          const logits = graph.logits({ inputIds });
          const expected = recorded[`logits.${i}`];
          row.largest = Math.max(row.largest, expected.abs().max().item());
          row.logits = Math.max(row.logits, apart(logits, expected));
          row.ours = Math.max(row.ours, apart(rounded.logits({ inputIds }), expected));
          row.theirs = Math.max(row.theirs, apart(recorded[`bf16.${i}`], expected));
          const greedy = numbers(recorded[`greedy.${i}`]);
          assert.deepEqual(graph.generateIds(inputIds, { maxNewTokens: greedy.length }), greedy);
          row.steps += greedy.length;
          if (key !== inputs.at(-1)) continue;
          const last = inputIds.length - 1;
          nn.functional.crossEntropy(logits.narrow(0, 0, last), recorded[key].narrow(0, 1, last)).backward();
          for (const [parameter, { grad }] of graph.namedParameters())
            row.gradients = Math.max(row.gradients, apart(grad, recorded[`grad.${parameter}`]));
        }
        assert.ok(row.logits <= 1e-5 && row.gradients <= 1e-4 && row.ours <= 2 * row.theirs, name);
        return row;
      }),
    );
}
