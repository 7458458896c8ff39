// The AMX engine with emulated tiles and plain vectors: runs packing, masks and sums of the tile path on every machine, for
// tests. It comes after the portable engine in the list, so that it runs only where a test names it.
#include "../../tiles/emulated_tiles.h"
#include "../../tiles/tile_product.h"
#include "make_engine.h"
#include "vector_plain.h"

namespace earsight::attention {

constexpr Engine kAmxEmulatedEngine =
    makeEngine<PairsPlain, TileProduct<EmulatedTiles>, BFloat16>("amx_emulated", Isa::kPortable);

}  // namespace earsight::attention
