// Sampling loops: a decoder that JavaScript describes, its prompts and requests, and the tokens that come back.
#include "../sampler/decode_loop.h"

#include <ATen/ATen.h>

#include <array>
#include <cstring>

#include "../ops/packed_decoder.h"
#include "wire.h"

namespace earsight {

using sampler::Answer;
using sampler::DecodeLoop;

// The loop of one engine. JavaScript hears of answers through a thread-safe function, which goes first when the environment
// ends: it must not be touched after that.
struct LoopHandle {
  Napi::ThreadSafeFunction listener;
  std::shared_ptr<PackedDecoder> packed;
  std::unique_ptr<DecodeLoop> loop;
  decode::DecoderShape shape;
  int64_t reported = 0;  // bytes of the packed weights that V8 has heard of

  void report(Napi::Env env, int64_t bytes) {
    if (bytes != reported) Napi::MemoryManagement::AdjustExternalMemory(env, bytes - reported);
    reported = bytes;
  }
  void close(Napi::Env env) {
    if (loop == nullptr) return;
    loop.reset();
    packed.reset();
    listener.Release();
    report(env, 0);
  }
};

namespace {

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

// Without weights.
sampler::Model readModel(const Fields& fields, DecoderStorage storage) {
  const decode::DecoderShape shape{fields.count("hidden"), fields.count("heads"), fields.count("kvHeads"),
                                   fields.count("headDim"), fields.count("intermediate"),
                                   static_cast<float>(fields.number("eps"))};
  sampler::Model model{{shape, std::vector<decode::LayerWeights>(fields.count("layers")), nullptr},
                       {storage.head, 0, shape.hidden, nullptr},
                       storage.cache,
                       fields.numbers<float>("inverseFrequencies"),
                       fields.numbers<int>("axes"),
                       static_cast<float>(fields.number("rotaryScale")),
                       {},
                       nullptr};
  const auto half = static_cast<size_t>(shape.headDim / 2);
  if (model.inverseFrequencies.size() != half || model.axes.size() != half) malformed();
  for (const int axis : model.axes) indexBelow(axis, 3);
  return model;
}

// [request, event, token, logprob, entropy] of each answer; by answer problems, and scores as bytes. By plain Node-API: a thread that is
// terminated makes calls fail, and node-addon-api would end the process with them.
void hear(Napi::Env env, Napi::Function listener, std::vector<Answer>* answers) {
  const std::unique_ptr<std::vector<Answer>> owner(answers);
  // The environment ends.
  if (env == nullptr) return;
  constexpr size_t kNumbers = 5;
  void* data = nullptr;
  napi_value numbers, problems, scores, global;
  if (napi_create_arraybuffer(env, answers->size() * kNumbers * sizeof(double), &data, &numbers) != napi_ok) return;
  if (napi_create_object(env, &problems) != napi_ok || napi_create_object(env, &scores) != napi_ok) return;
  if (napi_get_global(env, &global) != napi_ok) return;
  auto* out = static_cast<double*>(data);
  for (size_t i = 0; i < answers->size(); ++i) {
    const Answer& answer = (*answers)[i];
    for (const double number : {static_cast<double>(answer.request), static_cast<double>(answer.event),
                                static_cast<double>(answer.token), static_cast<double>(answer.logprob),
                                static_cast<double>(answer.entropy)}) {
      *out++ = number;
    }
    if (!answer.scores.empty()) {
      const size_t bytes = answer.scores.size() * sizeof(float);
      napi_value buffer;
      if (napi_create_arraybuffer(env, bytes, &data, &buffer) != napi_ok) return;
      std::memcpy(data, answer.scores.data(), bytes);
      if (napi_set_element(env, scores, static_cast<uint32_t>(i), buffer) != napi_ok) return;
    }
    if (answer.problem.empty()) continue;
    napi_value text;
    if (napi_create_string_utf8(env, answer.problem.data(), answer.problem.size(), &text) != napi_ok) return;
    if (napi_set_element(env, problems, static_cast<uint32_t>(i), text) != napi_ok) return;
  }
  const std::array<napi_value, 3> heard{numbers, problems, scores};
  napi_call_function(env, global, listener, heard.size(), heard.data(), nullptr);
}

LoopHandle& handleOf(const Napi::CallbackInfo& info) {
  LoopHandle& handle = **info[0].As<Napi::External<SharedLoop>>().Data();
  if (handle.loop == nullptr) throw AddonError(ErrorCode::kBadHandle, "the sampling loop is closed");
  return handle;
}

// createLoop(decoder without weights, with threads, cacheBytes, keptBytes and prefillRows, listener) => loop, which waits for
// its weights
Napi::Value createLoop(const Napi::CallbackInfo& info, Environment& environment) {
  const Fields fields(info[0], environment);
  const auto stored = [&](const char* name) {
    return fields.isBfloat16(name) ? decode::Storage::kBFloat16 : decode::Storage::kFloat;
  };
  const DecoderStorage storage{stored("layerStorage"), stored("headStorage"), stored("cacheStorage")};
  sampler::Model model = readModel(fields, storage);
  const auto handle = std::make_shared<LoopHandle>();
  handle->packed = std::make_shared<PackedDecoder>(storage);
  handle->shape = model.weights.shape;
  model.owner = handle->packed;
  handle->listener = Napi::ThreadSafeFunction::New(
      info.Env(), info[1].As<Napi::Function>(), "earsight sampling", 0, 1, new SharedLoop(handle),
      [](Napi::Env, SharedLoop* owner) {
        (*owner)->loop.reset();
        delete owner;
      });
  // Only requests that grow keep the process alive.
  handle->listener.Unref(info.Env());
  const sampler::LoopOptions options{static_cast<int>(fields.count("threads")), fields.count("cacheBytes"),
                                     fields.count("keptBytes"), fields.count("prefillRows")};
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
  std::erase_if(environment.loops, [](const auto& loop) { return loop.expired(); });
  environment.loops.push_back(handle);
  return external;
}

// packLayer(loop, id, index, layer): answered under the id once the tensors are read; no passes until resumeLoop
Napi::Value packLayer(const Napi::CallbackInfo& info, Environment& environment) {
  LoopHandle& handle = handleOf(info);
  const Fields layer(info[3], environment);
  const auto index = static_cast<int64_t>(wholeNumber(info[2].As<Napi::Number>().DoubleValue(), kMaxBytes));
  LayerTensors tensors{layer.tensor("inputNorm"), layer.tensor("q"), layer.tensor("k"), layer.tensor("v"),
                       layer.tensor("qBias"), layer.tensor("kBias"), layer.tensor("vBias"), layer.tensor("qNorm"),
                       layer.tensor("kNorm"), layer.tensor("out"), layer.tensor("outBias"), layer.tensor("postNorm"),
                       layer.tensor("gate"), layer.tensor("up"), layer.tensor("down"), integer64(layer.number("window"))};
  handle.loop->pack(info[1].As<Napi::Number>().Int64Value(), handle.packed->layer(handle.shape, index, std::move(tensors)));
  return info.Env().Undefined();
}

// packEnds(loop, id, { finalNorm, head, embedding }): as packLayer
Napi::Value packEnds(const Napi::CallbackInfo& info, Environment& environment) {
  LoopHandle& handle = handleOf(info);
  const Fields ends(info[2], environment);
  EndTensors tensors{ends.tensor("finalNorm"), ends.tensor("head"), ends.tensor("embedding")};
  handle.loop->pack(info[1].As<Napi::Number>().Int64Value(), handle.packed->ends(handle.shape, std::move(tensors)));
  return info.Env().Undefined();
}

// resumeLoop(loop): requests that grow go on with the weights as they are packed now
Napi::Value resumeLoop(const Napi::CallbackInfo& info, Environment&) {
  LoopHandle& handle = handleOf(info);
  handle.loop->resume();
  handle.report(info.Env(), handle.packed->bytes());
  return info.Env().Undefined();
}

template <typename T>
std::vector<T> elements(const Napi::Value& value) {
  auto buffer = value.As<Napi::ArrayBuffer>();
  const auto* const from = static_cast<const T*>(buffer.Data());
  return std::vector<T>(from, from + buffer.ByteLength() / sizeof(T));
}

// What stands at the tokens of media: the rows of their tracks, in order. audio: the modality of audio; all others are vision
std::function<void(int64_t, float*)> readMedia(const std::vector<uint8_t>& modality, at::Tensor vision, at::Tensor audio) {
  constexpr uint8_t kText = 0, kAudio = 1;
  std::vector<const float*> rows(modality.size());
  std::array<int64_t, 2> used{0, 0};
  for (at::Tensor* track : {&vision, &audio}) {
    if (track->defined()) *track = track->detach().to(at::kCPU, at::kFloat).contiguous();
  }
  for (size_t i = 0; i < modality.size(); ++i) {
    if (modality[i] == kText) continue;
    const bool isAudio = modality[i] == kAudio;
    const at::Tensor& track = isAudio ? audio : vision;
    if (!track.defined() || used[isAudio] >= track.size(0)) malformed();
    rows[i] = track.const_data_ptr<float>() + used[isAudio]++ * track.size(1);
  }
  if (used[0] + used[1] == 0) return {};
  const int64_t hidden = vision.defined() ? vision.size(1) : audio.size(1);
  return [vision, audio, rows = std::move(rows), hidden](int64_t token, float* to) { std::copy_n(rows[token], hidden, to); };
}

// addPrompt(loop, { id, parent, ids, positions, modality, vision, audio, gate, scoreTemperature }); the tracks are not copied
// where they are float32
Napi::Value addPrompt(const Napi::CallbackInfo& info, Environment& environment) {
  LoopHandle& handle = handleOf(info);
  const Fields fields(info[1], environment);
  bool lossless = false;
  sampler::NodeSpec spec{fields.count("id"), integer64(fields.number("parent")), elements<int32_t>(fields.get("ids")),
                         elements<float>(fields.get("positions")), elements<uint8_t>(fields.get("modality")),
                         fields.get("gate").As<Napi::BigInt>().Uint64Value(&lossless), {},
                         static_cast<float>(fields.number("scoreTemperature"))};
  const size_t tokens = spec.ids.size();
  if (tokens == 0 || spec.positions.size() != 3 * tokens || spec.modality.size() != tokens) malformed();
  const at::Tensor vision = fields.tensor("vision"), audio = fields.tensor("audio");
  for (const at::Tensor& track : {vision, audio}) {
    if (track.defined() && (track.dim() != 2 || track.size(1) != handle.shape.hidden)) malformed();
  }
  spec.media = readMedia(spec.modality, vision, audio);
  handle.loop->add(std::move(spec));
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
  if (const Napi::Value seen = fields.get("seen"); seen.IsArrayBuffer()) spec.seen = elements<uint32_t>(seen);
  spec.wantsScores = fields.get("wantsScores").ToBoolean();
  return spec;
}

// submit(loop, [{ id, prompt, next, key, temperature, ..., maxNewTokens, stopIds, seen }], names of prompts to release)
Napi::Value submit(const Napi::CallbackInfo& info, Environment& environment) {
  const auto list = info[1].As<Napi::Array>();
  std::vector<sampler::RequestSpec> specs;
  for (uint32_t i = 0; i < list.Length(); ++i) specs.push_back(readRequest(Fields(list.Get(i), environment)));
  const auto names = info[2].As<Napi::Array>();
  std::vector<int64_t> released;
  for (uint32_t i = 0; i < names.Length(); ++i) released.push_back(names.Get(i).As<Napi::Number>().Int64Value());
  handleOf(info).loop->submit(std::move(specs), std::move(released));
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

// loopStats(loop) => { packedBytes, kvBytes, peakKvBytes, prefilledTokens, sharedTokens }
Napi::Value loopStats(const Napi::CallbackInfo& info, Environment&) {
  const LoopHandle& handle = handleOf(info);
  auto stats = Napi::Object::New(info.Env());
  stats.Set("packedBytes", static_cast<double>(handle.packed->bytes()));
  stats.Set("kvBytes", static_cast<double>(handle.loop->cacheBytes()));
  stats.Set("peakKvBytes", static_cast<double>(handle.loop->peakBytes()));
  stats.Set("prefilledTokens", static_cast<double>(handle.loop->prefilledTokens()));
  stats.Set("sharedTokens", static_cast<double>(handle.loop->sharedTokens()));
  return stats;
}

// closeLoop(loop)
Napi::Value closeLoop(const Napi::CallbackInfo& info, Environment&) {
  (*info[0].As<Napi::External<SharedLoop>>().Data())->close(info.Env());
  return info.Env().Undefined();
}

}  // namespace

SamplingMemory samplingMemory(Environment& environment) {
  SamplingMemory memory;
  for (const auto& weak : environment.loops) {
    const auto handle = weak.lock();
    if (handle == nullptr || handle->loop == nullptr) continue;
    memory.packed += handle->packed->bytes();
    memory.cache += handle->loop->cacheBytes();
  }
  return memory;
}

void exportDecodeLoop(Napi::Object exports, Environment& environment) {
  exportFunction(exports, environment, "createLoop", createLoop);
  exportFunction(exports, environment, "packLayer", packLayer);
  exportFunction(exports, environment, "packEnds", packEnds);
  exportFunction(exports, environment, "resumeLoop", resumeLoop);
  exportFunction(exports, environment, "addPrompt", addPrompt);
  exportFunction(exports, environment, "releasePrompt", releasePrompt);
  exportFunction(exports, environment, "submit", submit);
  exportFunction(exports, environment, "abortRequest", abortRequest);
  exportFunction(exports, environment, "holdProcess", holdProcess);
  exportFunction(exports, environment, "loopStats", loopStats);
  exportFunction(exports, environment, "closeLoop", closeLoop);
}

}  // namespace earsight
