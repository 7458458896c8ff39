// The wire format: arguments and results travel as tagged doubles in the environment's slots, so that a hot call
// crosses N-API once and creates no JavaScript objects. Counts come from TypeScript and are checked. A reader stops
// at the end of its message. A writer continues in `spilled` after the last slot.
//
// A list is a count, then the elements. A list that is too long for the slots is staged: `stage` takes its elements
// before the message, which holds minus the count. Staged lists are read in the order in which they were written.
#pragma once

#include "environment.h"

namespace earsight {

[[noreturn]] void malformed();

// Checks a count or an index of a message: a whole number from 0 to `most`.
inline size_t wholeNumber(double value, size_t most) {
  // NaN fails both comparisons.
  if (!(value >= 0 && value <= static_cast<double>(most))) malformed();
  return static_cast<size_t>(value);
}

// Checks an index into a list of `count` elements. An empty list has no index.
inline size_t indexBelow(double value, size_t count) {
  if (count == 0) malformed();
  return wholeNumber(value, count - 1);
}

inline int64_t integer64(double value) {
  if (!(value >= -0x1p63 && value < 0x1p63)) malformed();
  return static_cast<int64_t>(value);
}

constexpr size_t kMaxBytes = size_t{1} << 53;

// Bytes of a dense tensor. A shape of more than kMaxBytes is refused.
size_t denseBytes(const std::vector<int64_t>& shape, c10::ScalarType dtype);

// A value of a c10 enumeration that ends with NumOptions. libtorch uses some of them as an index without a check.
template <typename Enumeration>
Enumeration enumerated(double value) {
  return static_cast<Enumeration>(indexBelow(value, static_cast<size_t>(Enumeration::NumOptions)));
}

class WireReader {
 public:
  explicit WireReader(Environment& environment, size_t from = kFirstSlot)
      : environment_(environment), at_(environment.slots + from), end_(environment.slots + kSlotCount) {}

  double number() {
    if (at_ == end_) malformed();
    return *at_++;
  }
  bool flag() { return number() != 0; }
  // Untagged handles; of an optional tensor, 0 stands for none.
  at::Tensor tensor() { return environment_.tensors.get(number()); }
  at::Tensor optionalTensor();
  std::vector<at::Tensor> optionalTensors();
  std::vector<int64_t> sizes();
  std::vector<bool> flags();

  // A tagged value. False when the argument was left out and the schema's default applies.
  bool read(const ArgumentType& type, c10::IValue& value);

 private:
  Tag nextTag() { return static_cast<Tag>(wholeNumber(number(), kTagCount - 1)); }
  c10::IValue readPlain(Tag tag);
  c10::IValue readList(const ArgumentType& type);
  // Calls `fill(count)` with this reader at the first element, wherever the elements stand.
  template <typename Fill>
  auto list(Fill fill);

  Environment& environment_;
  const double* at_;
  const double* end_;
  size_t stagedRead_ = 0;
};

class WireWriter {
 public:
  explicit WireWriter(Environment& environment)
      : environment_(environment), at_(environment.slots + kFirstSlot), end_(environment.slots + kSlotCount) {
    environment.spilled.clear();
  }
  // Untagged handle, 0 for an undefined tensor.
  void handle(at::Tensor tensor);
  void number(double value) {
    if (at_ != end_) *at_++ = value;
    else environment_.spilled.push_back(value);
  }
  void value(const c10::IValue& value);
  void alias(int argument);

 private:
  // A tag and the numbers that follow it.
  template <Tag tag, typename... Numbers>
  void put(Numbers... numbers) {
    static_assert(sizeof...(numbers) == kPayload[static_cast<size_t>(tag)]);
    number(static_cast<double>(tag));
    (number(static_cast<double>(numbers)), ...);
  }
  void integer(int64_t value);

  Environment& environment_;
  double* at_;
  double* const end_;
};

}  // namespace earsight
