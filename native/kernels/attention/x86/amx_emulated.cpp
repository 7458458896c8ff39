// The AMX engine with emulated tiles and plain vectors: runs packing, masks and sums of the tile path on every machine, for
// tests. It comes after the portable engine in the list, so that it runs only where a test names it.
#include "../../tiles/emulated_tiles.h"
#include "../../tiles/tile_product.h"
#include "backward.h"
#include "forward.h"
#include "vector_plain.h"

namespace earsight::attention {
namespace {

bool accepts(const Shape& shape) { return shape.element == Element::kBFloat16; }

template <template <typename, typename, typename> typename Pass, typename Problem>
bool run(const Problem& problem, const Parallel& parallel) {
  return Pass<PairsPlain, TileProduct<EmulatedTiles>, BFloat16>(problem, parallel).run();
}

}  // namespace

extern const Engine kAmxEmulatedEngine{"amx_emulated", Isa::kPortable, accepts, run<ForwardPass>,
                                       run<BackwardPass>, /*roundsRotated=*/true};

}  // namespace earsight::attention
