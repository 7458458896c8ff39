#include "errors.h"

#include <c10/util/Exception.h>

#include <cstdlib>

namespace earsight {

namespace {

// libtorch's allocators report the size in the text only:
// "... you tried to allocate 123 bytes" (CPU), "Tried to allocate 1.50 GiB" (CUDA).
int64_t bytesFromMessage(const std::string& message) {
  const auto at = message.find("ried to allocate ");
  if (at == std::string::npos) return 0;
  char* end = nullptr;
  const double amount = std::strtod(message.c_str() + at + 17, &end);
  const std::string unit(end, std::min<size_t>(4, message.c_str() + message.size() - end));
  double scale = 1;
  if (unit == " KiB") scale = 1024.0;
  if (unit == " MiB") scale = 1024.0 * 1024;
  if (unit == " GiB") scale = 1024.0 * 1024 * 1024;
  return static_cast<int64_t>(amount * scale);
}

// The dispatcher's "Could not run" text lists every registered kernel, over pages.
std::string shorten(std::string message) {
  const auto at = message.find(" This could be because the operator doesn't exist for this backend");
  if (at != std::string::npos) message.resize(at);
  while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) message.pop_back();
  return message;
}

ErrorRecord record(ErrorCode code, const c10::Error& error) {
  return {code, shorten(error.what_without_backtrace()), 0};
}

}  // namespace

ErrorRecord describeCurrentException() {
  try {
    throw;
  } catch (const AddonError& error) {
    return {error.code, error.what(), 0};
  } catch (const c10::OutOfMemoryError& error) {
    ErrorRecord result = record(ErrorCode::kOom, error);
    result.bytesRequested = bytesFromMessage(result.message);
    return result;
  } catch (const c10::IndexError& error) {
    return record(ErrorCode::kIndex, error);
  } catch (const c10::ValueError& error) {
    return record(ErrorCode::kValue, error);
  } catch (const c10::TypeError& error) {
    return record(ErrorCode::kType, error);
  } catch (const c10::NotImplementedError& error) {
    return record(ErrorCode::kNotImplemented, error);
  } catch (const c10::LinAlgError& error) {
    return record(ErrorCode::kLinalg, error);
  } catch (const c10::Error& error) {
    ErrorRecord result = record(ErrorCode::kRuntime, error);
    if (result.message.find("DefaultCPUAllocator: ") != std::string::npos) {
      result.code = ErrorCode::kOom;
      result.bytesRequested = bytesFromMessage(result.message);
    }
    return result;
  } catch (const std::bad_alloc&) {
    return {ErrorCode::kOom, "out of host memory", 0};
  } catch (const std::exception& error) {
    return {ErrorCode::kInternal, error.what(), 0};
  } catch (...) {
    return {ErrorCode::kInternal, "unknown C++ exception", 0};
  }
}

}  // namespace earsight
