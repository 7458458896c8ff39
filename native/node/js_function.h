// What autograd holds for JavaScript: callbacks by number, the nodes of custom functions, and what these saved.
#pragma once

#include <torch/csrc/autograd/cpp_hook.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/saved_variable.h>
#include <torch/version.h>

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "js_thread.h"

namespace earsight {

// A JavaScript callback id owned by native code: reported dead when its last owner is destroyed.
class CallbackId {
 public:
  CallbackId(const Environment& environment, double id) : dead_(environment.deadCallbacks), id_(id) {}
  ~CallbackId() {
    std::lock_guard lock(dead_->mutex);
    dead_->ids.push_back(id_);
  }
  CallbackId(const CallbackId&) = delete;
  CallbackId& operator=(const CallbackId&) = delete;
  double value() const { return id_; }

 private:
  std::shared_ptr<DeadCallbacks> dead_;
  double id_;
};

// libtorch 2.13 made autograd nodes intrusive; earlier releases share them.
#define EARSIGHT_SHARED_NODES (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 13)

using StrongNode = decltype(std::declval<torch::autograd::Node&>().getptr());
#if EARSIGHT_SHARED_NODES
using WeakNode = std::weak_ptr<torch::autograd::Node>;
#else
using WeakNode = c10::weak_intrusive_ptr<torch::autograd::Node>;
#endif

// What a custom function saved. Only its node owns this. The context in JavaScript finds it by the node's callback
// id.
struct SavedTensors {
  void clear() {
    std::vector<torch::autograd::SavedVariable> dying;  // destroyed without the lock
    std::lock_guard lock(mutex);
    dying.swap(variables);
  }
  WeakNode node{StrongNode()};
  std::mutex mutex;  // the engine may drop the variables on a thread of its own
  std::vector<torch::autograd::SavedVariable> variables;
  bool any = false;
};

template <typename T, typename... Arguments>
auto makeNode(Arguments&&... arguments) {
#if EARSIGHT_SHARED_NODES
  return std::shared_ptr<T>(new T(std::forward<Arguments>(arguments)...), torch::autograd::deleteNode);
#else
  return c10::make_intrusive<T>(std::forward<Arguments>(arguments)...);
#endif
}

// The autograd node of a torch.autograd.Function: its backward is a JavaScript function.
struct JsFunction : public torch::autograd::Node {
  JsFunction(Environment& environment, double callbackId)
      : environment(environment), callback(std::make_unique<CallbackId>(environment, callbackId)) {}

  torch::autograd::variable_list apply(torch::autograd::variable_list&& gradients) override {
    return callJavaScript(environment, callback->value(), gradients, this);
  }
  void release_variables() override {
    if (saved) saved->clear();  // the base class calls this once more after release_resources
  }
#if !EARSIGHT_SHARED_NODES
  // A weakly referenced intrusive node outlives its last owner. So its saved tensors and its callback are released
  // here.
  void release_resources() override {
    saved.reset();
    callback.reset();
    Node::release_resources();
  }
#endif
  std::string name() const override { return "JsFunctionBackward"; }

  Environment& environment;
  std::unique_ptr<CallbackId> callback;
  std::shared_ptr<SavedTensors> saved;
};

// By callback id; an entry is erased when JavaScript is told that the id is dead.
struct AutogradRecords {
  // The list that holds a hook, and the position in it. A tensor that is changed in place begins another list, so its
  // current list is not the one.
  struct Hook {
    std::weak_ptr<torch::autograd::hooks_list> list;
    size_t position;
  };
  std::unordered_map<double, Hook> hooks;
  std::unordered_map<double, std::weak_ptr<SavedTensors>> saved;
};

}  // namespace earsight
