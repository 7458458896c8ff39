// The number of threads that operators use, and how these wait for each other.
#include <ATen/Parallel.h>

#include "environment.h"

namespace earsight {

namespace {

// setNumThreads(count): the range is checked in TypeScript. Here the threads are started once on trial: libgomp would
// end the process if it could not start them.
Napi::Value setNumThreads(const Napi::CallbackInfo& info, Environment&) {
  const int count = info[0].As<Napi::Number>().Int32Value();
  if (count > at::get_num_threads() && !canStartThreads(count - 1)) {
    throw AddonError(ErrorCode::kRuntime, "the system does not let this process start " + std::to_string(count) + " threads");
  }
  at::set_num_threads(count);
  return info.Env().Undefined();
}

Napi::Value getNumThreads(const Napi::CallbackInfo& info, Environment&) {
  return Napi::Number::New(info.Env(), at::get_num_threads());
}

Napi::Value start(const Napi::CallbackInfo& info, Environment&) {
  const char* reason = startSpinning(info[0].As<Napi::Boolean>());
  if (reason == nullptr) return info.Env().Null();
  return Napi::String::New(info.Env(), reason);
}

Napi::Value sleeps(const Napi::CallbackInfo& info, Environment&) {
  return Napi::Boolean::New(info.Env(), waitingSleeps());
}

}  // namespace

void exportThreads(Napi::Object exports, Environment& environment) {
  exportFunction(exports, environment, "setNumThreads", setNumThreads);
  exportFunction(exports, environment, "getNumThreads", getNumThreads);
  exportFunction(exports, environment, "startSpinning", start);
  exportFunction(exports, environment, "waitingSleeps", sleeps);
}

}  // namespace earsight
