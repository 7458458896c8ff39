#include "rms_norm.h"

namespace earsight::rms_norm {

const Engine& engineFor(Isa isa) {
#if defined(EARSIGHT_X86_KERNELS)
  for (const Engine* engine : {&kAvx512Engine, &kAvx2Engine}) {
    if (engine->isa <= isa) return *engine;
  }
#endif
  return kPortableEngine;
}

}  // namespace earsight::rms_norm
