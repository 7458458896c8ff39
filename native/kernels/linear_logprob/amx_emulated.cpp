// The AMX engine with emulated tiles and portable vectors: runs its packing and sums on every machine, for tests. It comes
// after the portable engine in the list, so that it runs only where a test names it.
#include "../tiles/emulated_tiles.h"
#include "passes.h"
#include "vectors_portable.h"

namespace earsight::linear_logprob {

namespace {
struct EmulatedPairs : Portable<float> {
  using Tiles = EmulatedTiles;
  using Item = uint32_t;
  using Part = BFloat16;
  static constexpr int kDepth = 2, kVecs = 16;

  static Item join(const Part* parts) {
    return static_cast<Item>(parts[0].bits) | static_cast<Item>(parts[1].bits) << 16;
  }
  static Item join(float low, float high) {
    const Part parts[] = {Part(low), Part(high)};
    return join(parts);
  }
  static void storeDown(Item* p, const Vec* x) {
    for (int i = 0; i < kLanes; ++i) p[i] = join(x[0][i], x[1][i]);
  }
  static void storeAlong(Item* p, Vec x) {
    for (int i = 0; i < kLanes; i += 2) p[i / 2] = join(x[i], x[i + 1]);
  }
};

struct Choose {
  static bool accepts(Element element) { return element == Element::kBFloat16; }
  static void passes(Element, const auto& run) { run(std::type_identity<Passes<EmulatedPairs, BFloat16>>{}); }
};
}  // namespace

constexpr Engine kAmxEmulatedEngine = makeEngine<Choose>("amx_emulated", Isa::kPortable);

}  // namespace earsight::linear_logprob
