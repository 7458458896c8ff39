// Generated from native/node/wire.json by scripts/generate-wire.mjs: do not edit.
#pragma once

#include "wire.h"

namespace earsight {

static_assert(static_cast<int>(c10::ScalarType::Byte) == 0);
static_assert(static_cast<int>(c10::ScalarType::Char) == 1);
static_assert(static_cast<int>(c10::ScalarType::Short) == 2);
static_assert(static_cast<int>(c10::ScalarType::Int) == 3);
static_assert(static_cast<int>(c10::ScalarType::Long) == 4);
static_assert(static_cast<int>(c10::ScalarType::Half) == 5);
static_assert(static_cast<int>(c10::ScalarType::Float) == 6);
static_assert(static_cast<int>(c10::ScalarType::Double) == 7);
static_assert(static_cast<int>(c10::ScalarType::ComplexHalf) == 8);
static_assert(static_cast<int>(c10::ScalarType::ComplexFloat) == 9);
static_assert(static_cast<int>(c10::ScalarType::ComplexDouble) == 10);
static_assert(static_cast<int>(c10::ScalarType::Bool) == 11);
static_assert(static_cast<int>(c10::ScalarType::BFloat16) == 15);
static_assert(static_cast<int>(c10::ScalarType::Float8_e5m2) == 23);
static_assert(static_cast<int>(c10::ScalarType::Float8_e4m3fn) == 24);
static_assert(static_cast<int>(c10::ScalarType::Float8_e5m2fnuz) == 25);
static_assert(static_cast<int>(c10::ScalarType::Float8_e4m3fnuz) == 26);
static_assert(static_cast<int>(c10::ScalarType::UInt16) == 27);
static_assert(static_cast<int>(c10::ScalarType::UInt32) == 28);
static_assert(static_cast<int>(c10::ScalarType::UInt64) == 29);
static_assert(static_cast<int>(c10::ScalarType::Float8_e8m0fnu) == 44);
static_assert(static_cast<int>(c10::Layout::Strided) == 0);
static_assert(static_cast<int>(c10::Layout::Sparse) == 1);
static_assert(static_cast<int>(c10::Layout::SparseCsr) == 2);
static_assert(static_cast<int>(c10::Layout::Mkldnn) == 3);
static_assert(static_cast<int>(c10::MemoryFormat::Contiguous) == 0);
static_assert(static_cast<int>(c10::MemoryFormat::Preserve) == 1);
static_assert(static_cast<int>(c10::MemoryFormat::ChannelsLast) == 2);
static_assert(static_cast<int>(c10::MemoryFormat::ChannelsLast3d) == 3);
static_assert(static_cast<int>(c10::DeviceType::CPU) == 0);
static_assert(static_cast<int>(c10::DeviceType::CUDA) == 1);
static_assert(static_cast<int>(c10::DeviceType::Meta) == 14);

// Messages: each function reads what an entry point takes. Braces keep the order of reading.

inline at::Tensor readDescribe(Environment& environment) {
  WireReader reader(environment);
  return reader.tensor();
}

inline at::Tensor readItem(Environment& environment) {
  WireReader reader(environment);
  return reader.tensor();
}

// A value that the dtype refuses ends it with RANGE and leaves the value's position as the result.
inline std::vector<int64_t> readFromBytes(Environment& environment) {
  WireReader reader(environment);
  return reader.sizes();
}

inline std::vector<int64_t> readMappedTensor(Environment& environment) {
  WireReader reader(environment);
  return reader.sizes();
}

struct BackwardMessage {
  std::vector<at::Tensor> outputs;
  std::vector<at::Tensor> gradients;
  std::vector<at::Tensor> inputs;
  bool retainGraph;
  bool createGraph;
};
inline BackwardMessage readBackward(Environment& environment) {
  WireReader reader(environment);
  return {reader.optionalTensors(), reader.optionalTensors(), reader.optionalTensors(), reader.flag(), reader.flag()};
}

struct GradMessage {
  std::vector<at::Tensor> outputs;
  std::vector<at::Tensor> inputs;
  std::vector<at::Tensor> gradients;
  bool retainGraph;
  bool createGraph;
  bool allowUnused;
};
inline GradMessage readGrad(Environment& environment) {
  WireReader reader(environment);
  return {reader.optionalTensors(), reader.optionalTensors(), reader.optionalTensors(), reader.flag(), reader.flag(), reader.flag()};
}

struct SetRequiresGradMessage {
  at::Tensor tensor;
  bool requiresGrad;
};
inline SetRequiresGradMessage readSetRequiresGrad(Environment& environment) {
  WireReader reader(environment);
  return {reader.tensor(), reader.flag()};
}

inline at::Tensor readIsLeaf(Environment& environment) {
  WireReader reader(environment);
  return reader.tensor();
}

inline at::Tensor readGradFunctionName(Environment& environment) {
  WireReader reader(environment);
  return reader.tensor();
}

// The gradient's handle: `cached`, a handle or 0, where that still names it, else a new one; 0 for none.
struct GradOfMessage {
  at::Tensor tensor;
  double cached;
};
inline GradOfMessage readGradOf(Environment& environment) {
  WireReader reader(environment);
  return {reader.tensor(), reader.number()};
}

struct SetGradMessage {
  at::Tensor tensor;
  at::Tensor gradient;
};
inline SetGradMessage readSetGrad(Environment& environment) {
  WireReader reader(environment);
  return {reader.tensor(), reader.optionalTensor()};
}

struct RegisterHookMessage {
  at::Tensor tensor;
  double callback;
};
inline RegisterHookMessage readRegisterHook(Environment& environment) {
  WireReader reader(environment);
  return {reader.tensor(), reader.number()};
}

// A callback that is gone does nothing.
inline double readRemoveHook(Environment& environment) {
  WireReader reader(environment);
  return reader.number();
}

// Gives outputs, computed without gradients, their history.
struct ApplyFunctionMessage {
  std::vector<at::Tensor> inputs;
  std::vector<at::Tensor> outputs;
  std::vector<at::Tensor> saved;
  std::vector<bool> differentiable;
  double callback;
};
inline ApplyFunctionMessage readApplyFunction(Environment& environment) {
  WireReader reader(environment);
  return {reader.optionalTensors(), reader.optionalTensors(), reader.optionalTensors(), reader.flags(), reader.number()};
}

inline double readSavedTensors(Environment& environment) {
  WireReader reader(environment);
  return reader.number();
}

inline std::vector<at::Tensor> readCallbackReturn(Environment& environment) {
  WireReader reader(environment);
  return reader.optionalTensors();
}

// Results: each function writes the parts of fixed size.

inline void writeDescribe(WireWriter& writer, double dtype, double deviceType, double deviceIndex, bool requiresGrad, double rank) {
  writer.number(dtype);
  writer.number(deviceType);
  writer.number(deviceIndex);
  writer.number(requiresGrad);
  writer.number(rank);
}

inline void writeSavedTensors(WireWriter& writer, double count) {
  writer.number(count);
}

inline void writeCallback(WireWriter& writer, bool gradMode, double count) {
  writer.number(gradMode);
  writer.number(count);
}

}  // namespace earsight
