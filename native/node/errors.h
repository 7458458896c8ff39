// The one guarded boundary: no C++ exception crosses into N-API. A failed call leaves an ErrorRecord in
// the environment and a non-zero status in the wire buffer; TypeScript reads it and throws a TorchError.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace earsight {

// Mirrored by `errorCodes` in lib/runtime/native.ts, same order.
enum class ErrorCode : int {
  kNone = 0,
  kRuntime,         // any other c10::Error
  kIndex,           // c10::IndexError
  kValue,           // c10::ValueError
  kType,            // c10::TypeError
  kNotImplemented,  // c10::NotImplementedError
  kLinalg,          // c10::LinAlgError
  kOutOfMemory,
  kNoSuchOperator,
  kNotCallable,
  kBadHandle,
  kCallback,  // a JavaScript callback threw; TypeScript holds the original error
  kIo,
  kInternal,
  kRange,  // a value that its dtype cannot hold: TypeScript throws a RangeError
};

class AddonError : public std::runtime_error {
 public:
  AddonError(ErrorCode code, const std::string& message) : std::runtime_error(message), code(code) {}
  const ErrorCode code;
};

struct ErrorRecord {
  ErrorCode code = ErrorCode::kNone;
  std::string message;
  int64_t bytesRequested = 0;  // out of memory only
};

// Translates the exception being handled; call inside a catch block.
ErrorRecord describeCurrentException();

}  // namespace earsight
