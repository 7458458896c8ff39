// The engine for Portable.
#include "../linear_logprob/vectors_portable.h"
//
#include "passes.h"

namespace earsight::decode {

constexpr Engine kPortableEngine = makeEngine("portable", Isa::kPortable);

}  // namespace earsight::decode
