#include "written_arguments.h"

namespace earsight {

WrittenArguments::WrittenArguments(const OperatorEntry& entry, const std::vector<c10::IValue>& arguments) {
  for (const size_t index : entry.written) {
    const c10::IValue& argument = arguments[index];
    if (argument.isTensor()) {
      add(argument.toTensor());
    } else if (argument.isTensorList()) {
      for (const at::Tensor& tensor : argument.toTensorVector()) add(tensor);
    }
  }
}

void WrittenArguments::add(const at::Tensor& tensor) {
  // Sparse and opaque tensors have no strides to restore; their sizes are not set before their contents.
  if (!tensor.defined() || tensor.layout() != at::kStrided || !tensor.has_storage()) return;
  const c10::Storage& storage = tensor.storage();
  all_.push_back({tensor, storage, storage ? storage.nbytes() : 0, tensor.storage_offset(),
                  c10::DimVector(tensor.sizes()), c10::DimVector(tensor.strides())});
}

void WrittenArguments::restore() const {
  for (const Written& before : all_) {
    c10::TensorImpl* now = before.tensor.unsafeGetTensorImpl();
    if (now->unsafe_storage().unsafeGetStorageImpl() != before.storage.unsafeGetStorageImpl()) {
      now->set_storage_keep_dtype(before.storage);
    }
    // A tensor whose shape must not be changed (detach) is still unchanged, and is not set.
    if (now->sizes() != before.sizes || now->strides() != before.strides || now->storage_offset() != before.offset) {
      now->set_sizes_and_strides(before.sizes, before.strides, before.offset);
    }
  }
}

void WrittenArguments::account(HandleTable& table) const {
  for (const Written& before : all_) {
    c10::StorageImpl* storage = before.storage.unsafeGetStorageImpl();
    c10::StorageImpl* now = before.tensor.unsafeGetTensorImpl()->unsafe_storage().unsafeGetStorageImpl();
    if (now != storage) {
      table.storageReplaced(before.tensor.unsafeGetTensorImpl());
      table.storageResized(now);
    }
    if (storage != nullptr && storage->nbytes() != before.bytes) table.storageResized(storage);
  }
}

}  // namespace earsight
