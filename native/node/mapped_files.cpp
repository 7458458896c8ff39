// Memory-mapped weights: tensors over a file's pages, private to the process (copy on write), never
// reaching outside the file.
#include <ATen/ATen.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "wire_messages.generated.h"

namespace earsight {

namespace {

class MappedFile {
 public:
  // The caller keeps the descriptor. So header and pages come from the same file, even if its path names another one
  // by now.
  explicit MappedFile(int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) fail();
    size_ = static_cast<size_t>(status.st_size);
    // Not reserved: only pages that are written to take memory, so that a file may be larger than the machine's memory.
    if (size_ > 0) data_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0);
    if (data_ == MAP_FAILED) fail();
  }
  ~MappedFile() {
    if (data_ != nullptr && data_ != MAP_FAILED) ::munmap(data_, size_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  char* data() const { return static_cast<char*>(data_); }
  size_t size() const { return size_; }

  // Gives back the memory of a range, file pages and written ones, while the rest stays mapped. Pages that reach beyond
  // the range belong to its neighbours too and stay.
  void release(size_t offset, size_t length) const {
    static const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto begin = reinterpret_cast<uintptr_t>(data()) + offset;
    const uintptr_t first = (begin + page - 1) / page * page;
    const uintptr_t last = (begin + length) / page * page;
    if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
  }

 private:
  [[noreturn]] static void fail() { throw AddonError(ErrorCode::kIo, std::string("cannot be mapped: ") + std::strerror(errno)); }
  void* data_ = nullptr;
  size_t size_ = 0;
};

using Shared = std::shared_ptr<MappedFile>;

// mapFile(descriptor of a regular file) => mapping
Napi::Value mapFile(const Napi::CallbackInfo& info, Environment&) {
  auto file = std::make_unique<Shared>(std::make_shared<MappedFile>(info[0].As<Napi::Number>().Int32Value()));
  auto mapping = Napi::External<Shared>::New(info.Env(), file.get(), [](Napi::Env, Shared* owner) { delete owner; });
  file.release();
  return mapping;
}

// mappedTensor(mapping, offset, byteLength, dtype) with the shape as the message
Napi::Value mappedTensor(const Napi::CallbackInfo& info, Environment& environment) {
  const Shared file = *info[0].As<Napi::External<Shared>>().Data();
  const size_t offset = wholeNumber(info[1].As<Napi::Number>().DoubleValue(), kMaxBytes);
  const size_t length = wholeNumber(info[2].As<Napi::Number>().DoubleValue(), kMaxBytes);
  const auto dtype = enumerated<c10::ScalarType>(info[3].As<Napi::Number>().DoubleValue());
  const auto shape = readMappedTensor(environment);
  if (denseBytes(shape, dtype) != length) throw AddonError(ErrorCode::kValue, "shape and byte length disagree");
  if (offset > file->size() || length > file->size() - offset) throw AddonError(ErrorCode::kIndex, "range lies outside the mapped file");
  const auto options = at::TensorOptions(dtype);
  auto tensor = length == 0 ? at::empty(shape, options)
                            : at::from_blob(file->data() + offset, shape,
                                            [file, offset, length](void*) { file->release(offset, length); }, options);
  // A header of any length may stand before the data; kernels expect elements at multiples of their size.
  if (offset % c10::elementSize(dtype) != 0) tensor = tensor.clone();
  WireWriter(environment).handle(std::move(tensor));
  return info.Env().Undefined();
}

}  // namespace

void exportMappedFiles(Napi::Object exports, Environment& environment) {
  exportFunction(exports, environment, "mapFile", mapFile);
  exportFunction(exports, environment, "mappedTensor", mappedTensor);
}

}  // namespace earsight
