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

struct JsFunction;       // js_function.h
struct AutogradRecords;  // js_function.h
class BackwardSession;   // js_thread.h

// Callback ids whose owner (a hook or an autograd node) was destroyed. Nodes may be destroyed on any thread, and
// after the environment; so ownership is shared.
struct DeadCallbacks {
  std::mutex mutex;
  std::vector<double> ids;
};

struct LoopHandle;  // decode_loop.cpp

// A cold function of the exports object, and its environment.
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
  // False once registration failed, for example because the worker was terminated while it loaded. Registration uses
  // plain Node-API and records its failures here: an exception that leaves it would abort the process.
  bool registered = true;

  // The wire buffer: kSlotCount slots shared with TypeScript. wire.json describes its contents. Lists are read and
  // written through wire.h, which checks the end of the slots.
  double* slots = nullptr;
  std::vector<double> staged;   // list elements that were sent before their message (wire.h)
  std::vector<double> spilled;  // numbers of the results that the slots have no room for
  // Handles that were disposed since the last call, laid out as `Disposals`. A buffer of its own: no message reaches it.
  double* disposals = nullptr;
  // Null once the buffer is gone.
  napi_value slotsBuffer() const { return bufferOf(slotsOwner_); }
  napi_value disposalsBuffer() const { return bufferOf(disposalsOwner_); }

  // Stacks are reused; a JavaScript callback inside an operator takes the next one.
  std::vector<std::unique_ptr<std::vector<c10::IValue>>> stacks;
  size_t stackDepth = 0;

  std::shared_ptr<DeadCallbacks> deadCallbacks = std::make_shared<DeadCallbacks>();
  std::shared_ptr<AutogradRecords> autogradRecords;
  JsFunction* runningNode = nullptr;       // the custom function whose backward runs in JavaScript now
  BackwardSession* session = nullptr;      // the backward pass that other threads run for this one
  std::vector<at::Tensor> callbackResult;  // what the innermost callback returned
  std::vector<std::weak_ptr<LoopHandle>> loops;  // that sample
  Napi::FunctionReference trampoline;      // (callbackId) => boolean; weak

  uint32_t intern(const std::string& text);

  // Generators that JavaScript can name. An id is never reused.
  int64_t addGenerator(at::Generator generator);
  const at::Generator& generator(double id) const;
  void freeGenerator(int64_t id) { generators_.erase(id); }

  // Frees what was disposed since the last call. Every entry point calls this first.
  void freeQueued() {
    if (disposals[Disposals::kCount] != 0) freeDisposals();
  }

  // Frees everything. Called when JavaScript can no longer name anything of this environment.
  void freeAll();

  // Reports storage bytes to V8 once they changed enough to be worth a call.
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
  // The buffers behind `slots` and `disposals`.
  Napi::Reference<Napi::ArrayBuffer> slotsOwner_, disposalsOwner_;
  std::unordered_map<int64_t, at::Generator> generators_;
  int64_t lastGenerator_ = 0;
};

// Registration of functions on the exports object, by source file.
void exportValue(Napi::Object exports, Environment& environment, const char* name, napi_value value);
void exportFunction(Napi::Object exports, Environment& environment, const char* name, ColdFunction function);
void exportHotFunction(Napi::Object exports, Environment& environment, const char* name, napi_callback function);

void exportWire(Napi::Object exports, Environment& environment);
void exportDispatch(Napi::Object exports, Environment& environment);
void exportTensors(Napi::Object exports, Environment& environment);
void exportAutograd(Napi::Object exports, Environment& environment);
void exportRandom(Napi::Object exports, Environment& environment);
void exportThreads(Napi::Object exports, Environment& environment);
// Bytes that sampling holds besides tensors.
struct SamplingMemory {
  int64_t packed = 0, cache = 0;
};
SamplingMemory samplingMemory(Environment& environment);

void exportDecodeLoop(Napi::Object exports, Environment& environment);
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
