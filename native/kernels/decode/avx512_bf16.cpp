// The engine for AVX-512 with products of bfloat16 pairs.
#include "../linear_logprob/vectors_avx512.h"
//
#include "passes.h"

namespace earsight::decode {

constexpr Engine kAvx512Bf16Engine = makeEngine("avx512_bf16", Isa::kAvx512Bf16);

}  // namespace earsight::decode
