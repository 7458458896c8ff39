// Autograd for JavaScript: backward, grad, gradients of leaves, hooks and custom functions.
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/variable.h>

#include "js_function.h"
#include "js_thread.h"
#include "wire_messages.generated.h"

namespace earsight {

using torch::autograd::variable_list;

namespace {

Napi::Value backward(const Napi::CallbackInfo& info, Environment& environment) {
  const BackwardMessage message = readBackward(environment);
  runBackward(environment, [&] {
    torch::autograd::backward(message.outputs, message.gradients, message.retainGraph, message.createGraph, message.inputs);
  });
  environment.reportMemory();
  return info.Env().Undefined();
}

Napi::Value grad(const Napi::CallbackInfo& info, Environment& environment) {
  const GradMessage message = readGrad(environment);
  variable_list results;
  runBackward(environment, [&] {
    results = torch::autograd::grad(message.outputs, message.inputs, message.gradients, message.retainGraph,
                                    message.createGraph, message.allowUnused);
  });
  WireWriter writer(environment);
  for (const auto& result : results) writer.handle(result);
  environment.reportMemory();
  return info.Env().Undefined();
}

Napi::Value setRequiresGrad(const Napi::CallbackInfo& info, Environment& environment) {
  const auto [tensor, flag] = readSetRequiresGrad(environment);
  if (!tensor.is_leaf() && !flag) {
    throw AddonError(ErrorCode::kRuntime, "requiresGrad can only be switched off on leaf tensors; use detach() for a tensor that does not require grad");
  }
  if (flag && !torch::autograd::isDifferentiableType(tensor.scalar_type())) {
    throw AddonError(ErrorCode::kRuntime, "only tensors of floating point and complex dtype can require gradients");
  }
  tensor.set_requires_grad(flag);
  return info.Env().Undefined();
}

Napi::Value isLeaf(const Napi::CallbackInfo& info, Environment& environment) {
  return Napi::Boolean::New(info.Env(), readIsLeaf(environment).is_leaf());
}

// gradFunctionName() => "AddBackward0", or "" for a leaf
Napi::Value gradFunctionName(const Napi::CallbackInfo& info, Environment& environment) {
  const auto node = readGradFunctionName(environment).grad_fn();
  return Napi::String::New(info.Env(), node ? node->name() : "");
}

Napi::Value gradOf(const Napi::CallbackInfo& info, Environment& environment) {
  const auto [tensor, cached] = readGradOf(environment);
  const at::Tensor& gradient = tensor.grad();
  WireWriter writer(environment);
  if (cached != 0 && gradient.defined() && environment.tensors.get(cached).is_same(gradient)) {
    writer.number(cached);
  } else {
    writer.handle(gradient);
  }
  return info.Env().Undefined();
}

Napi::Value setGrad(const Napi::CallbackInfo& info, Environment& environment) {
  const auto [tensor, gradient] = readSetGrad(environment);
  if (gradient.defined() && !gradient.sizes().equals(tensor.sizes())) {
    throw AddonError(ErrorCode::kRuntime, "the gradient's shape differs from the tensor's");
  }
  if (gradient.defined() && (gradient.scalar_type() != tensor.scalar_type() || gradient.device() != tensor.device())) {
    throw AddonError(ErrorCode::kRuntime, "the gradient's dtype or device differs from the tensor's");
  }
  tensor.mutable_grad() = gradient;
  return info.Env().Undefined();
}

Napi::Value registerHook(const Napi::CallbackInfo& info, Environment& environment) {
  const auto [tensor, id] = readRegisterHook(environment);
  const auto callback = std::make_shared<CallbackId>(environment, id);
  Environment* target = &environment;
  tensor.grad_fn();  // updates the history of a view whose base was changed in place, and with it the list of hooks
  const unsigned position = tensor.register_hook([target, callback](const at::Tensor& gradient) -> at::Tensor {
    // A hook that removes itself destroys this function while it runs: nothing captured is used after the call.
    const auto replaced = callJavaScript(*target, callback->value(), {gradient});
    return replaced.empty() || !replaced[0].defined() ? gradient : replaced[0];
  });
  environment.autogradRecords->hooks[id] = {torch::autograd::impl::get_autograd_meta(tensor)->cpp_hooks_list_, position};
  return info.Env().Undefined();
}

Napi::Value removeHook(const Napi::CallbackInfo& info, Environment& environment) {
  auto& hooks = environment.autogradRecords->hooks;
  if (const auto hook = hooks.find(readRemoveHook(environment)); hook != hooks.end()) {
    if (const auto list = hook->second.list.lock()) (*list)[hook->second.position] = nullptr;
    hooks.erase(hook);
  }
  return info.Env().Undefined();
}

Napi::Value applyFunction(const Napi::CallbackInfo& info, Environment& environment) {
  ApplyFunctionMessage message = readApplyFunction(environment);
  const auto& inputs = message.inputs;
  auto& outputs = message.outputs;
  const auto& saved = message.saved;
  const auto& differentiable = message.differentiable;
  const double id = message.callback;
  if (differentiable.size() != outputs.size()) malformed();

  const auto node = makeNode<JsFunction>(environment, id);
  node->saved = std::make_shared<SavedTensors>();
  node->saved->node = WeakNode(node->getptr());
  node->set_next_edges(torch::autograd::collect_next_edges(inputs));
  const auto isInput = [&](const at::Tensor& output) {
    return std::any_of(inputs.begin(), inputs.end(), [&](const at::Tensor& input) { return input.is_same(output); });
  };
  std::vector<bool> savedIsOutput(saved.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    const at::Tensor original = outputs[i];
    // An output that is an input, or a view of something with a history, would lose that history.
    if (isInput(original) || original.is_view()) {
      c10::NoGradGuard guard;
      outputs[i] = original.detach();
    }
    if (differentiable[i] && torch::autograd::isDifferentiableType(outputs[i].scalar_type())) {
      torch::autograd::set_history(outputs[i], node);
    } else {
      node->add_input_metadata(torch::autograd::Node::undefined_input());
    }
    for (size_t k = 0; k < saved.size(); ++k) savedIsOutput[k] = savedIsOutput[k] || saved[k].is_same(original);
  }
  for (size_t k = 0; k < saved.size(); ++k) {
    const bool isOutput = savedIsOutput[k] && saved[k].defined() && saved[k].grad_fn() == node;
    node->saved->variables.emplace_back(saved[k], isOutput);
  }
  node->saved->any = !saved.empty();
  environment.autogradRecords->saved[id] = node->saved;

  WireWriter writer(environment);
  for (const auto& output : outputs) writer.handle(output);
  environment.reportMemory();
  return info.Env().Undefined();
}

// savedTensors(): for use inside a custom backward; the callback is that of the function that saved the tensors
Napi::Value savedTensors(const Napi::CallbackInfo& info, Environment& environment) {
  if (environment.runningNode == nullptr) throw AddonError(ErrorCode::kRuntime, "savedTensors is only available inside backward");
  const auto found = environment.autogradRecords->saved.find(readSavedTensors(environment));
  const auto saved = found == environment.autogradRecords->saved.end() ? nullptr : found->second.lock();
  const StrongNode node = saved ? saved->node.lock() : StrongNode();
  variable_list tensors;
  if (node) {
    std::lock_guard lock(saved->mutex);
    for (const auto& variable : saved->variables) tensors.push_back(variable.unpack(node));
  }
  if (!node || (saved->any && tensors.empty())) {
    throw AddonError(ErrorCode::kRuntime, "trying to go backward through a custom function a second time: its saved tensors were freed (use retainGraph)");
  }
  WireWriter writer(environment);
  writeSavedTensors(writer, static_cast<double>(tensors.size()));
  for (const auto& tensor : tensors) writer.handle(tensor);
  return info.Env().Undefined();
}

// callbackReturn(): what the running callback returns, copied before its scope frees the handles
Napi::Value callbackReturn(const Napi::CallbackInfo& info, Environment& environment) {
  environment.callbackResult = readCallbackReturn(environment);
  return info.Env().Undefined();
}

// The exports object owns the trampoline; the reference here is weak. The environment lives as long as its thread,
// but a test runner may drop the modules that loaded the addon before.
Napi::Value setTrampoline(const Napi::CallbackInfo& info, Environment& environment) {
  const auto function = info[0].As<Napi::Function>();
  info.This().As<Napi::Object>().Set("trampoline", function);
  environment.trampoline = Napi::Weak(function);
  return info.Env().Undefined();
}

// deadCallbacks() => ids that native code no longer needs
Napi::Value deadCallbacks(const Napi::CallbackInfo& info, Environment& environment) {
  std::lock_guard lock(environment.deadCallbacks->mutex);
  auto result = Napi::Array::New(info.Env());
  for (const double id : environment.deadCallbacks->ids) {
    result.Set(result.Length(), id);
    environment.autogradRecords->hooks.erase(id);
    environment.autogradRecords->saved.erase(id);
  }
  environment.deadCallbacks->ids.clear();
  return result;
}

}  // namespace

void exportAutograd(Napi::Object exports, Environment& environment) {
  environment.autogradRecords = std::make_shared<AutogradRecords>();
  exportFunction(exports, environment, "backward", backward);
  exportFunction(exports, environment, "grad", grad);
  exportFunction(exports, environment, "setRequiresGrad", setRequiresGrad);
  exportFunction(exports, environment, "isLeaf", isLeaf);
  exportFunction(exports, environment, "gradFunctionName", gradFunctionName);
  exportFunction(exports, environment, "gradOf", gradOf);
  exportFunction(exports, environment, "setGrad", setGrad);
  exportFunction(exports, environment, "registerHook", registerHook);
  exportFunction(exports, environment, "removeHook", removeHook);
  exportFunction(exports, environment, "applyFunction", applyFunction);
  exportFunction(exports, environment, "savedTensors", savedTensors);
  exportFunction(exports, environment, "callbackReturn", callbackReturn);
  exportFunction(exports, environment, "setTrampoline", setTrampoline);
  exportFunction(exports, environment, "deadCallbacks", deadCallbacks);
}

}  // namespace earsight
