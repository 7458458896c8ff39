// earsight::check_settings: checks the environment variables before they are used.
#include "settings.h"

#include <torch/library.h>

#include <cstdlib>
#include <string>

#include "../kernels/isa.h"
#include "results.h"

namespace earsight {

std::string_view setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

bool denseAttentionWanted() {
  static const bool dense = [] {
    const std::string_view wanted = setting("EARSIGHT_AV_ATTENTION");
    TORCH_CHECK_VALUE(wanted.empty() || wanted == "kernels" || wanted == "dense",
                      "EARSIGHT_AV_ATTENTION: expected kernels or dense, got '", wanted, "'");
    return wanted == "dense";
  }();
  return dense;
}

TORCH_LIBRARY_FRAGMENT(earsight, m) {
  m.def("check_settings() -> ()", [] {
    try {
      chosenIsa();
    } catch (const std::runtime_error& error) {
      TORCH_CHECK_VALUE(false, error.what());
    }
    denseAttentionWanted();
    checkResultCacheSetting();
  });
}

}  // namespace earsight
