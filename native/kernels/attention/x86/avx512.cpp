// The AVX-512 engine without bf16 products: float by FMA, bfloat16 widened to float.
#include "make_engine.h"
#include "register_tiles.h"
#include "words_avx512.h"

namespace earsight::attention {

constexpr Engine kAvx512Engine =
    makeEngine<FloatsAvx512, RegisterTiles<FloatsAvx512>, float, BFloat16>("avx512", Isa::kAvx512);

}  // namespace earsight::attention
