// TRL's `bnpo`: DAPO with the denominator taken from the tokens of this call alone, so that micro-batches of unlike
// length do not add up to the whole batch's gradient; under accumulation it is the mean of their means. (The Beta
// normalisation of rewards of the BNPO paper, arXiv 2506.02864, is not part of it.)

import { grpo } from './grpo.js';
import type { PolicyAlgorithm } from './policy-terms.js';

export const bnpo: PolicyAlgorithm = { ...grpo, aggregation: 'local-token-mean' };
