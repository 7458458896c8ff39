// Sampling loops: a decoder that JavaScript describes, its prompts and requests, and the tokens that come back.
#include "../sampler/decode_loop.h"

#include <ATen/ATen.h>

#include <array>

#include "../ops/packed_decoder.h"
#include "wire.h"

namespace earsight {

namespace {

using sampler::Answer;
using sampler::DecodeLoop;

// The loop of one engine. JavaScript hears of answers through a thread-safe function, which goes first when the environment
// ends: it must not be touched after that.
struct LoopHandle {
  Napi::ThreadSafeFunction listener;
  std::unique_ptr<DecodeLoop> loop;
  int64_t bytes;  // of the packed weights, which V8 hears of

  void close(Napi::Env env) {
    if (loop == nullptr) return;
    loop.reset();
    listener.Release();
    Napi::MemoryManagement::AdjustExternalMemory(env, -bytes);
  }
};
using SharedLoop = std::shared_ptr<LoopHandle>;

// Reads the fields of an object.
class Fields {
 public:
  Fields(const Napi::Value& value, Environment& environment) : object_(value.As<Napi::Object>()), environment_(environment) {}

  double number(const char* name) const { return object_.Get(name).As<Napi::Number>().DoubleValue(); }
  int64_t count(const char* name) const { return static_cast<int64_t>(wholeNumber(number(name), kMaxBytes)); }
  bool isBfloat16(const char* name) const { return object_.Get(name).As<Napi::String>().Utf8Value() == "bfloat16"; }
  // Undefined where the field is 0 or left out.
  at::Tensor tensor(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsNumber() || value.As<Napi::Number>().DoubleValue() == 0) return {};
    return environment_.tensors.get(value.As<Napi::Number>().DoubleValue());
  }
  template <typename T>
  std::vector<T> numbers(const char* name) const {
    const auto list = object_.Get(name).As<Napi::Array>();
    std::vector<T> out;
    for (uint32_t i = 0; i < list.Length(); ++i) out.push_back(static_cast<T>(list.Get(i).As<Napi::Number>().DoubleValue()));
    return out;
  }
  Napi::Value get(const char* name) const { return object_.Get(name); }

