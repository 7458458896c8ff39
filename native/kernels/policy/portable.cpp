// The pass over a sequence, compiled with the flags of this instruction set (CMakeLists.txt).
#define EARSIGHT_POLICY_TARGET portable
#include "engine.h"
#include "sequence_pass.h"

namespace earsight::policy {

extern const Engine kPortableEngine{"portable", Isa::kPortable, portable::sequencePass<float>, portable::sequencePass<double>};

}  // namespace earsight::policy
