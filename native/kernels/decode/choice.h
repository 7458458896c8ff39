// The output head and the choice of tokens in one: logits are never in memory. A first pass over the vocabulary keeps of
// each row and block of 128 tokens its largest logit and sums; the blocks that the choice needs are then computed again, to
// the same bits.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "packed_matrix.h"

namespace earsight::decode {

// How a row's token is chosen. Logits are divided by the temperature first.
struct Sampling {
  float temperature = 1;  // 0: the likeliest token, the first of several
  int64_t topK = 0;       // 0: all
  float topP = 1;
  float minP = 0;
  float repetitionPenalty = 1;
};

struct ChoiceRow {
  Sampling sampling;
  double uniform;        // in [0, 1): the draw is by inverse CDF over the tokens in order
  const uint32_t* seen;  // bit i of word w: token 32 w + i is penalised; null: none
  int64_t given = -1;    // not -1: this token is taken
};

struct Choice {
  int64_t token;
  float logprob;  // at the temperature, before penalty, topK, topP and minP
  float entropy;  // of the same distribution
  bool isBad;     // NaN or infinity among the logits: the rest is undefined
};

}  // namespace earsight::decode
