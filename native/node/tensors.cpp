// Tensors in and out: bytes, metadata, single values, disposal, memory statistics.
#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/GradMode.h>

#include <cstring>
#include <string>

#include "values.h"
#include "wire_messages.generated.h"

namespace earsight {

namespace {

napi_value free(napi_env env, napi_callback_info info) {
  return guardedHot(env, info, [](Environment& environment) {
    const double* handles = environment.slots + FreeMessage::kHandles;
    const size_t count = wholeNumber(environment.slots[FreeMessage::kCount], kSlotCount - FreeMessage::kHandles);
    for (size_t i = 0; i < count; ++i) environment.tensors.free(handles[i]);
    environment.reportMemory();
  });
}

napi_value describe(napi_env env, napi_callback_info info) {
  return guardedHot(env, info, [](Environment& environment) {
    const at::Tensor tensor = readDescribe(environment);
    const c10::Device device = tensor.device();
    WireWriter writer(environment);
    writeDescribe(writer, static_cast<int>(tensor.scalar_type()), static_cast<int>(device.type()), device.index(),
                  tensor.requires_grad(), static_cast<double>(tensor.dim()));
    for (const int64_t size : tensor.sizes()) writer.number(static_cast<double>(size));
  });
}

napi_value item(napi_env env, napi_callback_info info) {
  return guardedHot(env, info, [](Environment& environment) {
    const at::Tensor tensor = readItem(environment);
    if (tensor.numel() != 1) {
      throw AddonError(ErrorCode::kValue, "a Tensor with " + std::to_string(tensor.numel()) + " elements cannot be converted to a number");
    }
    const at::Scalar scalar = tensor.item();
    WireWriter(environment).value(scalar);
  });
}

// fromBytes(arrayBuffer, byteOffset, byteLength, dtype, dtype of the bytes), with the shape as the message
Napi::Value fromBytes(const Napi::CallbackInfo& info, Environment& environment) {
  auto buffer = info[0].As<Napi::ArrayBuffer>();
  const size_t offset = wholeNumber(info[1].As<Napi::Number>().DoubleValue(), buffer.ByteLength());
  const size_t length = wholeNumber(info[2].As<Napi::Number>().DoubleValue(), buffer.ByteLength() - offset);
  const auto dtype = enumerated<c10::ScalarType>(info[3].As<Napi::Number>().DoubleValue());
  const auto held = enumerated<c10::ScalarType>(info[4].As<Napi::Number>().DoubleValue());
  const auto shape = readFromBytes(environment);
  const size_t needed = denseBytes(shape, held);
  if (needed != length) {
    throw AddonError(ErrorCode::kValue, "the buffer holds " + std::to_string(length) + " bytes, the shape needs " + std::to_string(needed));
  }
  denseBytes(shape, dtype);
  at::Tensor tensor = at::empty(shape, dtype);
  const char* bytes = static_cast<const char*>(buffer.Data()) + offset;
  if (const auto refused = convertValues(bytes, held, tensor)) {
    WireWriter(environment).number(static_cast<double>(*refused));
    throw AddonError(ErrorCode::kRange, describeRefusal(bytes, held, *refused, dtype));
  }
  WireWriter(environment).handle(tensor);
  environment.reportMemory();
  return info.Env().Undefined();
}

// A copy of a tensor's bytes, row-major. Always a copy: no JavaScript buffer aliases libtorch memory.
Napi::Value copyBytes(Napi::Env env, const at::Tensor& contiguous) {
  auto buffer = Napi::ArrayBuffer::New(env, contiguous.nbytes());
  if (contiguous.nbytes() > 0) std::memcpy(buffer.Data(), contiguous.const_data_ptr(), contiguous.nbytes());
  return buffer;
}

at::Tensor readable(const at::Tensor& tensor) {
  c10::NoGradGuard guard;
  const at::Tensor plain = tensor.detach().resolve_conj().resolve_neg();
  // Some gradients (that of sgn) are lazy zeros without storage.
  return (plain._is_zerotensor() ? plain.clone() : plain).to(at::kCPU).contiguous();
}

// toBytes(handle) => ArrayBuffer
Napi::Value toBytes(const Napi::CallbackInfo& info, Environment& environment) {
  return copyBytes(info.Env(), readable(environment.tensors.get(info[0].As<Napi::Number>().DoubleValue())));
}

// Waits for a device in a worker thread so that the event loop stays free. The graph behind the tensor stays on the
// JavaScript thread.
class ReadbackWorker : public Napi::AsyncWorker {
 public:
  ReadbackWorker(Napi::Env env, const at::Tensor& tensor)
      : Napi::AsyncWorker(env), deferred(Napi::Promise::Deferred::New(env)), tensor_(tensor.detach()) {}
  void Execute() override {
    try {
      tensor_ = readable(tensor_);
    } catch (...) {
      SetError(describeCurrentException().message);
    }
  }
  void OnOK() override {
    settle([&] { deferred.Resolve(copyBytes(Env(), tensor_)); });
  }
  void OnError(const Napi::Error& error) override {
    settle([&] { deferred.Reject(error.Value()); });
  }

