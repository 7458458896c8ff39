// The torch-free half of the addon. It exists because a library linked to libtorch cannot be loaded before libtorch
// has been found, while the code that finds it (and explains what is missing) runs in JavaScript. This file opens
// shared libraries in the order of its argument. Everything that is linked to torch then resolves by soname against
// them.
//
// The handles are never closed: libtorch registers operators and threads with the process, and a library that
// vanishes when a worker thread exits would take the other threads down with it.

#include <dlfcn.h>
#include <node_api.h>

#include <string>

namespace {

bool read_string(napi_env env, napi_value value, std::string* out) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return false;
  out->resize(length);
  return napi_get_value_string_utf8(env, value, out->data(), length + 1, &length) == napi_ok;
}

// open(paths: string[]): string | undefined
// Opens each library in turn and returns the linker's message for the first one that fails. The message is returned,
// not thrown: errors made here would not be `instanceof Error` in another realm (Jest), so TypeScript makes them.
napi_value open(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value paths = nullptr;
  uint32_t count = 0;
  if (napi_get_cb_info(env, info, &argc, &paths, nullptr, nullptr) != napi_ok || argc < 1 ||
      napi_get_array_length(env, paths, &count) != napi_ok) {
    napi_throw_type_error(env, nullptr, "Expected first argument to be an array of library paths");
    return nullptr;
  }
  for (uint32_t i = 0; i < count; ++i) {
    napi_value element = nullptr;
    std::string path;
    if (napi_get_element(env, paths, i, &element) != napi_ok || !read_string(env, element, &path)) {
      napi_throw_type_error(env, nullptr, "Expected first argument to be an array of library paths");
      return nullptr;
    }
    // RTLD_LOCAL keeps libtorch's many exported names (libuv's among them) from shadowing Node's.
    if (dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) == nullptr) {
      const char* reason = dlerror();
      napi_value message = nullptr;
      napi_create_string_utf8(env, reason != nullptr ? reason : "unknown dlopen error", NAPI_AUTO_LENGTH, &message);
      return message;
    }
  }
  return nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value function = nullptr;
  if (napi_create_function(env, "open", NAPI_AUTO_LENGTH, open, nullptr, &function) == napi_ok) {
    napi_set_named_property(env, exports, "open", function);
  }
  return exports;
}
