// The pass over a sequence, compiled with the flags of this instruction set (CMakeLists.txt).
#define EARSIGHT_POLICY_TARGET avx512
#include "sequence_pass.h"

namespace earsight::policy {

template <>
SequencePass<float> sequencePassAvx512() { return avx512::sequencePass<float>; }
template <>
SequencePass<double> sequencePassAvx512() { return avx512::sequencePass<double>; }

}  // namespace earsight::policy
