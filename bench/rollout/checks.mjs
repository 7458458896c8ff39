// Whether both sides compute the same: in float32 their greedy ids, in bfloat16 how far log-probabilities are from float32.

import { promptsOf } from '../prompts.mjs';
import { errorCheck, idsCheck } from './comparisons.cjs';
import { models } from './models.cjs';

/** Sequences and tokens that are compared. */
const most = { sequences: 8, tokens: 32 };
/**
 * @param own, peer programs by dtype
 * @param reference a program of transformers in float32; null: there is none
 */
export async function checksOf(row, { own, peer, reference }) {
  const { prompts: count, numGenerations } = row.cases.findLast(
    (it) => it.prompts * it.numGenerations <= most.sequences,
  );
  const prompts = promptsOf(count, row.promptTokens, models[row.model].vocab_size);
  const newTokens = Math.min(row.newTokens, most.tokens);
  // Of a prompt's completions, which are equal, one is compared.
  const ask = async (program) => {
    const all = await program.ask({ job: 'generate', prompts, numGenerations, newTokens });
    const firsts = (list) => prompts.map((_, i) => list[i * numGenerations]);
    return { ids: firsts(all.ids), logprobs: firsts(all.logprobs) };
  };
  const checks = [];
  if (own.float32 && peer.float32) {
    const { ids } = await ask(own.float32);
    const job = { job: 'generate', prompts, numGenerations: 1, newTokens, halt: 0 };
    checks.push(idsCheck(ids, (await peer.float32.ask(job)).ids));
  }
  if (reference !== null && own.bfloat16 && peer.bfloat16) {
    const { ids, logprobs } = await ask(own.bfloat16);
    const job = { job: 'score', prompts, completions: ids };
    checks.push(errorCheck(logprobs, await peer.bfloat16.ask(job), await reference.ask(job)));
  }
  return checks;
}
