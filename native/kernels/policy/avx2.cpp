// The pass over a sequence, compiled with the flags of this instruction set (CMakeLists.txt).
#define EARSIGHT_POLICY_TARGET avx2
#include "sequence_pass.h"

namespace earsight::policy {

template <>
SequencePass<float> sequencePassAvx2() { return avx2::sequencePass<float>; }
template <>
SequencePass<double> sequencePassAvx2() { return avx2::sequencePass<double>; }

}  // namespace earsight::policy