 private:
  Napi::Object object_;
  Environment& environment_;
};

DecoderTensors readDecoder(const Fields& fields, Environment& environment) {
  const auto storage = [&](const char* name) {
    return fields.isBfloat16(name) ? decode::Storage::kBFloat16 : decode::Storage::kFloat;
  };
  DecoderTensors tensors{{fields.count("hidden"), fields.count("heads"), fields.count("kvHeads"), fields.count("headDim"),
                          fields.count("intermediate"), static_cast<float>(fields.number("eps"))},
                         {},
                         fields.tensor("finalNorm"),
                         fields.tensor("head"),
                         fields.tensor("embedding"),
                         fields.numbers<float>("inverseFrequencies"),
                         fields.numbers<int>("axes"),
                         static_cast<float>(fields.number("rotaryScale")),
                         storage("weights"),
                         storage("cache")};
  const auto half = static_cast<size_t>(tensors.shape.headDim / 2);
  if (tensors.inverseFrequencies.size() != half || tensors.axes.size() != half) malformed();
  for (const int axis : tensors.axes) indexBelow(axis, 3);
  const auto layers = fields.get("layers").As<Napi::Array>();
  for (uint32_t i = 0; i < layers.Length(); ++i) {
    const Fields layer(layers.Get(i), environment);
    tensors.layers.push_back({layer.tensor("inputNorm"), layer.tensor("q"), layer.tensor("k"), layer.tensor("v"),
                              layer.tensor("qBias"), layer.tensor("kBias"), layer.tensor("vBias"), layer.tensor("qNorm"),
                              layer.tensor("kNorm"), layer.tensor("out"), layer.tensor("outBias"), layer.tensor("postNorm"),
                              layer.tensor("gate"), layer.tensor("up"), layer.tensor("down"),
                              integer64(layer.number("window"))});
  }
  return tensors;
}

// [request, event, token, logprob, entropy] of each answer, and problems by answer. By plain Node-API: a thread that is
// terminated makes calls fail, and node-addon-api would end the process with them.
void hear(Napi::Env env, Napi::Function listener, std::vector<Answer>* answers) {
  const std::unique_ptr<std::vector<Answer>> owner(answers);
  // The environment ends.
  if (env == nullptr) return;
  constexpr size_t kNumbers = 5;
  void* data = nullptr;
  napi_value numbers, problems, global;
  if (napi_create_arraybuffer(env, answers->size() * kNumbers * sizeof(double), &data, &numbers) != napi_ok) return;
  if (napi_create_object(env, &problems) != napi_ok || napi_get_global(env, &global) != napi_ok) return;
  auto* out = static_cast<double*>(data);
  for (size_t i = 0; i < answers->size(); ++i) {
    const Answer& answer = (*answers)[i];
    for (const double number : {static_cast<double>(answer.request), static_cast<double>(answer.event),
                                static_cast<double>(answer.token), static_cast<double>(answer.logprob),
                                static_cast<double>(answer.entropy)}) {
      *out++ = number;
    }
    if (answer.problem.empty()) continue;
    napi_value text;
    if (napi_create_string_utf8(env, answer.problem.data(), answer.problem.size(), &text) != napi_ok) return;
    if (napi_set_element(env, problems, static_cast<uint32_t>(i), text) != napi_ok) return;
  }
  const std::array<napi_value, 2> heard{numbers, problems};
  napi_call_function(env, global, listener, heard.size(), heard.data(), nullptr);
}

LoopHandle& handleOf(const Napi::CallbackInfo& info) {
  LoopHandle& handle = **info[0].As<Napi::External<SharedLoop>>().Data();
  if (handle.loop == nullptr) throw AddonError(ErrorCode::kBadHandle, "the sampling loop is closed");
  return handle;
}

// createLoop(decoder with threads, cacheBytes and prefillRows, listener) => loop
Napi::Value createLoop(const Napi::CallbackInfo& info, Environment& environment) {
  const Fields fields(info[0], environment);
  sampler::Model model = packDecoder(readDecoder(fields, environment));
  const auto handle = std::make_shared<LoopHandle>();
  handle->bytes = model.bytes;
  handle->listener = Napi::ThreadSafeFunction::New(
      info.Env(), info[1].As<Napi::Function>(), "earsight sampling", 0, 1, new SharedLoop(handle),
      [](Napi::Env, SharedLoop* owner) {
        (*owner)->loop.reset();
        delete owner;
      });
  // Only requests that grow keep the process alive.
  handle->listener.Unref(info.Env());
  const sampler::LoopOptions options{static_cast<int>(fields.count("threads")), fields.count("cacheBytes"),
                                     fields.count("prefillRows")};
  handle->loop = std::make_unique<DecodeLoop>(
      std::move(model), decode::engineFor(chosenIsa()), options, [listener = handle->listener](std::vector<Answer> answers) {
        auto* owned = new std::vector<Answer>(std::move(answers));
        if (listener.NonBlockingCall(owned, hear) != napi_ok) delete owned;
      });
  auto owner = std::make_unique<SharedLoop>(handle);
  auto external = Napi::External<SharedLoop>::New(info.Env(), owner.get(), [](Napi::Env env, SharedLoop* given) {
    (*given)->close(env);
    delete given;
  });
  owner.release();
  Napi::MemoryManagement::AdjustExternalMemory(info.Env(), handle->bytes);
  return external;
}

// setWeights(loop, decoder): packs anew; requests that grow go on with the new weights
Napi::Value setWeights(const Napi::CallbackInfo& info, Environment& environment) {
  handleOf(info).loop->setModel(packDecoder(readDecoder(Fields(info[1], environment), environment)));
  return info.Env().Undefined();
}

// addPrompt(loop, { id, parent, embeddings, positions, modality, gate })
Napi::Value addPrompt(const Napi::CallbackInfo& info, Environment& environment) {
  const Fields fields(info[1], environment);
  const auto floats = fields.tensor("embeddings").detach().to(at::kCPU, at::kFloat).contiguous();
  const auto positions = fields.tensor("positions").to(at::kCPU, at::kFloat).contiguous();
  const auto modality = fields.tensor("modality").to(at::kCPU, at::kByte).contiguous();
  const auto all = [](const auto* from, int64_t count) { return std::vector(from, from + count); };
  bool lossless = false;
  handleOf(info).loop->add({fields.count("id"), integer64(fields.number("parent")),
                            all(floats.const_data_ptr<float>(), floats.numel()),
                            all(positions.const_data_ptr<float>(), positions.numel()),
                            all(modality.const_data_ptr<uint8_t>(), modality.numel()),
                            fields.get("gate").As<Napi::BigInt>().Uint64Value(&lossless)});
  return info.Env().Undefined();
}

// releasePrompt(loop, id)
Napi::Value releasePrompt(const Napi::CallbackInfo& info, Environment&) {
  handleOf(info).loop->release(info[1].As<Napi::Number>().Int64Value());
  return info.Env().Undefined();
}

sampler::RequestSpec readRequest(const Fields& fields) {
  sampler::RequestSpec spec{fields.count("id"),
                            fields.count("prompt"),
                            static_cast<float>(fields.number("next")),
                            static_cast<uint32_t>(wholeNumber(fields.number("key"), 0xffffffffu)),
                            {static_cast<float>(fields.number("temperature")), fields.count("topK"),
                             static_cast<float>(fields.number("topP")), static_cast<float>(fields.number("minP")),
                             static_cast<float>(fields.number("repetitionPenalty"))},
                            fields.count("maxNewTokens"),
                            fields.numbers<int64_t>("stopIds"),
                            {}};
  if (const Napi::Value seen = fields.get("seen"); seen.IsArrayBuffer()) {
    auto buffer = seen.As<Napi::ArrayBuffer>();
    const auto* const words = static_cast<const uint32_t*>(buffer.Data());
    spec.seen.assign(words, words + buffer.ByteLength() / sizeof(uint32_t));
  }
  return spec;
}

// submit(loop, [{ id, prompt, next, key, temperature, ..., maxNewTokens, stopIds, seen }])
Napi::Value submit(const Napi::CallbackInfo& info, Environment& environment) {
  const auto list = info[1].As<Napi::Array>();
  std::vector<sampler::RequestSpec> specs;
  for (uint32_t i = 0; i < list.Length(); ++i) specs.push_back(readRequest(Fields(list.Get(i), environment)));
  handleOf(info).loop->submit(std::move(specs));
  return info.Env().Undefined();
}

// abortRequest(loop, id)
Napi::Value abortRequest(const Napi::CallbackInfo& info, Environment&) {
  handleOf(info).loop->abort(info[1].As<Napi::Number>().Int64Value());
  return info.Env().Undefined();
}

// holdProcess(loop, whether the process lives on for it)
Napi::Value holdProcess(const Napi::CallbackInfo& info, Environment&) {
  const Napi::ThreadSafeFunction& listener = handleOf(info).listener;
  if (info[1].As<Napi::Boolean>()) listener.Ref(info.Env());
  else listener.Unref(info.Env());
  return info.Env().Undefined();
}

// peakCacheBytes(loop) => bytes
Napi::Value peakCacheBytes(const Napi::CallbackInfo& info, Environment&) {
  return Napi::Number::New(info.Env(), static_cast<double>(handleOf(info).loop->peakBytes()));
}

// closeLoop(loop)
Napi::Value closeLoop(const Napi::CallbackInfo& info, Environment&) {
  (*info[0].As<Napi::External<SharedLoop>>().Data())->close(info.Env());
  return info.Env().Undefined();
}

}  // namespace

void exportDecodeLoop(Napi::Object exports, Environment& environment) {
  exportFunction(exports, environment, "createLoop", createLoop);
  exportFunction(exports, environment, "setWeights", setWeights);
  exportFunction(exports, environment, "addPrompt", addPrompt);
  exportFunction(exports, environment, "releasePrompt", releasePrompt);
  exportFunction(exports, environment, "submit", submit);
  exportFunction(exports, environment, "abortRequest", abortRequest);
  exportFunction(exports, environment, "holdProcess", holdProcess);
  exportFunction(exports, environment, "peakCacheBytes", peakCacheBytes);
  exportFunction(exports, environment, "closeLoop", closeLoop);
}

}  // namespace earsight
