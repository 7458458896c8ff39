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

void gatedProduct(const PackedMatrix& gateUp, const float* x, int64_t rows, int64_t outputs, float* y,
                  const Parallel& parallel) {
  const int64_t padded = gateUp.panels() / 2 * kPanel;
  std::vector<float> tiles(rows * gateUp.inputs), panels(rows * padded);
  packRows(x, gateUp.inputs, rows, gateUp.inputs, tiles.data());
  gatedPanels(gateUp, tiles.data(), rows, panels.data(), padded, parallel);
  for (int64_t row = 0; row < rows; ++row) std::copy_n(&panels[row * padded], outputs, y + row * outputs);
}

void attend(const earsight::decode::Attention& attention, const Parallel& parallel) {
  const int64_t width = attention.cache.valuePanels() * kPanel;
  std::vector<float> partials(attention.plan.slots.back() * Partials::floats(attention.heads, width));
  std::vector<AttentionBuffers> buffers(std::max(1, parallel.workers));
  for (AttentionBuffers& own : buffers) own.fit(attention.cache.headDim, width);
  attendRows({attention.cache, attention.heads, attention.layer, attention.window, attention.rows, attention.q,
              {attention.heads, width, partials.data()}},
             attention.plan, parallel, buffers, attention.out);
}

constexpr Engine makeEngine(const char* name, earsight::Isa isa) {
  return {name, isa, [](const Pass& pass, const Parallel& parallel) { DecoderPass(pass, parallel).run(); },
          [](const PackedMatrix& head, const float* hidden, std::span<const ChoiceRow> rows, Choice* out,
             const Parallel& parallel) { Choosing(head, hidden, rows, parallel).run(out); },
          product,
          gatedProduct,
          attend};
}

}  // namespace
