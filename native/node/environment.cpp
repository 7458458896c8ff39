#include "environment.h"

#include <algorithm>

#include "wire.h"

namespace earsight {

Environment::Environment(Napi::Env napiEnv) : env(napiEnv) {
  const auto share = [&](size_t count, double*& data) {
    auto buffer = Napi::ArrayBuffer::New(napiEnv, count * sizeof(double));
    data = static_cast<double*>(buffer.Data());
    return Napi::Persistent(buffer);
  };
  slotsOwner_ = share(kSlots, slots);
  disposalsOwner_ = share(1 + kDisposals, disposals);
}

uint32_t Environment::intern(const std::string& text) {
  const auto [entry, isNew] = stringIds.try_emplace(text, static_cast<uint32_t>(strings.size()));
  if (isNew) strings.push_back(text);
  return entry->second;
}

void Environment::freeDisposals() {
  const double count = std::exchange(disposals[0], 0);
  const double* handles = disposals + 1;
  for (size_t i = 0; i < wholeNumber(count, kDisposals); ++i) tensors.free(handles[i]);
}

void Environment::reportMemoryNow(int64_t change) {
  reportedBytes_ += change;
  constexpr int64_t kChunk = int64_t{512} << 20;  // V8 reacts badly to single huge steps
  while (change != 0) {
    const int64_t step = std::clamp(change, -kChunk, kChunk);
    int64_t total = 0;
    napi_adjust_external_memory(env, step, &total);
    change -= step;
  }
}

void exportFunction(Napi::Object exports, Environment& environment, const char* name, ColdFunction function) {
  Environment* target = &environment;
  exports.Set(name, Napi::Function::New(
                        exports.Env(),
                        [target, function](const Napi::CallbackInfo& info) -> Napi::Value {
                          try {
                            target->freeQueued();
                            Napi::Value result = function(info, *target);
                            target->setSuccess();
                            return result;
                          } catch (...) {
                            target->setStatus(describeCurrentException());
                            return info.Env().Undefined();
                          }
                        },
                        name));
}

void exportHotFunction(Napi::Object exports, Environment& environment, const char* name, napi_callback function) {
  napi_value value = nullptr;
  napi_create_function(exports.Env(), name, NAPI_AUTO_LENGTH, function, &environment, &value);
  exports.Set(name, value);
}

}  // namespace earsight
