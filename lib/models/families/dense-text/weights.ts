/** Weights of a published folder, held against what its configuration describes. */
import { withFactory } from '../../../nn/index.js';
import { FileError } from '../../../runtime/index.js';
import type { StateDict } from '../../../tensor/index.js';
import { readShards } from '../../shards.js';
import type { DenseTextConfig } from './config.js';
import { DenseTextGraph, parameterCount } from './graph.js';

const head = 'lm_head.weight';
const embeddings = 'model.embed_tokens.weight';
const maxNamed = 8;

export function readWeights(folder: string, config: DenseTextConfig): { file: string; weights: StateDict } {
  const { file, weights } = readShards(folder);
  const { [head]: stored, ...tied } = weights;
  const own = config.tie_word_embeddings && stored !== undefined ? tied : weights;
  if (
    own === tied &&
    !(tied[embeddings]?.shape.join() === stored.shape.join() && stored.equal(tied[embeddings]))
  ) {
    throw new FileError(file, `${head} differs from ${embeddings}; config.json has tie_word_embeddings true`);
  }
  const held = Object.values(own).reduce((sum, tensor) => sum + tensor.numel(), 0);
  // A configuration of far more than the file holds is not built; the caller compares the counts.
  if (parameterCount(config) <= 2 * held) checkKeys(file, own, config);
  return { file, weights: own };
}

function checkKeys(file: string, weights: StateDict, config: DenseTextConfig): void {
  const graph = withFactory({ device: 'meta' }, () => new DenseTextGraph(config));
  const expected = new Map(graph.namedParameters().map(([name, { shape }]) => [name, shape.join()]));
  graph.dispose();
  const names = Object.keys(weights);
  const list = (some: string[]): string =>
    some.slice(0, maxNamed).join(', ') +
    (some.length > maxNamed ? ` and ${some.length - maxNamed} more` : '');
  const missing = [...expected.keys()].filter((name) => !Object.hasOwn(weights, name));
  const surplus = names.filter((name) => !expected.has(name));
  const problems = names
    .filter((name) => expected.has(name) && expected.get(name) !== weights[name].shape.join())
    .map((name) => `${name} has shape [${weights[name].shape}], expected [${expected.get(name)}]`)
    .slice(0, maxNamed);
  if (missing.length > 0) problems.push(`missing keys: ${list(missing)}`);
  if (surplus.length > 0) problems.push(`unknown keys: ${list(surplus)}`);
  if (problems.length > 0) throw new FileError(file, problems.join('; '));
}
