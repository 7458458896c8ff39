#include "wire.h"

namespace earsight {

c10::IValue WireReader::readPlain(Tag tag) {
  switch (tag) {
    case Tag::kNone: return {};
    case Tag::kTensor: return environment_.tensors.get(*at_++);
    case Tag::kInt: return static_cast<int64_t>(*at_++);
    case Tag::kBigInt: {
      const auto high = static_cast<int64_t>(*at_++);
      const auto low = static_cast<uint64_t>(*at_++);
      return static_cast<int64_t>((static_cast<uint64_t>(high) << 32) | low);
    }
    case Tag::kDouble: return *at_++;
    case Tag::kBool: return *at_++ != 0;
    case Tag::kString: return environment_.strings.at(static_cast<size_t>(*at_++));
    case Tag::kDevice: {
      const auto type = static_cast<c10::DeviceType>(static_cast<int>(*at_++));
      return c10::Device(type, static_cast<c10::DeviceIndex>(*at_++));
    }
    case Tag::kGenerator: return environment_.generators.at(static_cast<size_t>(*at_++));
    default: throw AddonError(ErrorCode::kInternal, "malformed wire buffer");
  }
}

namespace {

template <typename T>
c10::List<T> emptyList(size_t count) {
  c10::List<T> list;
  list.reserve(count);
  return list;
}

}  // namespace

c10::IValue WireReader::readList(const ArgumentType& type) {
  const auto count = static_cast<size_t>(*at_++);
  const auto fill = [&](auto list, auto convert) {
    for (size_t i = 0; i < count; ++i) list.push_back(convert(readPlain(nextTag())));
    return c10::IValue(std::move(list));
  };
  using c10::IValue;
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
    case Kind::kString:
      return fill(emptyList<std::string>(count), [](const IValue& v) { return v.toStringRef(); });
    default: {  // Scalar[]
      c10::impl::GenericList list(c10::NumberType::get());
      for (size_t i = 0; i < count; ++i) list.push_back(readPlain(nextTag()));
      return list;
    }
  }
}

bool WireReader::read(const ArgumentType& type, c10::IValue& value) {
  const Tag tag = nextTag();
  if (tag == Tag::kDefault) return false;
  value = tag == Tag::kList ? readList(type) : readPlain(tag);
  return true;
}

void WireWriter::number(double value) {
  if (at_ >= environment_.slotsEnd()) throw AddonError(ErrorCode::kInternal, "the result does not fit the wire buffer");
  *at_++ = value;
}

void WireWriter::handle(at::Tensor tensor) {
  number(tensor.defined() ? environment_.tensors.add(std::move(tensor)) : 0);
}

void WireWriter::integer(int64_t value) {
  constexpr int64_t kSafe = int64_t{1} << 53;
  if (value >= -kSafe && value <= kSafe) {
    tag(Tag::kInt);
    number(static_cast<double>(value));
  } else {
    tag(Tag::kBigInt);
    number(static_cast<double>(value >> 32));
    number(static_cast<double>(static_cast<uint32_t>(value)));
  }
}

// An in-place result: TypeScript hands back the argument object itself.
void WireWriter::alias(int argument) {
  tag(Tag::kDefault);
  number(argument);
}

void WireWriter::value(const c10::IValue& value) {
  if (value.isTensor()) {
    if (!value.toTensor().defined()) return tag(Tag::kNone);
    tag(Tag::kTensor);
    handle(value.toTensor());
  } else if (value.isNone()) {
    tag(Tag::kNone);
  } else if (value.isInt()) {
    integer(value.toInt());
  } else if (value.isDouble()) {
    tag(Tag::kDouble);
    number(value.toDouble());
  } else if (value.isBool()) {
    tag(Tag::kBool);
    number(value.toBool());
  } else if (value.isString()) {
    tag(Tag::kString);
    number(environment_.intern(value.toStringRef()));
  } else if (value.isDevice()) {
    tag(Tag::kDevice);
    number(static_cast<double>(static_cast<int>(value.toDevice().type())));
    number(value.toDevice().index());
  } else if (value.isList()) {
    const auto list = value.toList();
    tag(Tag::kList);
    number(static_cast<double>(list.size()));
    for (size_t i = 0; i < list.size(); ++i) this->value(list.get(i));
  } else {
    throw AddonError(ErrorCode::kInternal, "a result of kind " + value.tagKind() + " cannot cross to JavaScript");
  }
}

}  // namespace earsight
