#include "packed_decoder.h"

#include <ATen/ATen.h>
#include <ATen/Dispatch.h>

#include "packed_weights.h"

namespace earsight {

namespace {

using decode::DecoderShape;
using decode::PackedMatrix;
using decode::Storage;

void check(const at::Tensor& tensor, const char* name, at::IntArrayRef shape) {
  TORCH_CHECK_VALUE(tensor.defined() && tensor.is_cpu() && at::isFloatingType(tensor.scalar_type()) && tensor.sizes() == shape,
                    "decoder: ", name, ": expected a floating-point tensor of shape ", shape, " on the CPU");
}

void checkOptional(const at::Tensor& tensor, const char* name, at::IntArrayRef shape) {
  if (tensor.defined()) check(tensor, name, shape);
}

// Of that dtype, with rows that are contiguous. The loop's thread calls no operator: torch would start threads for it.
at::Tensor readable(const at::Tensor& tensor, at::ScalarType dtype) {
  const at::Tensor plain = tensor.detach().to(dtype);
  return plain.stride(-1) == 1 || plain.size(-1) == 1 ? plain : plain.contiguous();
}

void makeReadable(std::initializer_list<at::Tensor*> tensors) {
  for (at::Tensor* tensor : tensors) {
    if (tensor->defined()) *tensor = readable(*tensor, tensor->scalar_type());
  }
}

}  // namespace

// Memory under a name, the same each time.
std::byte* PackedDecoder::fit(const std::string& name, int64_t bytes) {
  Buffer& buffer = buffers_[name];
  if (buffer.bytes == bytes) return buffer.data.get();
  bytes_ -= buffer.bytes;
  buffer = {};
  buffer.data = decode::allocateBytes(bytes);
  buffer.bytes = bytes;
  bytes_ += bytes;
  return buffer.data.get();
}

class PackedDecoder::Packer {
 public:
  Packer(PackedDecoder& decoder, std::string part, const Parallel& parallel)
      : decoder_(decoder), part_(std::move(part)), parallel_(parallel) {}

  // The parts one after the other; null where there are none.
  const float* vector(const char* name, std::initializer_list<const at::Tensor*> parts) {
    int64_t size = 0;
    for (const at::Tensor* part : parts) size += part->defined() ? part->numel() : 0;
    if (size == 0) return nullptr;
    auto* const data = reinterpret_cast<float*>(decoder_.fit(part_ + name, size * 4));
    float* to = data;
    for (const at::Tensor* part : parts) {
      AT_DISPATCH_FLOATING_TYPES_AND2(at::kBFloat16, at::kHalf, part->scalar_type(), "packDecoder", [&] {
        const auto* const from = part->const_data_ptr<scalar_t>();
        for (int64_t i = 0; i < part->numel(); ++i) *to++ = static_cast<float>(from[i]);
      });
    }
    return data;
  }

  PackedMatrix matrix(const char* name, Storage storage, int64_t outputs, int64_t inputs, const std::vector<at::Tensor>& parts,
                      const OutputSource& sourceOf) {
    std::byte* const data = decoder_.fit(part_ + name, decode::packedBytes(storage, outputs, inputs));
    const PackedMatrix matrix{storage, outputs, inputs, data};
    packWeights(matrix, data, parts, sourceOf, parallel_);
    return matrix;
  }

  PackedMatrix plain(const char* name, Storage storage, const at::Tensor& tensor) {
    return matrix(name, storage, tensor.size(0), tensor.size(1), {tensor},
                  [](int64_t output) { return std::pair<int, int64_t>(0, output); });
  }

