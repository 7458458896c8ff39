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

// Generator id 0 is the default generator of the CPU.
at::Generator generatorAt(const Napi::CallbackInfo& info, Environment& environment) {
  const double id = info[0].As<Napi::Number>().DoubleValue();
  return id == 0 ? at::detail::getDefaultCPUGenerator() : environment.generator(id);
}

Napi::Value manualSeed(const Napi::CallbackInfo& info, Environment&) {
  at::manual_seed(seedArgument(info[0]));
  return info.Env().Undefined();
}

// createGenerator() => id
Napi::Value createGenerator(const Napi::CallbackInfo& info, Environment& environment) {
  return Napi::Number::New(info.Env(), static_cast<double>(environment.addGenerator(at::detail::createCPUGenerator())));
}

// cudaGenerator(device index) => id of the device's default generator
Napi::Value cudaGenerator(const Napi::CallbackInfo& info, Environment& environment) {
  const auto index = static_cast<c10::DeviceIndex>(info[0].As<Napi::Number>().Int32Value());
  const at::Generator generator = at::globalContext().defaultGenerator(at::Device(at::kCUDA, index));
  return Napi::Number::New(info.Env(), static_cast<double>(environment.addGenerator(generator)));
}

// freeGenerator(id); an id that is gone does nothing
Napi::Value freeGenerator(const Napi::CallbackInfo& info, Environment& environment) {
  environment.freeGenerator(info[0].As<Napi::Number>().Int64Value());
  return info.Env().Undefined();
}

// seedGenerator(id, bigint)
Napi::Value seedGenerator(const Napi::CallbackInfo& info, Environment& environment) {
  at::Generator generator = generatorAt(info, environment);
  const uint64_t seed = seedArgument(info[1]);
  std::lock_guard lock(generator.mutex());
  generator.set_current_seed(seed);
  return info.Env().Undefined();
}

// generatorState(id) => handle of a uint8 tensor
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
  exportFunction(exports, environment, "cudaGenerator", cudaGenerator);
  exportFunction(exports, environment, "freeGenerator", freeGenerator);
  exportFunction(exports, environment, "seedGenerator", seedGenerator);
  exportFunction(exports, environment, "generatorState", generatorState);
  exportFunction(exports, environment, "setGeneratorState", setGeneratorState);
}

}  // namespace earsight
