// The AMX engine for bfloat16: tiles for the products, AVX-512 between them.
#include "../tiles/amx_tiles.h"
#include "passes.h"
#include "vectors_avx512.h"

namespace earsight::linear_logprob {

namespace {
struct AmxPairs : Avx512Pairs {
  using Tiles = AmxTiles;
};

struct Choose {
  static bool accepts(Element element) { return element == Element::kBFloat16; }
  static void passes(Element, const auto& run) { run(std::type_identity<Passes<AmxPairs, BFloat16>>{}); }
};
}  // namespace

constexpr Engine kAmxEngine = makeEngine<Choose>("amx", Isa::kAmx);

}  // namespace earsight::linear_logprob
