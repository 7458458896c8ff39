// The pass over rows, compiled with the flags of this instruction set (CMakeLists.txt).
#include "pass.h"

namespace earsight::rms_norm {

extern const Engine kPortableEngine = engineOf(Isa::kPortable);

}  // namespace earsight::rms_norm
