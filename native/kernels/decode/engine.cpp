#include "engine.h"

#include <array>

namespace earsight::decode {

namespace {
constexpr std::array kEngines{
#if defined(EARSIGHT_X86_KERNELS)
    &kAvx512Bf16Engine, &kAvx512Engine, &kAvx2Engine,
#endif
    &kPortableEngine,
};
}  // namespace

std::span<const Engine* const> engines() { return kEngines; }

const Engine& engineFor(Isa isa) {
  for (const Engine* engine : kEngines) {
    if (engine->isa <= isa) return *engine;
  }
  return kPortableEngine;
}

const Engine& exactEngineFor(Isa isa) {
  const Engine& best = engineFor(isa);
  return best.roundsInputs ? engineFor(Isa::kAvx512) : best;
}

}  // namespace earsight::decode
