// The wire format: arguments and results travel as tagged doubles in the environment's buffer,
// so that a hot call crosses N-API once and creates no JavaScript objects.
#pragma once

#include "environment.h"

namespace earsight {

// Mirrored by `Tag` in lib/runtime/wire.ts.
enum class Tag : int {
  kDefault = 0,  // argument left out
  kNone = 1,
  kTensor = 2,   // handle
  kInt = 3,      // value
  kBigInt = 4,   // high 32 bits (signed), low 32 bits
  kDouble = 5,
  kBool = 6,
  kString = 7,   // interned id
  kDevice = 8,   // device type, index
  kList = 9,     // count, then tagged elements
  kGenerator = 10,
};

class WireReader {
 public:
  WireReader(Environment& environment, const double* at) : environment_(environment), at_(at) {}
  // False when the argument was left out and the schema's default applies.
  bool read(const ArgumentType& type, c10::IValue& value);

 private:
  Tag nextTag() { return static_cast<Tag>(static_cast<int>(*at_++)); }
  c10::IValue readPlain(Tag tag);
  c10::IValue readList(const ArgumentType& type);

  Environment& environment_;
  const double* at_;
};

class WireWriter {
 public:
  explicit WireWriter(Environment& environment) : environment_(environment), at_(environment.slots + 1) {}
  // Untagged handle, 0 for an undefined tensor.
  void handle(at::Tensor tensor);
  void number(double value);
  void value(const c10::IValue& value);
  void alias(int argument);

 private:
  void tag(Tag tag) { number(static_cast<double>(static_cast<int>(tag))); }
  void integer(int64_t value);

  Environment& environment_;
  double* at_;
};

}  // namespace earsight
