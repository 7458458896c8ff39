// The AMX engine for bfloat16: tiles for the products, AVX-512 for the softmax between them.
#include "../../tiles/amx_tiles.h"
#include "../../tiles/tile_product.h"
#include "make_engine.h"
#include "words_avx512_bf16.h"

namespace earsight::attention {

constexpr Engine kAmxEngine = makeEngine<PairsAvx512, TileProduct<AmxTiles>, BFloat16>("amx", Isa::kAmx);

}  // namespace earsight::attention
