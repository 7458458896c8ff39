// Errors at the boundary: no C++ exception crosses into N-API. A failed call leaves an ErrorRecord in the environment
// and a non-zero status in the wire buffer; TypeScript reads it and throws a TorchError.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "wire_codes.generated.h"

namespace earsight {

class AddonError : public std::runtime_error {
 public:
  AddonError(ErrorCode code, const std::string& message) : std::runtime_error(message), code(code) {}
  const ErrorCode code;
};

struct ErrorRecord {
  ErrorCode code = ErrorCode::kOk;
  std::string message;
  int64_t bytesRequested = 0;  // out of memory only
};

// Translates the exception being handled; call inside a catch block.
ErrorRecord describeCurrentException();

}  // namespace earsight
