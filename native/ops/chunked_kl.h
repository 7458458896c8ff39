// linear_kl by PyTorch's operators, for every device.
#pragma once

#include "head_inputs.h"

namespace earsight {

// The scores that exist at once: of `pairs` pairs of rows and `tokens` tokens of the vocabulary. A score of p and that of q
// take 24 bytes with what is computed from them: 96 MiB by the defaults, whatever the number of rows and the vocabulary.
struct KlChunk {
  int64_t pairs = 1024, tokens = 4096;
};

// kl[i] of row i of inputs.hidden and of `perturbed`, or of their rows rows[i] where `rows` (int64 [N]) is defined.
// -> float64 [N]
at::Tensor klByChunks(const HeadInputs& inputs, const at::Tensor& perturbed, const at::Tensor& rows,
                      const KlChunk& chunk);

}  // namespace earsight
