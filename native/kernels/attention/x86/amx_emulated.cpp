// The AMX engine with emulated tiles and plain vectors: packing, masks and sums of the tile path on every machine, for
// tests. It stands behind the portable engine, so it runs only where it is named.
#include "../../tiles/emulated_tiles.h"
#include "../../tiles/tile_product.h"
#include "backward.h"
#include "forward.h"
#include "vector_plain.h"

namespace earsight::attention {
namespace {

bool accepts(const Shape& shape) { return shape.element == Element::kBFloat16; }

template <template <typename, typename, typename> typename Run, typename Problem>
bool run(const Problem& problem, const Parallel& parallel) {
  return Run<PairsPlain, TileProduct<EmulatedTiles>, BFloat16>(problem, parallel).run();
}

}  // namespace

extern const Engine kAmxEmulatedEngine{"amx_emulated", Isa::kPortable, accepts, run<ForwardRun>,
                                       run<BackwardRun>, /*roundsTurned=*/true};

}  // namespace earsight::attention
