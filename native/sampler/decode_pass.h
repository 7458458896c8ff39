// What a pass of the loop is made of.
#pragma once

#include <cmath>
#include <utility>

#include "decode_loop.h"

namespace earsight::sampler {

struct DecodeLoop::Request {
  RequestSpec spec;
  PromptPointer node;
  decode::KvNode kv;
  PageBudget::Promise promise;
  int64_t token = -1;  // the last one, which no pass has read
  int64_t tokens = 0;
  bool isOver = false;
};

// One pass: a row a token, and what its hidden state is for.
struct DecodeLoop::Rows {
  // A token of a prompt. row: of the token before; -1: that is the last one of the node above
  struct Scored {
    PromptPointer node;
    int64_t token, row;
  };

  const Model& model;
  std::vector<decode::Row> rows;
  std::vector<float> cos, sin, hidden;
  std::vector<std::pair<Request*, int64_t>> growing;    // and their rows
  std::vector<std::pair<PromptPointer, int64_t>> done;  // prompts, and the rows of their last tokens
  std::vector<Scored> scored;

  // -> where the token's embedding goes. Its place in the node is taken already.
  float* add(const decode::KvNode& node, const std::array<float, 3>& position) {
    rows.push_back({&node, node.length() - 1});
    const int64_t half = model.weights.shape.headDim / 2;
    for (int64_t d = 0; d < half; ++d) {
      const float angle = position[model.axes[d]] * model.inverseFrequencies[d];
      cos.push_back(std::cos(angle) * model.rotaryScale);
      sin.push_back(std::sin(angle) * model.rotaryScale);
    }
    const int64_t width = model.weights.shape.hidden;
    hidden.resize(hidden.size() + width);
    return hidden.data() + hidden.size() - width;
  }
  int64_t count() const { return static_cast<int64_t>(rows.size()); }
  const float* state(int64_t row) const { return hidden.data() + row * model.weights.shape.hidden; }
};

}  // namespace earsight::sampler
