// TRL's `bnpo`: the token mean of DAPO, with the denominator taken from the tokens of this call. (The BNPO paper's
// Beta normalisation of rewards is not part of it.) When numItemsInBatch is given it is the denominator here too, and
// the loss is DAPO's: micro-batches then add up to the whole batch's gradient.

import { dapo } from './dapo.js';
import type { PolicyAlgorithm } from './policy-terms.js';

export const bnpo: PolicyAlgorithm = dapo;
