// Everything that belongs to one JavaScript environment (main thread or worker): its tensors, resolved
// operators, callbacks and the wire buffer. No process-wide JavaScript state exists, so worker threads
// can load the addon, run and exit.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/ivalue.h>
#include <napi.h>

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "errors.h"
#include "handles.h"
#include "operator_entry.h"
#include "spinning.h"

namespace earsight {

struct JsFunction;       // autograd.cpp
struct AutogradRecords;  // autograd.cpp
class BackwardSession;   // js_thread.h

// Callback ids whose owner (hook, autograd node) died; nodes may die on any thread and after the
// environment, hence the shared ownership.
struct DeadCallbacks {
  std::mutex mutex;
  std::vector<double> ids;
};

// A cold function of the exports object, and what it works on.
class Environment;
using ColdFunction = Napi::Value (*)(const Napi::CallbackInfo&, Environment&);
struct ColdEntry {
  Environment& environment;
  ColdFunction function;
};

class Environment {
 public:
  explicit Environment(napi_env env);

  napi_env env;
  const std::thread::id thread = std::this_thread::get_id();

  HandleTable tensors;
  std::deque<OperatorEntry> operators;  // references stay valid while a callback resolves more
  std::deque<std::string> strings;  // interned; ids are indices
  std::unordered_map<std::string, uint32_t> stringIds;
  ErrorRecord lastError;
  std::deque<ColdEntry> coldFunctions;
  // False once registration failed, as it does where a worker is terminated while it loads: every step of it is plain
  // Node-API whose status is kept here, because an exception that leaves it aborts the process.
  bool registered = true;

  // The wire buffer: kSlotCount slots shared with TypeScript. wire.json says what stands where. Whatever has no fixed
  // number of slots is read and written through wire.h, which knows their end.
  double* slots = nullptr;
  std::vector<double> staged;   // elements of the lists that came ahead of a message (wire.h)
  std::vector<double> spilled;  // numbers of the results that the slots have no room for
  // Handles that were disposed since the last call, laid out as `Disposals`. A buffer of its own: no message reaches it.
  double* disposals = nullptr;
  // Null where there is none any more.
  napi_value slotsBuffer() const { return bufferOf(slotsOwner_); }
  napi_value disposalsBuffer() const { return bufferOf(disposalsOwner_); }

  // Stacks are reused; a JavaScript callback inside an operator takes the next one.
  std::vector<std::unique_ptr<std::vector<c10::IValue>>> stacks;
  size_t stackDepth = 0;

  std::shared_ptr<DeadCallbacks> deadCallbacks = std::make_shared<DeadCallbacks>();
  std::shared_ptr<AutogradRecords> autogradRecords;
  JsFunction* runningNode = nullptr;       // the custom backward that JavaScript is in
  BackwardSession* session = nullptr;      // the pass that other threads are running for this one
  std::vector<at::Tensor> callbackResult;  // what the innermost callback handed back
  Napi::FunctionReference trampoline;      // (callbackId, count) => boolean; weak

  uint32_t intern(const std::string& text);

  // Generators that JavaScript can name; an id is never given twice.
  int64_t addGenerator(at::Generator generator);
  const at::Generator& generator(double id) const;
  void freeGenerator(int64_t id) { generators_.erase(id); }

  // Frees what was disposed since the last call: every entry point does so first.
  void freeQueued() {
    if (disposals[Disposals::kCount] != 0) freeDisposals();
  }

  // Frees all that JavaScript could name here; called when nothing is left that could.
  void freeAll();

  // Tells V8 about storage bytes once the change is worth a call.
  void reportMemory() {
    const int64_t change = tensors.cpuBytes() + tensors.cudaBytes() - reportedBytes_;
    if (change >= kReportStep || change <= -kReportStep) reportMemoryNow(change);
  }

  // Status of a call that succeeded. A part of its results may wait in `spilled`.
  void setSuccess() { slots[kStatusSlot] = spilled.empty() ? static_cast<double>(ErrorCode::kOk) : kSpilledStatus; }

  void setStatus(const ErrorRecord& error) {
    lastError = error;
    spilled.clear();
    slots[kStatusSlot] = static_cast<double>(error.code);
  }

 private:
  static constexpr int64_t kReportStep = 16 << 20;
  void reportMemoryNow(int64_t change);
  void freeDisposals();

  int64_t reportedBytes_ = 0;
  napi_value bufferOf(napi_ref owner) const;
  // They keep the memory behind `slots` and `disposals`.
  Napi::Reference<Napi::ArrayBuffer> slotsOwner_, disposalsOwner_;
  std::unordered_map<int64_t, at::Generator> generators_;
  int64_t lastGenerator_ = 0;
};

// Registration of each room's functions on the exports object.
void exportValue(Napi::Object exports, Environment& environment, const char* name, napi_value value);
void exportFunction(Napi::Object exports, Environment& environment, const char* name, ColdFunction function);
void exportHotFunction(Napi::Object exports, Environment& environment, const char* name, napi_callback function);

void exportWire(Napi::Object exports, Environment& environment);
void exportDispatch(Napi::Object exports, Environment& environment);
void exportTensors(Napi::Object exports, Environment& environment);
void exportAutograd(Napi::Object exports, Environment& environment);
void exportRandom(Napi::Object exports, Environment& environment);
void exportThreads(Napi::Object exports, Environment& environment);
void exportFileLock(Napi::Object exports, Environment& environment);
void exportMappedFiles(Napi::Object exports, Environment& environment);

// Body of every hot entry point: finds the environment, runs `work(environment)`, records the status.
template <typename Work>
napi_value guardedHot(napi_env env, napi_callback_info info, Work work) {
  void* data = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  Environment& environment = *static_cast<Environment*>(data);
  noteOperator();
  try {
    environment.freeQueued();
    work(environment);
    environment.setSuccess();
  } catch (...) {
    environment.setStatus(describeCurrentException());
  }
  return nullptr;
}

}  // namespace earsight
