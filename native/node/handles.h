// The handle table: every tensor that JavaScript can name has a slot in it. A handle is a double-safe integer,
// generation * 2^32 + slot index. So a stale handle is recognised, even if its slot is used again. Handle 0 means "no
// tensor".
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/flat_hash_map.h>

#include <cstdint>
#include <vector>

namespace earsight {

class HandleTable {
 public:
  double add(at::Tensor tensor);
  const at::Tensor& get(double handle) const;
  // Returns false when the handle names nothing (already freed, NaN, foreign).
  bool free(double handle);

  // An operator changed the size of a storage, or gave a tensor another one.
  void storageResized(c10::StorageImpl* storage);
  void storageReplaced(const c10::TensorImpl* tensor);

  // Bytes of the storages that no tensor of the table but these uses.
  int64_t bytesOnlyOf(const double* handles, size_t count) const;

  int64_t live() const { return live_; }
  int64_t cpuBytes() const { return cpuBytes_; }
  int64_t cudaBytes() const { return cudaBytes_; }

 private:
  struct Slot {
    at::Tensor tensor;
    c10::StorageImpl* storage = nullptr;
    uint32_t generation = 1;
    bool used = false;
  };
  struct StorageUse {
    uint32_t handles = 0;
    int64_t bytes = 0;
    bool cuda = false;
  };

  int64_t find(double handle) const;
  void account(Slot& slot);
  void unaccount(Slot& slot);

  std::vector<Slot> slots_;
  std::vector<uint32_t> freeSlots_;
  // Views share a storage: its bytes count once, as long as any handle reaches it.
  ska::flat_hash_map<c10::StorageImpl*, StorageUse> storages_;
  int64_t live_ = 0;
  int64_t cpuBytes_ = 0;
  int64_t cudaBytes_ = 0;
};

}  // namespace earsight
