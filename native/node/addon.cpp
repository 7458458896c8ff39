// Entry point of the addon: one Environment a JavaScript environment, freed with it.
#include <torch/version.h>

#include <memory>

#include "environment.h"

namespace earsight {

namespace {

void deleteEnvironment(napi_env, void* environment, void*) { delete static_cast<Environment*>(environment); }

void registerAll(napi_env env, napi_value rawExports) {
  auto owner = std::make_unique<Environment>(env);
  Environment& environment = *owner;
  if (!environment.registered || napi_set_instance_data(env, owner.get(), deleteEnvironment, nullptr) != napi_ok) return;
  owner.release();  // Node deletes it when the environment goes.
  const Napi::Object exports(env, rawExports);
  napi_value version = nullptr;
  if (napi_create_string_utf8(env, TORCH_VERSION, NAPI_AUTO_LENGTH, &version) != napi_ok) return;
  exportValue(exports, environment, "torchVersion", version);
  exportWire(exports, environment);
  exportDispatch(exports, environment);
  exportTensors(exports, environment);
  exportAutograd(exports, environment);
  exportRandom(exports, environment);
  exportThreads(exports, environment);
  exportMappedFiles(exports, environment);
  exportFileLock(exports, environment);
  exportValue(exports, environment, "disposals", environment.disposalsBuffer());
  // The last one: without it, lib/runtime/load.ts refuses the addon.
  if (environment.registered) exportValue(exports, environment, "slots", environment.slotsBuffer());
}

}  // namespace

}  // namespace earsight

// Nothing is thrown across this boundary, neither in C++ nor in JavaScript.
NAPI_MODULE_INIT() {
  try {
    earsight::registerAll(env, exports);
  } catch (...) {
  }
  return exports;
}
