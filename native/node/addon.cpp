// Entry point of the addon: one Environment a JavaScript environment, freed with it.
#include <torch/version.h>

#include "environment.h"

namespace earsight {

namespace {

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  auto* environment = new Environment(env);
  env.SetInstanceData(environment);  // deleted when the environment goes
  exports.Set("torchVersion", TORCH_VERSION);
  exportWire(exports, *environment);
  exportDispatch(exports, *environment);
  exportTensors(exports, *environment);
  exportAutograd(exports, *environment);
  exportRandom(exports, *environment);
  exportMappedFiles(exports, *environment);
  exports.Set("slots", environment->slotsBuffer());
  exports.Set("disposals", environment->disposalsBuffer());
  return exports;
}

}  // namespace

NODE_API_MODULE(earsight, initialize)

}  // namespace earsight
