// What the loop is asked and what it answers. Ids are the caller's.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "../kernels/decode/choice.h"

namespace earsight::sampler {

// Tokens of a prompt, which follow those of the node above.
struct NodeSpec {
  int64_t id, parent;             // parent: -1 for a root
  std::vector<int32_t> ids;       // [tokens], 0 at tokens of media
  std::vector<float> positions;   // [3][tokens]: time, height, width
  std::vector<uint8_t> modality;  // [tokens], 0 is text
  uint64_t gate = ~uint64_t{0};   // byte m: modalities that a token of modality m sees
  // Writes what stands at a token of media, [hidden].
  std::function<void(int64_t token, float* to)> media;
  // Above 0: requests may ask for the log-probabilities of its tokens at this temperature.
  float scoreTemperature = 0;
};

// One completion.
struct RequestSpec {
  int64_t id, node;
  float next;    // position of its first token
  uint32_t key;  // of its random numbers, see counter_rng.h
  decode::Sampling sampling;
  int64_t maxNewTokens;
  std::vector<int64_t> stopIds;  // one of them ends it
  std::vector<uint32_t> seen;    // tokens of the prompt, a bit each; empty where there is no penalty
  bool wantsScores = false;      // of its prompt
};

enum class Event { kToken, kStop, kLength, kAbort, kFailed, kScores, kPacked };

// kToken: it goes on after this token. kStop, kLength: this is its last token. In the others there is no token.
struct Answer {
  int64_t request;
  Event event;
  int64_t token = -1;
  float logprob = 0, entropy = 0;
  std::string problem = {};        // of kFailed
  std::vector<float> scores = {};  // of kScores: log-probabilities of the prompt's tokens, NaN where there is none
};

}  // namespace earsight::sampler
