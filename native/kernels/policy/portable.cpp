// The pass over a sequence, compiled with the flags of this instruction set (CMakeLists.txt).
#define EARSIGHT_POLICY_TARGET portable
#include "sequence_pass.h"

namespace earsight::policy {

template <>
SequencePass<float> sequencePassPortable() { return portable::sequencePass<float>; }
template <>
SequencePass<double> sequencePassPortable() { return portable::sequencePass<double>; }

}  // namespace earsight::policy