 private:
  PackedDecoder& decoder_;
  const std::string part_;
  const Parallel& parallel_;
};

sampler::DecodeLoop::Packing PackedDecoder::layer(const DecoderShape& s, int64_t index, LayerTensors t) {
  const int64_t q = s.heads * s.headDim, kv = s.kvHeads * s.headDim;
  check(t.inputNorm, "inputNorm", {s.hidden});
  check(t.postNorm, "postNorm", {s.hidden});
  checkOptional(t.qNorm, "qNorm", {s.headDim});
  checkOptional(t.kNorm, "kNorm", {s.headDim});
  check(t.q, "q", {q, s.hidden});
  check(t.k, "k", {kv, s.hidden});
  check(t.v, "v", {kv, s.hidden});
  if (t.qBias.defined() || t.kBias.defined() || t.vBias.defined()) {
    check(t.qBias, "qBias", {q});
    check(t.kBias, "kBias", {kv});
    check(t.vBias, "vBias", {kv});
  }
  check(t.out, "out", {s.hidden, q});
  checkOptional(t.outBias, "outBias", {s.hidden});
  check(t.gate, "gate", {s.intermediate, s.hidden});
  check(t.up, "up", {s.intermediate, s.hidden});
  check(t.down, "down", {s.hidden, s.intermediate});
  makeReadable({&t.inputNorm, &t.postNorm, &t.qNorm, &t.kNorm, &t.q, &t.qBias, &t.kBias, &t.vBias, &t.out, &t.outBias, &t.gate,
                &t.down});
  // Matrices of several parts are of one dtype.
  t.k = readable(t.k, t.q.scalar_type());
  t.v = readable(t.v, t.q.scalar_type());
  t.up = readable(t.up, t.gate.scalar_type());
  return [self = shared_from_this(), s, q, kv, index, t = std::move(t)](sampler::Model& model, const Parallel& parallel) {
    const Storage storage = self->storage_.layers;
    Packer packer(*self, std::to_string(index) + ".", parallel);
    decode::LayerWeights& to = model.weights.layers.at(index);
    to.inputNorm = packer.vector("inputNorm", {&t.inputNorm});
    to.postNorm = packer.vector("postNorm", {&t.postNorm});
    to.qNorm = packer.vector("qNorm", {&t.qNorm});
    to.kNorm = packer.vector("kNorm", {&t.kNorm});
    to.qkv = packer.matrix("qkv", storage, q + 2 * kv, s.hidden, {t.q, t.k, t.v}, [&](int64_t output) {
      if (output < q) return std::pair<int, int64_t>(0, output);
      return output < q + kv ? std::pair<int, int64_t>(1, output - q) : std::pair<int, int64_t>(2, output - q - kv);
    });
    to.qkvBias = packer.vector("qkvBias", {&t.qBias, &t.kBias, &t.vBias});
    to.out = packer.plain("out", storage, t.out);
    to.outBias = packer.vector("outBias", {&t.outBias});
    to.gateUp = packer.matrix("gateUp", storage, gatedOutputs(s.intermediate), s.hidden, {t.gate, t.up},
                              gatedSource(s.intermediate));
    to.down = packer.plain("down", storage, t.down);
    to.window = t.window;
  };
}

sampler::DecodeLoop::Packing PackedDecoder::ends(const DecoderShape& s, EndTensors t) {
  const int64_t vocabulary = t.head.defined() && t.head.dim() == 2 ? t.head.size(0) : 0;
  check(t.finalNorm, "finalNorm", {s.hidden});
  check(t.head, "head", {vocabulary, s.hidden});
  checkOptional(t.embedding, "embedding", {vocabulary, s.hidden});
  makeReadable({&t.finalNorm, &t.head, &t.embedding});
  return [self = shared_from_this(), t = std::move(t)](sampler::Model& model, const Parallel& parallel) {
    const Storage storage = self->storage_.head;
    Packer packer(*self, "", parallel);
    model.weights.finalNorm = packer.vector("finalNorm", {&t.finalNorm});
    model.head = packer.plain("head", storage, t.head);
    const PackedMatrix table = t.embedding.defined() ? packer.plain("embedding", storage, t.embedding) : model.head;
    model.embed = [table](int64_t token, float* to) { decode::unpackOutput(table, token, to); };
  };
}

}  // namespace earsight
