// The engine for Avx512.
#include "../linear_logprob/vectors_avx512.h"
//
#include "passes.h"

namespace earsight::decode {

constexpr Engine kAvx512Engine = makeEngine("avx512", Isa::kAvx512);

}  // namespace earsight::decode
