// The AVX-512 engine for bfloat16 by vdpbf16ps, on processors that have it.
#include "make_engine.h"
#include "register_tiles.h"
#include "words_avx512_bf16.h"

namespace earsight::attention {

constexpr Engine kAvx512Bf16Engine =
    makeEngine<PairsAvx512, RegisterTiles<PairsAvx512>, BFloat16>("avx512_bf16", Isa::kAvx512Bf16);

}  // namespace earsight::attention
