// The AVX2 engine: float by FMA, bfloat16 widened to float.
#include "make_engine.h"
#include "register_tiles.h"
#include "vector_avx2.h"

namespace earsight::attention {

constexpr Engine kAvx2Engine = makeEngine<FloatsAvx2, RegisterTiles<FloatsAvx2>, float, BFloat16>("avx2", Isa::kAvx2);

}  // namespace earsight::attention
