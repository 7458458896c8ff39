#include "chunked_kl.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <algorithm>

#include "float_product.h"

namespace earsight {

namespace {

// float64 [pairs, count]: the scores of `count` tokens. As on the CPU, a sum of products is rounded to the working dtype, and
// a token that both distributions rule out (a score of -inf) is 0 times a finite difference.
at::Tensor scoresOf(const HeadInputs& inputs, const at::Tensor& states, int64_t first, int64_t count) {
  at::Tensor scores = productIn(inputs.working(), states, inputs.weight.narrow(0, first, count).t()).to(at::kDouble);
  if (inputs.bias.defined()) scores.add_(inputs.bias.narrow(0, first, count));
  return scores.div_(inputs.temperature).clamp_min_(-1e300);
}

// KL = sum p (a - b) - (lse a - lse b), the sums over chunks of the vocabulary. A chunk's sum is a mean under its own softmax,
// and e^lse is its weight among the others: equal rows of scores go through equal operations and give exactly 0.
at::Tensor klOfPairs(const HeadInputs& inputs, const at::Tensor& hidden, const at::Tensor& perturbed, int64_t tokens) {
  const int64_t vocabulary = inputs.weight.size(0);
  // [chunks, pairs], allocated before all scores: small tensors that live on between them would fragment the heap.
  const at::Tensor found = at::empty({3, (vocabulary + tokens - 1) / tokens, hidden.size(0)},
                                     hidden.options().dtype(at::kDouble));
  const at::Tensor lseA = found[0], lseB = found[1], mean = found[2];
  for (int64_t chunk = 0; chunk < lseA.size(0); ++chunk) {
    const int64_t first = chunk * tokens, count = std::min(tokens, vocabulary - first);
    const at::Tensor a = scoresOf(inputs, hidden, first, count), b = scoresOf(inputs, perturbed, first, count);
    lseA[chunk].copy_(a.logsumexp(-1));
    lseB[chunk].copy_(b.logsumexp(-1));
    mean[chunk].copy_(a.softmax(-1).mul_(a.sub_(b)).sum(-1));
  }
  const at::Tensor moment = (lseA.softmax(0) * mean).sum(0);
  return (moment - (lseA.logsumexp(0) - lseB.logsumexp(0))).clamp_min_(0);
}

}  // namespace

at::Tensor klByChunks(const HeadInputs& inputs, const at::Tensor& perturbed, const at::Tensor& rows,
                      const KlChunk& chunk) {
  const at::Tensor places = rows.defined() ? rows.to(inputs.hidden.device()) : rows;
  const int64_t all = rows.defined() ? rows.size(0) : inputs.hidden.size(0);
  const at::Tensor kl = at::empty({all}, inputs.hidden.options().dtype(at::kDouble));
  if (kl.is_meta()) return kl;
  for (int64_t first = 0; first < all; first += chunk.pairs) {
    const int64_t count = std::min(chunk.pairs, all - first);
    const auto chosen = [&](const at::Tensor& x) {
      return places.defined() ? x.index_select(0, places.narrow(0, first, count)) : x.narrow(0, first, count);
    };
    kl.narrow(0, first, count)
        .copy_(klOfPairs(inputs, chosen(inputs.hidden), chosen(perturbed), chunk.tokens));
  }
  return kl;
}

}  // namespace earsight
