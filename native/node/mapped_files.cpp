// Memory-mapped weights: tensors over a file's pages, private to the process (copy on write), never
// reaching outside the file.
#include <ATen/ATen.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "wire.h"

namespace earsight {

namespace {

class MappedFile {
 public:
  explicit MappedFile(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) fail(path);
    struct stat status {};
    if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
      if (errno == 0) errno = EINVAL;
      ::close(file);
      fail(path);
    }
    size_ = static_cast<size_t>(status.st_size);
    if (size_ > 0) data_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    ::close(file);
    if (data_ == MAP_FAILED) fail(path);
  }
  ~MappedFile() {
    if (data_ != nullptr && data_ != MAP_FAILED) ::munmap(data_, size_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  char* data() const { return static_cast<char*>(data_); }
  size_t size() const { return size_; }

 private:
  [[noreturn]] static void fail(const std::string& path) {
    throw AddonError(ErrorCode::kIo, "cannot map " + path + ": " + std::strerror(errno));
  }
  void* data_ = nullptr;
  size_t size_ = 0;
};

using Shared = std::shared_ptr<MappedFile>;

// mapFile(path) => { size, mapping }
Napi::Value mapFile(const Napi::CallbackInfo& info, Environment&) {
  errno = 0;
  auto* file = new Shared(std::make_shared<MappedFile>(info[0].As<Napi::String>()));
  auto result = Napi::Object::New(info.Env());
  result.Set("size", static_cast<double>((*file)->size()));
  result.Set("mapping", Napi::External<Shared>::New(info.Env(), file, [](Napi::Env, Shared* owner) { delete owner; }));
  return result;
}

// mappedTensor(mapping, offset, byteLength, dtype) with the sizes in the slots => [1] handle
Napi::Value mappedTensor(const Napi::CallbackInfo& info, Environment& environment) {
  const Shared file = *info[0].As<Napi::External<Shared>>().Data();
  const size_t offset = wholeNumber(info[1].As<Napi::Number>().DoubleValue(), kMaxBytes);
  const size_t length = wholeNumber(info[2].As<Napi::Number>().DoubleValue(), kMaxBytes);
  const auto dtype = enumerated<c10::ScalarType>(info[3].As<Napi::Number>().DoubleValue());
  const auto shape = WireReader(environment).sizes();
  if (denseBytes(shape, dtype) != length) throw AddonError(ErrorCode::kValue, "shape and byte length disagree");
  if (offset > file->size() || length > file->size() - offset) throw AddonError(ErrorCode::kIndex, "range lies outside the mapped file");
  const auto options = at::TensorOptions(dtype);
  WireWriter(environment).handle(length == 0 ? at::empty(shape, options)
                                             : at::from_blob(file->data() + offset, shape, [file](void*) {}, options));
  return info.Env().Undefined();
}

}  // namespace

void exportMappedFiles(Napi::Object exports, Environment& environment) {
  exportFunction(exports, environment, "mapFile", mapFile);
  exportFunction(exports, environment, "mappedTensor", mappedTensor);
}

}  // namespace earsight
