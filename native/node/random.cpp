// Random number generators: seeding, generator objects, state that can be saved and restored.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>

#include "wire.h"

namespace earsight {

namespace {

uint64_t seedArgument(const Napi::Value& value) {
  bool lossless = false;
  return value.As<Napi::BigInt>().Uint64Value(&lossless);
}

// Generator id -1 is the default generator of the CPU.
at::Generator generatorAt(const Napi::CallbackInfo& info, Environment& environment) {
  const int64_t id = info[0].As<Napi::Number>().Int64Value();
  return id < 0 ? at::detail::getDefaultCPUGenerator() : environment.generators.at(static_cast<size_t>(id));
}

Napi::Value manualSeed(const Napi::CallbackInfo& info, Environment&) {
  at::manual_seed(seedArgument(info[0]));
  return info.Env().Undefined();
}

// createGenerator() => id
Napi::Value createGenerator(const Napi::CallbackInfo& info, Environment& environment) {
  environment.generators.push_back(at::detail::createCPUGenerator());
  return Napi::Number::New(info.Env(), static_cast<double>(environment.generators.size() - 1));
}

// seedGenerator(id, bigint)
Napi::Value seedGenerator(const Napi::CallbackInfo& info, Environment& environment) {
  at::Generator generator = generatorAt(info, environment);
  const uint64_t seed = seedArgument(info[1]);
  std::lock_guard lock(generator.mutex());
  generator.set_current_seed(seed);
  return info.Env().Undefined();
}

// generatorState(id) => [1] handle of a uint8 tensor
Napi::Value generatorState(const Napi::CallbackInfo& info, Environment& environment) {
  at::Generator generator = generatorAt(info, environment);
  std::lock_guard lock(generator.mutex());
  WireWriter(environment).handle(generator.get_state());
  return info.Env().Undefined();
}

// setGeneratorState(id, handle)
Napi::Value setGeneratorState(const Napi::CallbackInfo& info, Environment& environment) {
  at::Generator generator = generatorAt(info, environment);
  std::lock_guard lock(generator.mutex());
  generator.set_state(environment.tensors.get(info[1].As<Napi::Number>().DoubleValue()));
  return info.Env().Undefined();
}

}  // namespace

void exportRandom(Napi::Object exports, Environment& environment) {
  exportFunction(exports, environment, "manualSeed", manualSeed);
  exportFunction(exports, environment, "createGenerator", createGenerator);
  exportFunction(exports, environment, "seedGenerator", seedGenerator);
  exportFunction(exports, environment, "generatorState", generatorState);
  exportFunction(exports, environment, "setGeneratorState", setGeneratorState);
}

}  // namespace earsight
