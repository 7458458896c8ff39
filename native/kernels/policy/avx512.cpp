// The pass over a sequence, compiled with the flags of this instruction set (CMakeLists.txt).
#define EARSIGHT_POLICY_TARGET avx512
#include "engine.h"
#include "sequence_pass.h"

namespace earsight::policy {

extern const Engine kAvx512Engine{"avx512", Isa::kAvx512, avx512::sequencePass<float>, avx512::sequencePass<double>};

}  // namespace earsight::policy
