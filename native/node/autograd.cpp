// Autograd for JavaScript: backward, grad, gradients of leaves, hooks and custom functions.
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/variable.h>

#include "js_function.h"
#include "js_thread.h"
#include "wire.h"

namespace earsight {

using torch::autograd::variable_list;

namespace {

// backward(): outputs, gradient outputs, inputs, retainGraph, createGraph
Napi::Value backward(const Napi::CallbackInfo& info, Environment& environment) {
  WireReader reader(environment);
  const auto outputs = reader.optionalTensors();
  const auto gradients = reader.optionalTensors();
  const auto inputs = reader.optionalTensors();
  const bool retain = reader.flag();
  const bool create = reader.flag();
  runBackward(environment, [&] { torch::autograd::backward(outputs, gradients, retain, create, inputs); });
  environment.reportMemory();
  return info.Env().Undefined();
}

// grad(): outputs, inputs, gradient outputs, retainGraph, createGraph, allowUnused => handles
Napi::Value grad(const Napi::CallbackInfo& info, Environment& environment) {
  WireReader reader(environment);
  const auto outputs = reader.optionalTensors();
  const auto inputs = reader.optionalTensors();
  const auto gradients = reader.optionalTensors();
  const bool retain = reader.flag();
  const bool create = reader.flag();
  const bool allowUnused = reader.flag();
  variable_list results;
  runBackward(environment, [&] { results = torch::autograd::grad(outputs, inputs, gradients, retain, create, allowUnused); });
  WireWriter writer(environment);
  for (const auto& result : results) writer.handle(result);
  environment.reportMemory();
  return info.Env().Undefined();
}

// setRequiresGrad(): handle, flag
Napi::Value setRequiresGrad(const Napi::CallbackInfo& info, Environment& environment) {
  WireReader reader(environment);
  const at::Tensor tensor = reader.tensor();
  const bool flag = reader.flag();
  if (!tensor.is_leaf() && !flag) {
    throw AddonError(ErrorCode::kRuntime, "requiresGrad can only be switched off on leaf tensors; use detach() for a tensor that does not require grad");
  }
  if (flag && !torch::autograd::isDifferentiableType(tensor.scalar_type())) {
    throw AddonError(ErrorCode::kRuntime, "only tensors of floating point and complex dtype can require gradients");
  }
  tensor.set_requires_grad(flag);
  return info.Env().Undefined();
}

// isLeaf(): handle => boolean
Napi::Value isLeaf(const Napi::CallbackInfo& info, Environment& environment) {
  return Napi::Boolean::New(info.Env(), WireReader(environment).tensor().is_leaf());
}

// gradFunctionName(): handle => "AddBackward0", or "" for a leaf
Napi::Value gradFunctionName(const Napi::CallbackInfo& info, Environment& environment) {
  const auto node = WireReader(environment).tensor().grad_fn();
  return Napi::String::New(info.Env(), node ? node->name() : "");
}

// gradOf(): handle, cached gradient handle or 0 => [1] the cached handle when it still names the gradient,
// a new handle otherwise, 0 for none
Napi::Value gradOf(const Napi::CallbackInfo& info, Environment& environment) {
  WireReader reader(environment);
  const at::Tensor tensor = reader.tensor();
  const double cachedHandle = reader.number();
  const at::Tensor& gradient = tensor.grad();
  WireWriter writer(environment);
  if (cachedHandle != 0 && gradient.defined() && environment.tensors.get(cachedHandle).is_same(gradient)) {
    writer.number(cachedHandle);
  } else {
    writer.handle(gradient);
  }
  return info.Env().Undefined();
}

// setGrad(): handle, gradient handle or 0
Napi::Value setGrad(const Napi::CallbackInfo& info, Environment& environment) {
  WireReader reader(environment);
  const at::Tensor tensor = reader.tensor();
  const at::Tensor gradient = reader.optionalTensor();
  if (gradient.defined() && !gradient.sizes().equals(tensor.sizes())) {
    throw AddonError(ErrorCode::kRuntime, "the gradient's shape differs from the tensor's");
  }
  if (gradient.defined() && (gradient.scalar_type() != tensor.scalar_type() || gradient.device() != tensor.device())) {
    throw AddonError(ErrorCode::kRuntime, "the gradient's dtype or device differs from the tensor's");
  }
  tensor.mutable_grad() = gradient;
  return info.Env().Undefined();
}

// registerHook(): handle, callback id
Napi::Value registerHook(const Napi::CallbackInfo& info, Environment& environment) {
  WireReader reader(environment);
  const at::Tensor tensor = reader.tensor();
  const double id = reader.number();
  const auto callback = std::make_shared<CallbackId>(environment, id);
  Environment* target = &environment;
  tensor.grad_fn();  // a view whose base was changed in place gets its new history, and with it a new list of hooks
  const unsigned position = tensor.register_hook([target, callback](const at::Tensor& gradient) -> at::Tensor {
    // A hook that removes itself destroys this function while it runs: nothing captured is used after the call.
    const auto replaced = callJavaScript(*target, callback->value(), {gradient});
    return replaced.empty() || !replaced[0].defined() ? gradient : replaced[0];
  });
  environment.autogradRecords->hooks[id] = {torch::autograd::impl::get_autograd_meta(tensor)->cpp_hooks_list_, position};
  return info.Env().Undefined();
}

// removeHook(): callback id; one that is gone does nothing
Napi::Value removeHook(const Napi::CallbackInfo& info, Environment& environment) {
  auto& hooks = environment.autogradRecords->hooks;
  if (const auto hook = hooks.find(WireReader(environment).number()); hook != hooks.end()) {
    if (const auto list = hook->second.list.lock()) (*list)[hook->second.position] = nullptr;
    hooks.erase(hook);
  }
  return info.Env().Undefined();
}

// applyFunction(): inputs, outputs, saved, list of a differentiable flag per output, callback id => output handles
// Gives outputs (computed without gradients) their history.
Napi::Value applyFunction(const Napi::CallbackInfo& info, Environment& environment) {
  WireReader reader(environment);
  const auto inputs = reader.optionalTensors();
  auto outputs = reader.optionalTensors();
  const auto saved = reader.optionalTensors();
  const auto differentiable = reader.flags();
  if (differentiable.size() != outputs.size()) malformed();

  const double id = reader.number();
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

// savedTensors(): [1] callback id of the function, inside any custom backward => [1] count, handles
Napi::Value savedTensors(const Napi::CallbackInfo& info, Environment& environment) {
  if (environment.runningNode == nullptr) throw AddonError(ErrorCode::kRuntime, "savedTensors is only available inside backward");
  const auto found = environment.autogradRecords->saved.find(WireReader(environment).number());
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
  writer.number(static_cast<double>(tensors.size()));
  for (const auto& tensor : tensors) writer.handle(tensor);
  return info.Env().Undefined();
}

// callbackReturn(): tensors that the running callback hands back, copied before its scope frees the handles
Napi::Value callbackReturn(const Napi::CallbackInfo& info, Environment& environment) {
  environment.callbackResult = WireReader(environment).optionalTensors();
  return info.Env().Undefined();
}

// Held by the exports object, and weakly here: this environment lives as long as its thread, the modules that loaded the
// addon only until a test runner drops them.
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
