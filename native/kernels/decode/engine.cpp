#include "engine.h"

#include <array>

namespace earsight::decode {

namespace {
constexpr std::array kEngines{
#if defined(EARSIGHT_X86_KERNELS)
    &kAvx512Engine, &kAvx2Engine,
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

}  // namespace earsight::decode
