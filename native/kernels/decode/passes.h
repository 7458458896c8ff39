// An engine: the passes over the decoder and its head for the vectors of vectors.h. Included by one translation unit for each
// instruction set.
#pragma once

#include "choose.h"
#include "decoder.h"

namespace {

void product(const PackedMatrix& weight, const float* x, int64_t rows, const float* bias, float* y,
             const Parallel& parallel) {
  std::vector<float> tiles(rows * weight.inputs);
  packRows(x, weight.inputs, rows, weight.inputs, tiles.data());
  forPanels(weight, parallel, [&](int64_t first, int64_t last) {
    productPanels(weight, tiles.data(), rows, first, last, [&](int64_t row, int64_t panel, const float* sums) {
      storePanel(sums, panel, weight.outputs, bias, y + row * weight.outputs);
    });
  });
}

constexpr Engine makeEngine(const char* name, earsight::Isa isa) {
  return {name, isa, [](const Pass& pass, const Parallel& parallel) { DecoderPass(pass, parallel).run(); },
          [](const PackedMatrix& head, const float* hidden, std::span<const ChoiceRow> rows, Choice* out,
             const Parallel& parallel) { Choosing(head, hidden, rows, parallel).run(out); },
          product};
}

}  // namespace
