// Meta kernels of ATen operators that libtorch registers from Python only: shapes and dtypes of the results, no values.
// They belong to the addon and not to the operator library, because a Python program has its own.
#include <ATen/ATen.h>
#include <ATen/WrapDimUtils.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/native/ConvUtils.h>
#include <torch/library.h>

namespace earsight {

namespace {

using Mask = std::array<bool, 3>;
using Three = std::tuple<at::Tensor, at::Tensor, at::Tensor>;

at::Tensor indexSelect(const at::Tensor& self, int64_t dim, const at::Tensor& index) {
  TORCH_CHECK_INDEX(index.dim() <= 1, "index_select(): Index is supposed to be a vector");
  std::vector<int64_t> sizes = self.sizes().vec();
  if (!sizes.empty()) sizes[at::maybe_wrap_dim(dim, self.dim())] = index.numel();
  return self.new_empty(sizes);
}

at::Tensor embeddingDenseBackward(const at::Tensor& grad, const at::Tensor&, int64_t rows, int64_t, bool) {
  return grad.new_empty({rows, grad.size(-1)});
}

at::Tensor convolution(const at::Tensor& input, const at::Tensor& weight, const std::optional<at::Tensor>&,
                       at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed,
                       at::IntArrayRef, int64_t) {
  TORCH_CHECK(!transposed, "transposed convolutions have no meta kernel");
  return input.new_empty(at::native::conv_output_size(input.sizes(), weight.sizes(), padding, stride, dilation));
}

/** The gradients that the mask asks for. */
Three gradients(const at::Tensor& input, const at::Tensor& weight, at::IntArrayRef biasSizes, Mask wanted) {
  return {wanted[0] ? at::empty_like(input) : at::Tensor(), wanted[1] ? at::empty_like(weight) : at::Tensor(),
          wanted[2] ? input.new_empty(biasSizes) : at::Tensor()};
}

Three convolutionBackward(const at::Tensor&, const at::Tensor& input, const at::Tensor& weight, at::IntArrayRef,
                          at::IntArrayRef, at::IntArrayRef, bool, at::IntArrayRef, int64_t, Mask wanted) {
  return gradients(input, weight, {weight.size(0)}, wanted);
}

Three layerNorm(const at::Tensor& input, at::IntArrayRef shape, const std::optional<at::Tensor>&,
                const std::optional<at::Tensor>&, double) {
  std::vector<int64_t> sizes = input.sizes().vec();
  std::fill(sizes.end() - static_cast<int64_t>(shape.size()), sizes.end(), 1);
  return {at::empty_like(input), input.new_empty(sizes), input.new_empty(sizes)};
}

Three layerNormBackward(const at::Tensor&, const at::Tensor& input, at::IntArrayRef shape, const at::Tensor&,
                        const at::Tensor&, const std::optional<at::Tensor>& weight, const std::optional<at::Tensor>&,
                        Mask wanted) {
  return gradients(input, weight.value_or(input.new_empty(shape)), shape, wanted);
}

/** Registers a kernel, unless this libtorch has its own. */
template <typename Kernel>
void implement(torch::Library& library, const char* name, Kernel* kernel) {
  const auto operatorHandle =
      c10::Dispatcher::singleton().findSchema({std::string("aten::") + name, ""});
  if (!operatorHandle || operatorHandle->hasKernelForDispatchKey(c10::DispatchKey::Meta)) return;
  library.impl(name, kernel);
}

}  // namespace

TORCH_LIBRARY_IMPL(aten, Meta, library) {
  implement(library, "index_select", indexSelect);
  implement(library, "embedding_dense_backward", embeddingDenseBackward);
  implement(library, "convolution_overrideable", convolution);
  implement(library, "convolution_backward_overrideable", convolutionBackward);
  implement(library, "native_layer_norm", layerNorm);
  implement(library, "native_layer_norm_backward", layerNormBackward);
}

}  // namespace earsight
