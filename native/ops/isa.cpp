// earsight::isa and earsight::isas: the kernels' instruction sets, for `earsight env`, tests and benchmarks.
#include "../kernels/isa.h"

#include <torch/library.h>

namespace earsight {

namespace {

// Those that this machine offers, the lowest first.
std::vector<std::string> offeredIsas() {
  std::vector<std::string> names;
  for (const Isa isa : kIsas) {
    if (offers(machineFeatures(), isa)) names.emplace_back(isaName(isa));
  }
  return names;
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(earsight, m) {
  // The one in use.
  m.def("isa() -> str", [] { return std::string(isaName(chosenIsa())); });
  m.def("isas() -> str[]", offeredIsas);
}

}  // namespace earsight
