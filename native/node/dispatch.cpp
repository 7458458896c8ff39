// Boxed dispatch: calls any operator of any registered library. Every call of an operator passes here.
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/GradMode.h>

#include "wire_messages.generated.h"
#include "written_arguments.h"

namespace earsight {

namespace {

class StackLease {
 public:
  explicit StackLease(Environment& environment) : environment_(environment) {
    if (environment.stackDepth == environment.stacks.size()) {
      environment.stacks.push_back(std::make_unique<std::vector<c10::IValue>>());
    }
    stack_ = environment.stacks[environment.stackDepth++].get();
  }
  ~StackLease() {
    stack_->clear();
    --environment_.stackDepth;
  }
  std::vector<c10::IValue>& operator*() { return *stack_; }

 private:
  Environment& environment_;
  std::vector<c10::IValue>* stack_;
};

const c10::IValue& defaultOf(const OperatorEntry& entry, size_t index) {
  const auto& fallback = entry.defaults[index];
  if (!fallback) {
    throw AddonError(ErrorCode::kType, "missing argument '" + entry.handle.schema().arguments()[index].name() + "'");
  }
  return *fallback;
}

void readArguments(Environment& environment, const OperatorEntry& entry, std::vector<c10::IValue>& stack) {
  const double given = environment.slots[CallMessage::kArgumentCount];
  const size_t count = entry.arguments.size();
  const size_t sent = wholeNumber(given < 0 ? -given : given, count);
  size_t i = 0;
  if (given < 0) {
    // The most frequent call: untagged tensors. All later arguments have their defaults.
    for (; i < sent; ++i) stack.emplace_back(environment.tensors.get(environment.slots[CallMessage::kArguments + i]));
  } else {
    WireReader reader(environment, CallMessage::kArguments);
    for (; i < sent; ++i) {
      c10::IValue value;
      stack.push_back(reader.read(entry.arguments[i], value) ? std::move(value) : defaultOf(entry, i));
    }
  }
  for (; i < count; ++i) stack.push_back(defaultOf(entry, i));
  settleScalars(entry, stack);
}

void writeResults(Environment& environment, const OperatorEntry& entry, std::vector<c10::IValue>& stack) {
  WireWriter writer(environment);
  for (size_t i = 0; i < stack.size(); ++i) {
    if (entry.tensorsOnly) {
      if (entry.resultAliases[i] < 0) writer.handle(std::move(stack[i]).toTensor());
    } else if (entry.resultAliases[i] >= 0) {
      writer.alias(entry.resultAliases[i]);
    } else {
      writer.value(stack[i]);
    }
  }
}

// Calls an operator of a usual signature with untagged tensors, without a stack and IValues. False for any other
// call.
bool callUnboxed(Environment& environment, const OperatorEntry& entry) {
  const double* arguments = environment.slots + CallMessage::kArguments;
  const double given = environment.slots[CallMessage::kArgumentCount];
  const auto tensor = [&](size_t i) -> const at::Tensor& { return environment.tensors.get(arguments[i]); };
  at::Tensor result;
  if (const auto* unary = std::get_if<UnaryOperator>(&entry.unboxed); unary != nullptr && given == -1) {
    result = unary->call(tensor(0));
  } else if (const auto* binary = std::get_if<BinaryOperator>(&entry.unboxed); binary != nullptr && given == -2) {
    result = binary->call(tensor(0), tensor(1));
  } else if (const auto* scaled = std::get_if<ScaledOperator>(&entry.unboxed); scaled != nullptr && given == -2) {
    result = scaled->call(tensor(0), tensor(1), defaultOf(entry, 2).toScalar());
  } else {
    return false;
  }
  WireWriter(environment).handle(std::move(result));
  return true;
}

void callBoxed(Environment& environment, const OperatorEntry& entry, std::vector<c10::IValue>& stack) {
  if (entry.written.empty()) return entry.handle.callBoxed(stack);
  const WrittenArguments written(entry, stack);
  try {
    entry.handle.callBoxed(stack);
  } catch (...) {
    written.restore();
    written.account(environment.tensors);
    throw;
  }
  written.account(environment.tensors);
}

// call(): its message is in the wire buffer.
napi_value call(napi_env env, napi_callback_info info) {
  return guardedHot(env, info, [](Environment& environment) {
    const size_t id = indexBelow(environment.slots[CallMessage::kOperator], environment.operators.size());
    const bool grad = environment.slots[CallMessage::kGradMode] != 0;
    if (c10::GradMode::is_enabled() != grad) c10::GradMode::set_enabled(grad);
    const OperatorEntry& entry = environment.operators[id];
    if (!callUnboxed(environment, entry)) {
      StackLease stack(environment);
      readArguments(environment, entry, *stack);
      callBoxed(environment, entry, *stack);
      writeResults(environment, entry, *stack);
    }
    environment.reportMemory();
  });
}

Napi::Object describeArgument(Napi::Env env, const c10::Argument& argument) {
  const auto type = *argumentType(argument.real_type());
  auto object = Napi::Object::New(env);
  object.Set("name", argument.name());
  object.Set("kind", kKindNames[static_cast<size_t>(type.kind)]);
  object.Set("list", type.list);
  object.Set("optional", type.optional);
  object.Set("elementOptional", type.elementOptional);
  object.Set("hasDefault", argument.default_value().has_value());
  object.Set("keywordOnly", argument.kwarg_only());
  // "int[2]": one number stands for a list of that many.
  object.Set("size", argument.N() ? Napi::Number::New(env, *argument.N()) : env.Null());
  return object;
}

// resolve(name, overload) => { id, schema, arguments, resultAliases, written, tensorsOnly }
Napi::Value resolve(const Napi::CallbackInfo& info, Environment& environment) {
  const std::string name = info[0].As<Napi::String>();
  const std::string overload = info[1].As<Napi::String>();
  const auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
  if (!handle) throw AddonError(ErrorCode::kNoSuchOperator, "no operator " + name + (overload.empty() ? "" : "." + overload));
  const std::string reason = reasonNotCallable(handle->schema());
  if (!reason.empty()) throw AddonError(ErrorCode::kNotCallable, name + " cannot be called: " + reason);

  environment.operators.push_back(makeEntry(*handle));
  const OperatorEntry& entry = environment.operators.back();
  const auto env = info.Env();
  auto arguments = Napi::Array::New(env);
  for (const auto& argument : handle->schema().arguments()) {
    arguments.Set(arguments.Length(), describeArgument(env, argument));
  }
  auto aliases = Napi::Array::New(env);
  for (const int alias : entry.resultAliases) aliases.Set(aliases.Length(), alias);
  auto result = Napi::Object::New(env);
  result.Set("id", static_cast<double>(environment.operators.size() - 1));
  result.Set("schema", c10::toString(handle->schema()));
  result.Set("arguments", arguments);
  result.Set("resultAliases", aliases);
  auto written = Napi::Array::New(env);
  for (const size_t index : entry.written) written.Set(written.Length(), static_cast<double>(index));
  result.Set("written", written);
  result.Set("tensorsOnly", entry.tensorsOnly);
  return result;
}

// list() => [name, overload, schema, reason] * n, flat
Napi::Value list(const Napi::CallbackInfo& info, Environment&) {
  auto result = Napi::Array::New(info.Env());
  for (const auto& name : c10::Dispatcher::singleton().getAllOpNames()) {
    const auto handle = c10::Dispatcher::singleton().findSchema(name);
    if (!handle) continue;
    result.Set(result.Length(), name.name);
    result.Set(result.Length(), name.overload_name);
    result.Set(result.Length(), c10::toString(handle->schema()));
    result.Set(result.Length(), reasonNotCallable(handle->schema()));
  }
  return result;
}

Napi::Value intern(const Napi::CallbackInfo& info, Environment& environment) {
  return Napi::Number::New(info.Env(), environment.intern(info[0].As<Napi::String>()));
}

Napi::Value stringAt(const Napi::CallbackInfo& info, Environment& environment) {
  return Napi::String::New(info.Env(), environment.strings.at(info[0].As<Napi::Number>().Uint32Value()));
}

Napi::Value lastError(const Napi::CallbackInfo& info, Environment& environment) {
  auto result = Napi::Object::New(info.Env());
  result.Set("code", static_cast<int>(environment.lastError.code));
  result.Set("message", environment.lastError.message);
  result.Set("bytesRequested", static_cast<double>(environment.lastError.bytesRequested));
  return result;
}

}  // namespace

void exportDispatch(Napi::Object exports, Environment& environment) {
  exportHotFunction(exports, environment, "call", call);
  exportFunction(exports, environment, "resolve", resolve);
  exportFunction(exports, environment, "list", list);
  exportFunction(exports, environment, "intern", intern);
  exportFunction(exports, environment, "stringAt", stringAt);
  exportFunction(exports, environment, "lastError", lastError);
}

}  // namespace earsight
