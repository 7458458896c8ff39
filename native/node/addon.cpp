// Entry point of the addon. Each JavaScript environment has one Environment, which is freed with it.
#include <torch/version.h>

#include <memory>

#include "environment.h"

namespace earsight {

namespace {

using Owner = std::shared_ptr<Environment>;
using Observer = std::weak_ptr<Environment>;

void deleteEnvironment(napi_env, void* owner, void*) { delete static_cast<Owner*>(owner); }

// Runs when JavaScript can no longer name any tensor of the environment. A test runner drops modules, and with them
// the registry that reports collected tensors.
void freeUnreachable(napi_env, void* data, void*) {
  const std::unique_ptr<Observer> observer(static_cast<Observer*>(data));
  if (const Owner environment = observer->lock()) environment->freeAll();
}

void registerAll(napi_env env, napi_value rawExports) {
  auto owner = std::make_unique<Owner>(std::make_shared<Environment>(env));
  Environment& environment = **owner;
  if (!environment.registered || napi_set_instance_data(env, owner.get(), deleteEnvironment, nullptr) != napi_ok) return;
  // Node deletes it when the environment goes.
  auto observer = std::make_unique<Observer>(*owner.release());
  if (napi_add_finalizer(env, rawExports, observer.get(), freeUnreachable, nullptr, nullptr) != napi_ok) return;
  observer.release();
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
  exportDecodeLoop(exports, environment);
  exportValue(exports, environment, "disposals", environment.disposalsBuffer());
  // Exported last: lib/runtime/load.ts refuses an addon without it.
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
