#include "packed_decoder.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cstdlib>
#include <deque>

#include "packed_weights.h"

namespace earsight {

namespace {

using decode::PackedMatrix;

struct FreeBytes {
  void operator()(std::byte* data) const { std::free(data); }
};

// What the pointers of a model point to.
struct Weights {
  std::vector<std::unique_ptr<std::byte[], FreeBytes>> packed;
  std::deque<at::Tensor> vectors;  // float32
  at::Tensor embedding;
};

void check(const at::Tensor& tensor, const char* name, at::IntArrayRef shape) {
  TORCH_CHECK_VALUE(tensor.defined() && tensor.is_cpu() && at::isFloatingType(tensor.scalar_type()) && tensor.sizes() == shape,
                    "decoder: ", name, ": expected a floating-point tensor of shape ", shape, " on the CPU");
}

// Training changes the weights in place while the loop's thread may read.
at::Tensor copyOf(const at::Tensor& tensor, at::ScalarType dtype) {
  return tensor.detach().to(dtype, false, true).contiguous();
}

class Packer {
 public:
  Packer(const DecoderTensors& tensors, Weights& weights) : tensors_(tensors), weights_(weights) {}

  const float* vector(const at::Tensor& tensor, const char* name, int64_t size) {
    if (!tensor.defined()) return nullptr;
    check(tensor, name, {size});
    weights_.vectors.push_back(copyOf(tensor, at::kFloat));
    return weights_.vectors.back().const_data_ptr<float>();
  }

  PackedMatrix matrix(int64_t outputs, int64_t inputs, const std::vector<at::Tensor>& parts, const OutputSource& sourceOf) {
    PackedMatrix matrix{tensors_.weights, outputs, inputs, nullptr};
    const auto bytes = static_cast<size_t>(decode::packedBytes(matrix.storage, outputs, inputs));
    std::unique_ptr<std::byte[], FreeBytes> data(static_cast<std::byte*>(std::aligned_alloc(64, (bytes + 63) / 64 * 64)));
    if (data == nullptr) throw std::bad_alloc();
    packWeights(matrix, data.get(), parts, sourceOf);
    matrix.data = data.get();
    bytes_ += static_cast<int64_t>(bytes);
    weights_.packed.push_back(std::move(data));
    return matrix;
  }

  PackedMatrix plain(const at::Tensor& tensor, const char* name, int64_t outputs, int64_t inputs) {
    check(tensor, name, {outputs, inputs});
    return matrix(outputs, inputs, {tensor}, [](int64_t output) { return std::pair<int, int64_t>(0, output); });
  }

  decode::LayerWeights layer(const LayerTensors& layer) {
    const auto& s = tensors_.shape;
    const int64_t q = s.heads * s.headDim, kv = s.kvHeads * s.headDim;
    decode::LayerWeights out{};
    out.inputNorm = required(vector(layer.inputNorm, "inputNorm", s.hidden), "inputNorm");
    out.postNorm = required(vector(layer.postNorm, "postNorm", s.hidden), "postNorm");
    out.qNorm = vector(layer.qNorm, "qNorm", s.headDim);
    out.kNorm = vector(layer.kNorm, "kNorm", s.headDim);
    check(layer.q, "q", {q, s.hidden});
    check(layer.k, "k", {kv, s.hidden});
    check(layer.v, "v", {kv, s.hidden});
    out.qkv = matrix(q + 2 * kv, s.hidden, {layer.q, layer.k, layer.v}, [&](int64_t output) {
      if (output < q) return std::pair<int, int64_t>(0, output);
      return output < q + kv ? std::pair<int, int64_t>(1, output - q) : std::pair<int, int64_t>(2, output - q - kv);
    });
    if (layer.qBias.defined() || layer.kBias.defined() || layer.vBias.defined()) {
      check(layer.qBias, "qBias", {q});
      check(layer.kBias, "kBias", {kv});
      check(layer.vBias, "vBias", {kv});
      out.qkvBias = vector(at::cat({layer.qBias, layer.kBias, layer.vBias}), "bias", q + 2 * kv);
    }
    out.out = plain(layer.out, "out", s.hidden, q);
    out.outBias = vector(layer.outBias, "outBias", s.hidden);
    check(layer.gate, "gate", {s.intermediate, s.hidden});
    check(layer.up, "up", {s.intermediate, s.hidden});
    out.gateUp = matrix(gatedOutputs(s.intermediate), s.hidden, {layer.gate, layer.up}, gatedSource(s.intermediate));
    out.down = plain(layer.down, "down", s.hidden, s.intermediate);
    out.window = layer.window;
    return out;
  }

  // Of the matrices so far.
  int64_t bytes() const { return bytes_; }

  static const float* required(const float* data, const char* name) {
    TORCH_CHECK_VALUE(data != nullptr, "decoder: ", name, ": expected a tensor");
    return data;
  }

 private:
  const DecoderTensors& tensors_;
  Weights& weights_;
  int64_t bytes_ = 0;
};

}  // namespace

sampler::Model packDecoder(const DecoderTensors& tensors) {
  const c10::NoGradGuard guard;
  const auto& s = tensors.shape;
  const auto weights = std::make_shared<Weights>();
  Packer packer(tensors, *weights);
  const int64_t vocabulary = tensors.head.defined() && tensors.head.dim() == 2 ? tensors.head.size(0) : 0;
  sampler::Model model{{s, {}, Packer::required(packer.vector(tensors.finalNorm, "finalNorm", s.hidden), "finalNorm")},
                       packer.plain(tensors.head, "head", vocabulary, s.hidden),
                       tensors.cache,
                       tensors.inverseFrequencies,
                       tensors.axes,
                       tensors.rotaryScale,
                       {},
                       weights,
                       0};
  for (const LayerTensors& layer : tensors.layers) model.weights.layers.push_back(packer.layer(layer));
  check(tensors.embedding, "embedding", {vocabulary, s.hidden});
  weights->embedding = copyOf(tensors.embedding, tensors.weights == decode::Storage::kFloat ? at::kFloat : at::kBFloat16);
  model.bytes = packer.bytes() + static_cast<int64_t>(weights->embedding.nbytes());
  model.embed = [table = weights->embedding, hidden = s.hidden](int64_t token, float* to) {
    if (table.scalar_type() == at::kFloat) {
      std::copy_n(table.const_data_ptr<float>() + token * hidden, hidden, to);
    } else {
      const auto* const from = table.const_data_ptr<at::BFloat16>() + token * hidden;
      for (int64_t i = 0; i < hidden; ++i) to[i] = static_cast<float>(from[i]);
    }
  };
  return model;
}

}  // namespace earsight
