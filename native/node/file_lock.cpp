// A lock on an open file. It ends with the process that holds it, also when that process is killed.
#include <sys/file.h>

#include <cerrno>

#include "environment.h"

namespace earsight {

namespace {

// lockFile(descriptor) => 0, or the system's error: EWOULDBLOCK where another descriptor holds the lock, of this process
// or of another. Closing the descriptor ends it.
Napi::Value lockFile(const Napi::CallbackInfo& info, Environment&) {
  const int descriptor = info[0].As<Napi::Number>().Int32Value();
  int failed;
  do {
    failed = ::flock(descriptor, LOCK_EX | LOCK_NB);
  } while (failed != 0 && errno == EINTR);
  return Napi::Number::New(info.Env(), failed == 0 ? 0 : errno);
}

}  // namespace

void exportFileLock(Napi::Object exports, Environment& environment) {
  exportFunction(exports, environment, "lockFile", lockFile);
}

}  // namespace earsight
