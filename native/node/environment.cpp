#include "environment.h"

#include <algorithm>
#include <utility>

#include "wire.h"

namespace earsight {

Environment::Environment(napi_env environment) : env(environment) {
  const auto share = [&](size_t count, double*& data, Napi::Reference<Napi::ArrayBuffer>& owner) {
    napi_value buffer = nullptr;
    napi_ref reference = nullptr;
    void* memory = nullptr;
    registered = registered && napi_create_arraybuffer(env, count * sizeof(double), &memory, &buffer) == napi_ok &&
                 napi_create_reference(env, buffer, 1, &reference) == napi_ok;
    data = static_cast<double*>(memory);
    owner = Napi::Reference<Napi::ArrayBuffer>(env, reference);
  };
  share(kSlotCount, slots, slotsOwner_);
  share(Disposals::kHandles + kDisposalCount, disposals, disposalsOwner_);
}

napi_value Environment::bufferOf(napi_ref owner) const {
  napi_value buffer = nullptr;
  napi_get_reference_value(env, owner, &buffer);
  return buffer;
}

uint32_t Environment::intern(const std::string& text) {
  const auto [entry, isNew] = stringIds.try_emplace(text, static_cast<uint32_t>(strings.size()));
  if (isNew) strings.push_back(text);
  return entry->second;
}

void Environment::freeDisposals() {
  const size_t count = wholeNumber(std::exchange(disposals[Disposals::kCount], 0), kDisposalCount);
  const double* handles = disposals + Disposals::kHandles;
  for (size_t i = 0; i < count; ++i) tensors.free(handles[i]);
}

void Environment::freeAll() {
  disposals[Disposals::kCount] = 0;
  // Moved out first: destructors may use this environment.
  const HandleTable dyingTensors = std::exchange(tensors, HandleTable());
  const auto dyingGenerators = std::exchange(generators_, {});
  reportMemoryNow(-reportedBytes_);
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

int64_t Environment::addGenerator(at::Generator generator) {
  generators_.emplace(++lastGenerator_, std::move(generator));
  return lastGenerator_;
}

const at::Generator& Environment::generator(double id) const {
  // NaN fails the comparisons too.
  const auto found = generators_.find(id >= 1 && id <= static_cast<double>(lastGenerator_) ? static_cast<int64_t>(id) : 0);
  if (found == generators_.end()) throw AddonError(ErrorCode::kBadHandle, "this generator was disposed");
  return found->second;
}

namespace {

// Body of every cold entry point. No exception may leave it. (node-addon-api's own wrapper throws while the thread
// ends.)
napi_value callCold(napi_env env, napi_callback_info raw) {
  void* data = nullptr;
  napi_get_cb_info(env, raw, nullptr, nullptr, nullptr, &data);
  const auto& [environment, function] = *static_cast<ColdEntry*>(data);
  try {
    environment.freeQueued();
    const Napi::CallbackInfo info(env, raw);
    const napi_value result = function(info, environment);
    environment.setSuccess();
    return result;
  } catch (...) {
    environment.setStatus(describeCurrentException());
    return nullptr;
  }
}

}  // namespace

void exportValue(Napi::Object exports, Environment& environment, const char* name, napi_value value) {
  environment.registered =
      environment.registered && napi_set_named_property(environment.env, exports, name, value) == napi_ok;
}

void exportFunction(Napi::Object exports, Environment& environment, const char* name, ColdFunction function) {
  ColdEntry& entry = environment.coldFunctions.emplace_back(environment, function);
  napi_value value = nullptr;
  if (napi_create_function(environment.env, name, NAPI_AUTO_LENGTH, callCold, &entry, &value) != napi_ok) {
    environment.registered = false;
  }
  exportValue(exports, environment, name, value);
}

void exportHotFunction(Napi::Object exports, Environment& environment, const char* name, napi_callback function) {
  napi_value value = nullptr;
  if (napi_create_function(environment.env, name, NAPI_AUTO_LENGTH, function, &environment, &value) != napi_ok) {
    environment.registered = false;
  }
  exportValue(exports, environment, name, value);
}

}  // namespace earsight
