// The tensors that an operator may write to, as they were before the call. A call that fails half-way can have set
// sizes without memory behind them (resize_, every out= form). Their shape and storage are restored: later reads
// would go out of bounds.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>
#include <c10/util/DimVector.h>

#include <vector>

#include "handles.h"
#include "operator_entry.h"

namespace earsight {

class WrittenArguments {
 public:
  WrittenArguments(const OperatorEntry& entry, const std::vector<c10::IValue>& arguments);

  // After a failed call. Values that were written before the failure stay.
  void restore() const;
  // After any call: updates the table for storages that were resized or replaced.
  void account(HandleTable& table) const;

 private:
  struct Written {
    at::Tensor tensor;
    c10::Storage storage;
    size_t bytes;
    int64_t offset;
    c10::DimVector sizes, strides;
  };
  void add(const at::Tensor& tensor);

  c10::SmallVector<Written, 1> all_;
};

}  // namespace earsight
