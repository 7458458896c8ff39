// An engine: the passes over the decoder and its head for the vectors of vectors.h. Included by one translation unit for each
// instruction set.
#pragma once

#include <type_traits>

#include "choose.h"
#include "decoder.h"

namespace {

// body.template operator()<W>(tiles) with the rows as the matrix takes them.
void withTiles(const PackedMatrix& weight, const float* x, int64_t rows, const Parallel& parallel, const auto& body) {
  withWeights(weight.storage, [&]<typename W>() {
    const auto items = uninitialised<typename W::Item>(InputTiles<W>::size(rows, weight.inputs));
    const InputTiles<W> tiles{items.get(), rows, weight.inputs};
    forRows(rows, kRowGrain, parallel,
            [&](int64_t row, int) { tiles.put(row, 0, x + row * weight.inputs, weight.inputs); });
    body(tiles);
  });
}

void product(const PackedMatrix& weight, const float* x, int64_t rows, const float* bias, float* y,
             const Parallel& parallel) {
  withTiles(weight, x, rows, parallel, [&](const auto& tiles) {
    forPanels(weight, 1, parallel, [&](const PanelRange& range) {
      productPanels(weight, tiles, range, [&](int64_t row, int64_t panel, const float* sums) {
        storePanel(sums, panel, weight.outputs, bias, y + row * weight.outputs);
      });
    });
  });
}

void gatedProduct(const PackedMatrix& gateUp, const float* x, int64_t rows, int64_t outputs, float* y,
                  const Parallel& parallel) {
  withTiles(gateUp, x, rows, parallel, [&](const auto& tiles) {
    gatedPanels(gateUp, tiles, parallel, [&](int64_t row, int64_t first, const float* values) {
      std::copy_n(values, std::min(kPanel, outputs - first), y + row * outputs + first);
    });
  });
}

void attend(const Attention& attention, float* out, const Parallel& parallel) {
  const int64_t headDim = attention.cache.headDim, width = attention.cache.valuePanels() * kPanel;
  const auto floats = uninitialised<float>(attention.plan.slots.back() * Partials::floats(attention.heads, width));
  const Partials partials{attention.heads, width, floats.get()};
  std::vector<AttentionBuffers> buffers(std::max(1, parallel.workers));
  for (AttentionBuffers& own : buffers) own.fit(headDim, width);
  attendRows(attention, partials, parallel, buffers, [&](int64_t row, int64_t head, const float* values) {
    std::copy_n(values, headDim, out + (row * attention.heads + head) * headDim);
  });
}

void forward(const Pass& pass, const Parallel& parallel) {
  withWeights(pass.weights.layers.front().qkv.storage, [&]<typename W>() { DecoderPass<W>(pass, parallel).run(); });
}

void choose(const PackedMatrix& head, const float* hidden, std::span<const ChoiceRow> rows, Choice* out,
            const Parallel& parallel) {
  withTiles(head, hidden, static_cast<int64_t>(rows.size()), parallel,
            [&](const auto& tiles) { Choosing(head, tiles, hidden, rows, parallel).run(out); });
}

constexpr Engine makeEngine(const char* name, earsight::Isa isa) {
  return {name, isa, std::is_same_v<Bf16Products::Item, uint32_t>, forward, choose, product, gatedProduct, attend};
}

}  // namespace
