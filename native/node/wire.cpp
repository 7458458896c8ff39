#include "wire.h"

#include <cstring>

namespace earsight {

void malformed() { throw AddonError(ErrorCode::kInternal, "malformed wire buffer"); }

size_t denseBytes(const std::vector<int64_t>& shape, c10::ScalarType dtype) {
  // A zero size makes the product zero however large the others are.
  const bool empty = std::find(shape.begin(), shape.end(), 0) != shape.end();
  size_t bytes = empty ? 0 : c10::elementSize(dtype);
  for (const int64_t size : shape) {
    if (size < 0) throw AddonError(ErrorCode::kValue, "a size is negative");
    if (!empty && __builtin_mul_overflow(bytes, static_cast<size_t>(size), &bytes)) bytes = kMaxBytes + 1;
    if (bytes > kMaxBytes) throw AddonError(ErrorCode::kValue, "the shape needs more than 2^53 bytes");
  }
  return bytes;
}

// ---- reading ------------------------------------------------------------------------------------------------------

template <typename Fill>
auto WireReader::list(Fill fill) {
  const double count = number();
  if (!(count < 0)) {
    // Every element takes a slot or more.
    return fill(wholeNumber(count, static_cast<size_t>(end_ - at_)));
  }
  const std::vector<double>& staged = environment_.staged;
  const size_t elements = wholeNumber(-count, staged.size() - stagedRead_);
  const double* const outerAt = std::exchange(at_, staged.data() + stagedRead_);
  const double* const outerEnd = std::exchange(end_, staged.data() + staged.size());
  auto result = fill(elements);
  stagedRead_ = static_cast<size_t>(at_ - staged.data());
  at_ = outerAt;
  end_ = outerEnd;
  return result;
}

at::Tensor WireReader::optionalTensor() {
  const double handle = number();
  return handle == 0 ? at::Tensor() : environment_.tensors.get(handle);
}

std::vector<at::Tensor> WireReader::optionalTensors() {
  return list([this](size_t count) {
    std::vector<at::Tensor> result(count);
    for (auto& entry : result) entry = optionalTensor();
    return result;
  });
}

std::vector<int64_t> WireReader::sizes() {
  return list([this](size_t count) {
    std::vector<int64_t> result(count);
    for (auto& size : result) size = integer64(number());
    return result;
  });
}

std::vector<bool> WireReader::flags() {
  return list([this](size_t count) {
    std::vector<bool> result(count);
    for (size_t i = 0; i < count; ++i) result[i] = flag();
    return result;
  });
}

c10::IValue WireReader::readPlain(Tag tag) {
  switch (tag) {
    case Tag::kNone: return {};
    case Tag::kTensor: return tensor();
    case Tag::kInt: return integer64(number());
    case Tag::kBigInt: {
      const int64_t high = integer64(number());
      const auto low = static_cast<uint64_t>(wholeNumber(number(), UINT32_MAX));
      const uint64_t bits = (static_cast<uint64_t>(high) << 32) | low;
      // From 2^63 on: only a Scalar can be that large.
      if (high > INT32_MAX) return c10::Scalar(bits);
      return static_cast<int64_t>(bits);
    }
    case Tag::kDouble: return number();
    case Tag::kBool: return flag();
    case Tag::kString: return environment_.strings.at(wholeNumber(number(), UINT32_MAX));
    case Tag::kDevice: {
      constexpr size_t kTypes = static_cast<size_t>(c10::COMPILE_TIME_MAX_DEVICE_TYPES) - 1;
      const auto type = static_cast<c10::DeviceType>(wholeNumber(number(), kTypes));
      const double index = number();
      if (!(index >= -1 && index <= std::numeric_limits<c10::DeviceIndex>::max())) malformed();
      return c10::Device(type, static_cast<c10::DeviceIndex>(index));
    }
    case Tag::kGenerator: return environment_.generator(number());
    default: malformed();
  }
}

namespace {

template <typename T>
c10::List<T> emptyList(size_t count) {
  c10::List<T> list;
  list.reserve(count);
  return list;
}

// Enumerations cross as integers. libtorch does not check these numbers.
void checkEnumerated(Kind kind, const c10::IValue& value) {
  if (value.isNone()) return;
  if (kind == Kind::kScalarType) enumerated<c10::ScalarType>(static_cast<double>(value.toInt()));
  if (kind == Kind::kLayout) enumerated<c10::Layout>(static_cast<double>(value.toInt()));
  if (kind == Kind::kMemoryFormat) enumerated<c10::MemoryFormat>(static_cast<double>(value.toInt()));
}

}  // namespace

c10::IValue WireReader::readList(const ArgumentType& type) {
  using c10::IValue;
  return list([&](size_t count) {
    const auto fill = [&](auto list, auto convert) {
      for (size_t i = 0; i < count; ++i) list.push_back(convert(readPlain(nextTag())));
      return IValue(std::move(list));
    };
    switch (type.kind) {
      case Kind::kTensor:
        if (type.elementOptional) {
          return fill(emptyList<std::optional<at::Tensor>>(count), [](const IValue& v) {
            return v.isNone() ? std::optional<at::Tensor>() : std::optional<at::Tensor>(v.toTensor());
          });
        }
        return fill(emptyList<at::Tensor>(count), [](const IValue& v) { return v.toTensor(); });
      case Kind::kInt:
        return fill(emptyList<int64_t>(count), [](const IValue& v) { return v.toInt(); });
      case Kind::kFloat:
        return fill(emptyList<double>(count), [](const IValue& v) { return v.toDouble(); });
      case Kind::kBool:
        return fill(emptyList<bool>(count), [](const IValue& v) { return v.toBool(); });
      case Kind::kStr:
        return fill(emptyList<std::string>(count), [](const IValue& v) { return v.toStringRef(); });
      default: {  // Scalar[]
        c10::impl::GenericList scalars(c10::NumberType::get());
        for (size_t i = 0; i < count; ++i) scalars.push_back(readPlain(nextTag()));
        return IValue(std::move(scalars));
      }
    }
  });
}

bool WireReader::read(const ArgumentType& type, c10::IValue& value) {
  const Tag tag = nextTag();
  if (tag == Tag::kDefault) return false;
  if (tag == Tag::kList && !type.list) malformed();
  value = tag == Tag::kList ? readList(type) : readPlain(tag);
  checkEnumerated(type.kind, value);
  return true;
}

// ---- writing ------------------------------------------------------------------------------------------------------

void WireWriter::handle(at::Tensor tensor) {
  number(tensor.defined() ? environment_.tensors.add(std::move(tensor)) : 0);
}

void WireWriter::integer(int64_t value) {
  constexpr int64_t kSafe = int64_t{1} << 53;
  if (value >= -kSafe && value <= kSafe) {
    put<Tag::kInt>(value);
  } else {
    put<Tag::kBigInt>(value >> 32, static_cast<uint32_t>(value));
  }
}

// An in-place result: TypeScript returns the argument object itself.
void WireWriter::alias(int argument) { put<Tag::kArgument>(argument); }

void WireWriter::value(const c10::IValue& value) {
  if (value.isTensor()) {
    if (!value.toTensor().defined()) return put<Tag::kNone>();
    put<Tag::kTensor>(environment_.tensors.add(value.toTensor()));
  } else if (value.isNone()) {
    put<Tag::kNone>();
  } else if (value.isInt()) {
    integer(value.toInt());
  } else if (value.isUnsigned()) {  // beyond int64
    const uint64_t number = value.toUInt();
    put<Tag::kBigInt>(number >> 32, static_cast<uint32_t>(number));
  } else if (value.isDouble()) {
    put<Tag::kDouble>(value.toDouble());
  } else if (value.isBool()) {
    put<Tag::kBool>(value.toBool());
  } else if (value.isComplexDouble()) {
    const auto complex = value.toComplexDouble();
    this->value(c10::List<double>({complex.real(), complex.imag()}));
  } else if (value.isString()) {
    put<Tag::kString>(environment_.intern(value.toStringRef()));
  } else if (value.isDevice()) {
    put<Tag::kDevice>(static_cast<int>(value.toDevice().type()), value.toDevice().index());
  } else if (value.isList()) {
    const auto list = value.toList();
    put<Tag::kList>(list.size());
    for (size_t i = 0; i < list.size(); ++i) this->value(list.get(i));
  } else {
    throw AddonError(ErrorCode::kInternal, "a result of kind " + value.tagKind() + " cannot cross to JavaScript");
  }
}

// ---- what the slots have no room for --------------------------------------------------------------------------------

namespace {

// stage(from, to): takes the slots [from, to) as the next list elements of the next message
Napi::Value stage(const Napi::CallbackInfo& info, Environment& environment) {
  const size_t to = wholeNumber(info[1].As<Napi::Number>().DoubleValue(), kSlotCount);
  const size_t from = wholeNumber(info[0].As<Napi::Number>().DoubleValue(), to);
  environment.staged.insert(environment.staged.end(), environment.slots + from, environment.slots + to);
  return info.Env().Undefined();
}

// dropStaged(): forgets the staged elements; their message was read, or never sent
Napi::Value dropStaged(const Napi::CallbackInfo& info, Environment& environment) {
  std::vector<double>().swap(environment.staged);
  return info.Env().Undefined();
}

// takeResults() => ArrayBuffer of the slots and of what was spilled after them
Napi::Value takeResults(const Napi::CallbackInfo& info, Environment& environment) {
  const std::vector<double> spilled = std::exchange(environment.spilled, {});
  constexpr size_t kBytes = kSlotCount * sizeof(double);
  auto buffer = Napi::ArrayBuffer::New(info.Env(), kBytes + spilled.size() * sizeof(double));
  std::memcpy(buffer.Data(), environment.slots, kBytes);
  if (!spilled.empty()) std::memcpy(static_cast<char*>(buffer.Data()) + kBytes, spilled.data(), spilled.size() * sizeof(double));
  return buffer;
}

}  // namespace

void exportWire(Napi::Object exports, Environment& environment) {
  exportFunction(exports, environment, "stage", stage);
  exportFunction(exports, environment, "dropStaged", dropStaged);
  exportFunction(exports, environment, "takeResults", takeResults);
}

}  // namespace earsight
