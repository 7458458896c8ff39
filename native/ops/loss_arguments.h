// The keyword arguments of a loss operator, by their index in its schema: read, checked, and turned into the kernels'
// settings by losses.generated.h.
#pragma once

#include <ATen/core/ivalue.h>
#include <c10/util/Exception.h>

#include <cmath>
#include <string>

namespace earsight {

struct Range {
  const char* expected;  // in words
  double low, high;
  bool openLow, openHigh, finite;

  bool holds(double value) const {
    return (openLow ? value > low : value >= low) && (openHigh ? value < high : value <= high) &&
           (!finite || std::isfinite(value));
  }
};

class LossArguments {
 public:
  // `values` begins with the type.
  LossArguments(const char* op, c10::ArrayRef<c10::IValue> values) : op_(op), values_(values) {}

  bool given(size_t index) const { return !values_[index].isNone(); }
  bool flag(size_t index) const { return values_[index].toBool(); }
  at::Tensor tensor(size_t index) const { return given(index) ? values_[index].toTensor() : at::Tensor(); }

  double number(size_t index, const char* name, const Range& range) const {
    const double value = values_[index].toDouble();
    TORCH_CHECK_VALUE(range.holds(value), op_, ": ", name, ": expected ", range.expected, ", got ", value);
    return value;
  }

  int64_t count(size_t index, const char* name, const Range& range) const {
    const int64_t value = values_[index].toInt();
    TORCH_CHECK_VALUE(range.holds(static_cast<double>(value)), op_, ": ", name, ": expected ", range.expected, ", got ",
                      value);
    return value;
  }

  // Enum has an enumerator for each word, in their order.
  template <class Enum, size_t count>
  Enum choice(size_t index, const char* name, const char* const (&words)[count]) const {
    return static_cast<Enum>(indexOf(index, name, words));
  }

  // The row of the type's name.
  template <class Row, size_t count>
  const Row& row(const Row (&rows)[count]) const {
    const char* names[count];
    for (size_t i = 0; i < count; ++i) names[i] = rows[i].name;
    return rows[indexOf(0, "type", names)];
  }

  void need(size_t index, const char* otherwise) const {
    TORCH_CHECK_VALUE(given(index), op_, ": ", otherwise);
  }

  void narrow(double value, const char* name, const char* type, const Range& range) const {
    TORCH_CHECK_VALUE(range.holds(value), op_, ": ", name, ": type '", type, "' expects ", range.expected, ", got ",
                      value);
  }

 private:
  template <size_t count>
  size_t indexOf(size_t index, const char* name, const char* const (&words)[count]) const {
    const auto given = values_[index].toStringView();
    std::string names;
    for (size_t i = 0; i < count; ++i) {
      if (given == words[i]) return i;
      names += (i == 0 ? "" : ", ") + std::string(words[i]);
    }
    TORCH_CHECK_VALUE(false, op_, ": ", name, ": expected one of ", names, ", got ", given);
  }

  const char* op_;
  c10::ArrayRef<c10::IValue> values_;
};

}  // namespace earsight
