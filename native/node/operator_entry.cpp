#include "operator_entry.h"

namespace earsight {

namespace {

std::optional<Kind> plainKind(c10::TypeKind kind) {
  switch (kind) {
    case c10::TypeKind::TensorType: return Kind::kTensor;
    case c10::TypeKind::NumberType: return Kind::kScalar;
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType: return Kind::kInt;
    case c10::TypeKind::FloatType: return Kind::kFloat;
    case c10::TypeKind::BoolType: return Kind::kBool;
    case c10::TypeKind::StringType: return Kind::kStr;
    case c10::TypeKind::ScalarTypeType: return Kind::kScalarType;
    case c10::TypeKind::LayoutType: return Kind::kLayout;
    case c10::TypeKind::MemoryFormatType: return Kind::kMemoryFormat;
    case c10::TypeKind::DeviceObjType: return Kind::kDevice;
    case c10::TypeKind::GeneratorType: return Kind::kGenerator;
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<ArgumentType> argumentType(const c10::TypePtr& type) {
  ArgumentType result{Kind::kTensor};
  c10::TypePtr inner = type;
  if (inner->kind() == c10::TypeKind::OptionalType) {
    result.optional = true;
    inner = inner->expectRef<c10::OptionalType>().getElementType();
  }
  if (inner->kind() == c10::TypeKind::ListType) {
    result.list = true;
    inner = inner->expectRef<c10::ListType>().getElementType();
    if (inner->kind() == c10::TypeKind::OptionalType) {
      result.elementOptional = true;
      inner = inner->expectRef<c10::OptionalType>().getElementType();
    }
  }
  const auto kind = plainKind(inner->kind());
  if (!kind) return std::nullopt;
  result.kind = *kind;
  if (result.elementOptional && result.kind != Kind::kTensor) return std::nullopt;
  const bool listable = result.kind == Kind::kTensor || result.kind == Kind::kInt || result.kind == Kind::kFloat ||
                        result.kind == Kind::kBool || result.kind == Kind::kScalar || result.kind == Kind::kStr;
  if (result.list && !listable) return std::nullopt;
  return result;
}

std::string reasonNotCallable(const c10::FunctionSchema& schema) {
  if (schema.is_vararg() || schema.is_varret()) return "variable number of arguments or results";
  for (const auto& argument : schema.arguments()) {
    if (!argumentType(argument.real_type())) {
      return "argument '" + argument.name() + "' has type " + argument.real_type()->str();
    }
  }
  for (const auto& result : schema.returns()) {
    const auto type = argumentType(result.real_type());
    if (!type || type->kind == Kind::kGenerator) return "a result has type " + result.real_type()->str();
  }
  return "";
}

OperatorEntry makeEntry(const c10::OperatorHandle& handle) {
  const auto& schema = handle.schema();
  OperatorEntry entry{handle, {}, {}, {}, {}, true, {}, scalarRule(schema.name(), schema.overload_name()), -1, {}};
  for (const auto& argument : schema.arguments()) {
    entry.arguments.push_back(*argumentType(argument.real_type()));
    entry.defaults.push_back(argument.default_value());
    if (argument.alias_info() != nullptr && argument.alias_info()->isWrite()) entry.written.push_back(entry.arguments.size() - 1);
    const auto& type = entry.arguments.back();
    const int position = static_cast<int>(entry.arguments.size()) - 1;
    const bool isStoredFloat = type.kind == Kind::kFloat && entry.scalarRule == ScalarRule::kStored;
    if (type.kind == Kind::kScalar || (isStoredFloat && !type.list)) entry.scalars.push_back(position);
    if (type.kind == Kind::kScalarType) entry.dtypePosition = position;
  }
  for (const auto& result : schema.returns()) {
    const auto type = *argumentType(result.real_type());
    if (type.kind != Kind::kTensor || type.list || type.optional) entry.tensorsOnly = false;
    int alias = -1;
    if (result.alias_info() != nullptr && result.alias_info()->isWrite()) {
      for (size_t i = 0; i < schema.arguments().size(); ++i) {
        const auto* info = schema.arguments()[i].alias_info();
        if (info != nullptr && info->isWrite() && info->beforeSets() == result.alias_info()->beforeSets() &&
            !entry.arguments[i].list) {
          alias = static_cast<int>(i);
        }
      }
    }
    entry.resultAliases.push_back(alias);
  }
  const bool onePlainResult = entry.tensorsOnly && entry.written.empty() && entry.resultAliases == std::vector<int>{-1};
  if (onePlainResult) {
    const auto isPlain = [](const ArgumentType& type, Kind kind) { return type.kind == kind && !type.optional && !type.list; };
    const auto& types = entry.arguments;
    const auto tensors = std::find_if_not(types.begin(), types.end(), [&](auto& type) { return isPlain(type, Kind::kTensor); }) - types.begin();
    const auto others = static_cast<ptrdiff_t>(types.size()) - tensors;
    if (tensors == 1 && others == 0) entry.unboxed = handle.typed<at::Tensor(const at::Tensor&)>();
    if (tensors == 2 && others == 0) entry.unboxed = handle.typed<at::Tensor(const at::Tensor&, const at::Tensor&)>();
    if (tensors == 2 && others == 1 && isPlain(types[2], Kind::kScalar)) {
      entry.unboxed = handle.typed<at::Tensor(const at::Tensor&, const at::Tensor&, const at::Scalar&)>();
    }
  }
  return entry;
}

}  // namespace earsight
