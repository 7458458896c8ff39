// The engine for Avx2.
#include "../linear_logprob/vectors_avx2.h"
//
#include "passes.h"

namespace earsight::decode {

constexpr Engine kAvx2Engine = makeEngine("avx2", Isa::kAvx2);

}  // namespace earsight::decode
