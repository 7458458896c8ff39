// The pass over a sequence, compiled with the flags of this instruction set (CMakeLists.txt).
#define EARSIGHT_POLICY_TARGET avx2
#include "engine.h"
#include "sequence_pass.h"

namespace earsight::policy {

extern const Engine kAvx2Engine{"avx2", Isa::kAvx2, avx2::sequencePass<float>, avx2::sequencePass<double>};

}  // namespace earsight::policy