  Napi::Promise::Deferred deferred;

 private:
  // While the environment ends, neither call works, and nobody waits for the promise. An exception would abort the
  // process.
  template <typename Settle>
  static void settle(const Settle& settle) {
    try {
      settle();
    } catch (...) {
    }
  }

  at::Tensor tensor_;
};

// readBytes(handle) => Promise<ArrayBuffer>
Napi::Value readBytes(const Napi::CallbackInfo& info, Environment& environment) {
  auto* worker = new ReadbackWorker(info.Env(), environment.tensors.get(info[0].As<Napi::Number>().DoubleValue()));
  const auto promise = worker->deferred.Promise();
  worker->Queue();
  return promise;
}

c10::OperatorHandle earsightOperator(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow((std::string("earsight::") + name).c_str(), "");
}

Napi::Value memoryStats(const Napi::CallbackInfo& info, Environment& environment) {
  auto result = Napi::Object::New(info.Env());
  result.Set("liveTensors", static_cast<double>(environment.tensors.live()));
  result.Set("cpuBytes", static_cast<double>(environment.tensors.cpuBytes()));
  result.Set("cudaBytes", static_cast<double>(environment.tensors.cudaBytes()));
  static const auto cachedBytes = earsightOperator("cached_bytes").typed<int64_t()>();
  result.Set("cachedBytes", static_cast<double>(cachedBytes.call()));
  const auto [packed, cache] = samplingMemory(environment);
  result.Set("packedBytes", static_cast<double>(packed));
  result.Set("kvBytes", static_cast<double>(cache));
  return result;
}

Napi::Value livingBytes(const Napi::CallbackInfo& info, Environment& environment) {
  return Napi::Number::New(info.Env(), static_cast<double>(environment.tensors.cpuBytes() + environment.tensors.cudaBytes()));
}

// bytesOnlyOf(handles as float64) => bytes
Napi::Value bytesOnlyOf(const Napi::CallbackInfo& info, Environment& environment) {
  auto buffer = info[0].As<Napi::ArrayBuffer>();
  const auto* handles = static_cast<const double*>(buffer.Data());
  const int64_t bytes = environment.tensors.bytesOnlyOf(handles, buffer.ByteLength() / sizeof(double));
  return Napi::Number::New(info.Env(), static_cast<double>(bytes));
}

// Returns cached memory to the system before the retry of an operator that ran out of memory.
Napi::Value releaseCaches(const Napi::CallbackInfo& info, Environment&) {
  static const auto emptyCache = earsightOperator("empty_cache").typed<void()>();
  emptyCache.call();
  if (at::hasCUDA()) c10::getDeviceAllocator(c10::DeviceType::CUDA)->emptyCache();
  return info.Env().Undefined();
}

// checkSettings(): throws where an environment variable holds a value that the operators refuse
Napi::Value checkSettings(const Napi::CallbackInfo& info, Environment&) {
  earsightOperator("check_settings").typed<void()>().call();
  return info.Env().Undefined();
}

Napi::Value deviceInfo(const Napi::CallbackInfo& info, Environment&) {
  auto result = Napi::Object::New(info.Env());
  result.Set("cuda", at::hasCUDA());
  result.Set("cudaDevices", at::hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().deviceCount()) : 0);
  result.Set("cpuCapability", at::get_cpu_capability());
  return result;
}

}  // namespace

void exportTensors(Napi::Object exports, Environment& environment) {
  exportHotFunction(exports, environment, "free", free);
  exportHotFunction(exports, environment, "describe", describe);
  exportHotFunction(exports, environment, "item", item);
  exportFunction(exports, environment, "fromBytes", fromBytes);
  exportFunction(exports, environment, "toBytes", toBytes);
  exportFunction(exports, environment, "readBytes", readBytes);
  exportFunction(exports, environment, "memoryStats", memoryStats);
  exportFunction(exports, environment, "livingBytes", livingBytes);
  exportFunction(exports, environment, "bytesOnlyOf", bytesOnlyOf);
  exportFunction(exports, environment, "releaseCaches", releaseCaches);
  exportFunction(exports, environment, "checkSettings", checkSettings);
  exportFunction(exports, environment, "deviceInfo", deviceInfo);
}

}  // namespace earsight
