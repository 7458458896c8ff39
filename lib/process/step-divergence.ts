/**
 * How much a perturbed input changes what a model expects at each step of given paths (video-SALMONN-o1, arXiv 2502.11775):
 *
 *   d_k = 1 / |s_k| sum over the tokens y_i of s_k of KL(P(y_i | y_<i, clean) || P(y_i | y_<i, perturbed))
 *
 * over the whole vocabulary. Clean and perturbed paths are one pass; what a perturbation leaves alone passes the towers once.
 */
import { setImmediate as macrotask } from 'node:timers/promises';
import { completionTree, inPasses, int64, type Prompt, rootTokens, type TokenTree } from '../batch/index.js';
import { linearKl } from '../kernels/index.js';
import type { ModelGraph } from '../models/index.js';
import type { EncodedMedia } from '../rollout/index.js';
import { noGrad, scope } from '../tensor/index.js';
import { forcedPass, passTokens } from './forced-pass.js';
import { type Perturbation, perturbed } from './perturb.js';

/** What paths are read by. */
interface PathReader {
  graph: ModelGraph;
  encodePart: (step: string) => readonly number[];
}

interface PromptPaths {
  prompt: Prompt;
  /** Steps of each path. */
  paths: readonly (readonly string[])[];
}

interface Perturbing {
  perturb: Perturbation;
  seed: number;
  media: EncodedMedia;
  signal?: AbortSignal;
}

/** The ids of a path's steps, each tokenised by itself. */
type StepIds = readonly (readonly number[])[];

/** Some paths of one prompt. */
interface Part {
  prompt: Prompt;
  other: Pick<TokenTree, 'root' | 'gate'>;
  paths: StepIds[];
}

/**
 * d of each step, for each path of each prompt.
 * @throws RangeError where a prompt does not show what would be perturbed, or a divergence is no number
 */
export async function stepDivergences(
  { graph, encodePart }: PathReader,
  asked: readonly PromptPaths[],
  { perturb, seed, media, signal }: Perturbing,
): Promise<number[][][]> {
  const most = passTokens(graph);
  const tokenised = asked.map(({ paths }) => paths.map((steps) => steps.map(encodePart)));
  const parts = asked.flatMap(({ prompt }, i): Part[] => {
    const other = perturbed(prompt, perturb, seed);
    // By their own tokens alone: every part has the prompt.
    const divided = inPasses(tokenised[i], (steps) => 2 * steps.flat().length, most);
    return divided.map((paths) => ({ prompt, other, paths }));
  });
  const found = new Map<StepIds, number[]>();
  for (const pass of inPasses(parts, tokensOf, most)) {
    const trees = treesOf(pass);
    media.encode(trees);
    const divergences = scope(() => noGrad(() => tokenDivergences(graph, pass, trees, media)));
    let token = 0;
    for (const { prompt, paths } of pass) {
      for (const steps of paths) {
        const means = steps.map(({ length }) => {
          token += length;
          return meanOf(divergences.slice(token - length, token), prompt);
        });
        found.set(steps, means);
      }
    }
    // Signals come between tasks.
    await macrotask();
    signal?.throwIfAborted();
  }
  return tokenised.map((paths) => paths.map((steps) => found.get(steps) as number[]));
}

function tokensOf({ prompt: { root, question }, other, paths }: Part): number {
  return rootTokens(root) + rootTokens(other.root) + 2 * (question.length + paths.flat(2).length);
}

function meanOf(divergences: readonly number[], { id }: Prompt): number {
  const mean = divergences.reduce((sum, value) => sum + value, 0) / Math.max(1, divergences.length);
  if (Number.isFinite(mean)) return mean;
  throw new RangeError(
    `sample '${id}': a divergence is ${mean}; expected a number: the model has NaN or infinite logits`,
  );
}

/** Of each part, the clean prompt with its paths and the perturbed one. */
function treesOf(parts: readonly Part[]): TokenTree[] {
  return parts.flatMap(({ prompt, other, paths }) => {
    const tree = (): TokenTree =>
      completionTree(
        prompt,
        paths.map((steps) => steps.flat()),
      );
    return [tree(), { ...tree(), ...other }];
  });
}

/** Of each token of each path, in order. */
function tokenDivergences(
  graph: ModelGraph,
  parts: readonly Part[],
  trees: readonly TokenTree[],
  media: EncodedMedia,
): number[] {
  const { hidden, rows, cuSeqlens } = forcedPass(graph, trees, media);
  const [clean, changed] = sidesOf(cuSeqlens, parts).map((targets) =>
    hidden.indexSelect(0, rows.indexSelect(0, int64(targets, rows.device))),
  );
  return linearKl(clean, changed, graph.headWeight).toArray() as number[];
}

/** The targets of the clean paths and those of the perturbed ones, in one order. */
function sidesOf(cuSeqlens: readonly number[], parts: readonly Part[]): [number[], number[]] {
  const sides: [number[], number[]] = [[], []];
  let sequence = 0;
  for (const { paths } of parts) {
    for (const side of sides) {
      const [first, end] = [cuSeqlens[sequence], cuSeqlens[sequence + paths.length]];
      for (let target = first; target < end; target += 1) side.push(target);
      sequence += paths.length;
    }
  }
  return sides;
}
