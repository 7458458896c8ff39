#include "handles.h"

#include "errors.h"

namespace earsight {

namespace {
constexpr double kGenerationUnit = 4294967296.0;  // 2^32
constexpr uint32_t kMaxGeneration = (1u << 20) - 1;  // keeps handles below 2^53
}  // namespace

int64_t HandleTable::find(double handle) const {
  // NaN fails both comparisons.
  if (!(handle >= kGenerationUnit && handle < kGenerationUnit * (kMaxGeneration + 1.0))) return -1;
  const auto bits = static_cast<uint64_t>(handle);
  const uint32_t index = static_cast<uint32_t>(bits);
  const uint32_t generation = static_cast<uint32_t>(bits >> 32);
  if (index >= slots_.size() || !slots_[index].used || slots_[index].generation != generation) return -1;
  return index;
}

double HandleTable::add(at::Tensor tensor) {
  uint32_t index;
  if (freeSlots_.empty()) {
    index = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    index = freeSlots_.back();
    freeSlots_.pop_back();
  }
  Slot& slot = slots_[index];
  slot.tensor = std::move(tensor);
  slot.used = true;
  account(slot);
  ++live_;
  return slot.generation * kGenerationUnit + index;
}

const at::Tensor& HandleTable::get(double handle) const {
  const int64_t index = find(handle);
  if (index < 0) throw AddonError(ErrorCode::kBadHandle, "this tensor handle names no live tensor");
  return slots_[index].tensor;
}

bool HandleTable::free(double handle) {
  const int64_t index = find(handle);
  if (index < 0) return false;
  Slot& slot = slots_[index];
  unaccount(slot);
  // Dropping the tensor may run autograd node destructors; leave the slot consistent first.
  at::Tensor dying = std::move(slot.tensor);
  slot.tensor = at::Tensor();
  slot.used = false;
  slot.generation = slot.generation == kMaxGeneration ? 1 : slot.generation + 1;
  freeSlots_.push_back(static_cast<uint32_t>(index));
  --live_;
  return true;
}

int64_t HandleTable::bytesOnlyOf(const double* handles, size_t count) const {
  ska::flat_hash_map<c10::StorageImpl*, uint32_t> uses;
  for (size_t i = 0; i < count; ++i) {
    const int64_t index = find(handles[i]);
    if (index >= 0 && slots_[index].storage != nullptr) ++uses[slots_[index].storage];
  }
  int64_t bytes = 0;
  for (const auto& [storage, handleCount] : uses) {
    const StorageUse& use = storages_.find(storage)->second;
    if (use.handles == handleCount) bytes += use.bytes;
  }
  return bytes;
}

void HandleTable::storageResized(c10::StorageImpl* storage) {
  const auto entry = storages_.find(storage);
  if (entry == storages_.end()) return;
  StorageUse& use = entry->second;
  const auto bytes = static_cast<int64_t>(storage->nbytes());
  (use.cuda ? cudaBytes_ : cpuBytes_) += bytes - use.bytes;
  use.bytes = bytes;
}

void HandleTable::storageReplaced(const c10::TensorImpl* tensor) {
  for (Slot& slot : slots_) {
    if (!slot.used || slot.tensor.unsafeGetTensorImpl() != tensor) continue;
    unaccount(slot);
    account(slot);
  }
}

void HandleTable::account(Slot& slot) {
  const c10::Storage& storage = slot.tensor.unsafeGetTensorImpl()->unsafe_storage();
  // A storage on meta has a size and no memory.
  if (!storage || slot.tensor.is_meta()) return;
  slot.storage = storage.unsafeGetStorageImpl();
  StorageUse& use = storages_[slot.storage];
  if (use.handles++ == 0) {
    use.bytes = static_cast<int64_t>(slot.storage->nbytes());
    use.cuda = slot.tensor.is_cuda();
    (use.cuda ? cudaBytes_ : cpuBytes_) += use.bytes;
  }
}

void HandleTable::unaccount(Slot& slot) {
  if (slot.storage == nullptr) return;
  const auto entry = storages_.find(slot.storage);
  if (--entry->second.handles == 0) {
    (entry->second.cuda ? cudaBytes_ : cpuBytes_) -= entry->second.bytes;
    storages_.erase(entry);
  }
  slot.storage = nullptr;
}

}  // namespace earsight
