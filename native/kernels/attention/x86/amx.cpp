// The AMX engine for bfloat16: tiles for the products, AVX-512 for the softmax between them.
#include "../../tiles/amx_tiles.h"
#include "../../tiles/tile_product.h"
#include "backward.h"
#include "forward.h"
#include "words_avx512_bf16.h"

namespace earsight::attention {
namespace {

bool accepts(const Shape& shape) { return shape.element == Element::kBFloat16; }

template <template <typename, typename, typename> typename Pass, typename Problem>
bool run(const Problem& problem, const Parallel& parallel) {
  return Pass<PairsAvx512, TileProduct<AmxTiles>, BFloat16>(problem, parallel).run();
}

}  // namespace

extern const Engine kAmxEngine{"amx", Isa::kAmx, accepts, run<ForwardPass>,
                               run<BackwardPass>, /*roundsRotated=*/true};

}  // namespace earsight::attention
