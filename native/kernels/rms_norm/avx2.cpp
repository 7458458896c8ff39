// The pass over rows, compiled with the flags of this instruction set (CMakeLists.txt).
#include "pass.h"

namespace earsight::rms_norm {

extern const Engine kAvx2Engine = engineOf(Isa::kAvx2);

}  // namespace earsight::rms_norm
