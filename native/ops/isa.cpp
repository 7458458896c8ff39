// earsight::isa: the instruction set that the kernels use in this process, for `earsight env` and for tests.
#include "../kernels/isa.h"

#include <torch/library.h>

namespace earsight {

TORCH_LIBRARY_FRAGMENT(earsight, m) {
  m.def("isa() -> str", [] { return std::string(isaName(chosenIsa())); });
}

}  // namespace earsight
