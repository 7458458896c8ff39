// Generated from native/node/wire.json by scripts/generate-wire.mjs: do not edit.
#pragma once

#include <array>
#include <cstddef>

namespace earsight {

// Every entry point writes its status here: the number of an error code, or `spilled`: it succeeded, and its
// results are longer than the slots.
constexpr size_t kStatusSlot = 0;
constexpr double kSpilledStatus = -1;
// Where every message and its results begin.
constexpr size_t kFirstSlot = 1;
constexpr size_t kSlotCount = 65536;

// Layout of the buffer of handles that the next call frees.
struct Disposals {
  static constexpr size_t kCount = 0;
  static constexpr size_t kHandles = 1;
};
constexpr size_t kDisposalCount = 64;

enum class ErrorCode : int {
  kOk = 0,
  kRuntime = 1,  // any other c10::Error
  kIndex = 2,  // c10::IndexError
  kValue = 3,  // c10::ValueError
  kType = 4,  // c10::TypeError
  kNotImplemented = 5,  // c10::NotImplementedError
  kLinalg = 6,  // c10::LinAlgError
  kOom = 7,  // out of memory, on the host or on a device
  kNoSuchOperator = 8,  // no operator of this name
  kNotCallable = 9,  // the operator's schema has a type that cannot cross
  kBadHandle = 10,  // a handle or an id that names nothing
  kCallback = 11,  // a JavaScript callback threw; TypeScript holds the original error
  kIo = 12,  // a file that cannot be read or mapped
  kInternal = 13,  // a malformed message, or another C++ exception
  kRange = 14,  // a value that its dtype cannot hold; TypeScript throws a RangeError
};

enum class Tag : int {
  kDefault = 0,  // an argument that was left out
  kNone = 1,
  kTensor = 2,  // handle
  kInt = 3,  // value
  kBigInt = 4,  // high, low: high 32 bits (signed, or unsigned from 2^31 on), low 32 bits
  kDouble = 5,  // value
  kBool = 6,  // value
  kString = 7,  // id: the id that intern() gave
  kDevice = 8,  // type, index
  kList = 9,  // count: the elements follow, each tagged
  kGenerator = 10,  // id
  kArgument = 11,  // position: a result that is the argument of that position, changed in place
};
constexpr size_t kTagCount = 12;
// By tag: how many numbers follow it, elements of a list not counted.
constexpr std::array<size_t, kTagCount> kPayload{0, 0, 1, 1, 2, 1, 1, 1, 2, 1, 1, 1};

// Kinds of an argument, as an operator's schema has them.
enum class Kind : int {
  kTensor,
  kScalar,
  kInt,
  kFloat,
  kBool,
  kStr,
  kScalarType,
  kLayout,
  kMemoryFormat,
  kDevice,
  kGenerator,
};
constexpr std::array<const char*, 11> kKindNames{"Tensor", "Scalar", "int", "float", "bool", "str", "ScalarType", "Layout", "MemoryFormat", "Device", "Generator"};

// Calls an operator. `argumentCount` counts tagged arguments. Minus the count: that many untagged handles stand
// there, and every other argument has its default. Results are untagged handles where the operator gives tensors
// only, tagged values otherwise.
struct CallMessage {
  static constexpr size_t kOperator = 1;
  static constexpr size_t kGradMode = 2;
  static constexpr size_t kArgumentCount = 3;
  static constexpr size_t kArguments = 4;
};

// Frees handles. Unknown ones are ignored: disposing twice does nothing.
struct FreeMessage {
  static constexpr size_t kCount = 1;
  static constexpr size_t kHandles = 2;
};

}  // namespace earsight
