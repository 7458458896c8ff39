/** How likely a model finds whole paths. */
import { completionTree, inPasses, type Prompt, rootTokens } from '../batch/index.js';
import { linearLogprob } from '../kernels/index.js';
import type { ModelGraph } from '../models/index.js';
import type { EncodedMedia } from '../rollout/index.js';
import { noGrad, scope } from '../tensor/index.js';
import { forcedPass, passTokens } from './forced-pass.js';

/** Some completions of one prompt. */
interface PromptCompletions {
  prompt: Prompt;
  completions: readonly (readonly number[])[];
}

/** The sum of the log-probabilities of each completion's tokens, teacher-forced. */
export function completionLogprobs(
  graph: ModelGraph,
  asked: readonly PromptCompletions[],
  media: EncodedMedia,
): number[][] {
  const tokensOf = ({ prompt: { root, question }, completions }: PromptCompletions): number =>
    rootTokens(root) + question.length + completions.flat().length;
  return inPasses(asked, tokensOf, passTokens(graph)).flatMap((pass) => {
    const trees = pass.map(({ prompt, completions }) => completionTree(prompt, completions));
    media.encode(trees);
    return scope(() =>
      noGrad(() => {
        const { hidden, rows, targets, cuSeqlens } = forcedPass(graph, trees, media);
        const { logp } = linearLogprob(hidden, graph.headWeight, targets, { rows });
        const values = logp.toArray() as number[];
        let sequence = 0;
        return pass.map(({ completions }) =>
          completions.map(() => {
            const own = values.slice(cuSeqlens[sequence], cuSeqlens[sequence + 1]);
            sequence += 1;
            return own.reduce((sum, value) => sum + value, 0);
          }),
        );
      }),
    );
  });
}
