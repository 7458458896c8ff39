#include "js_thread.h"

#include <ATen/ThreadLocalState.h>
#include <c10/core/GradMode.h>

#include <condition_variable>
#include <queue>

#include "wire.h"

namespace earsight {

namespace {

// Work that device threads hand to the JavaScript thread while it waits for a backward pass.
struct TaskQueue {
  std::mutex mutex;
  std::condition_variable changed;
  std::queue<std::function<void()>> tasks;
  bool finished = false;
};
// One a process would mix environments; the helper thread passes it on through the running backward.
thread_local TaskQueue* servedQueue = nullptr;
std::mutex queuesMutex;
std::unordered_map<Environment*, TaskQueue*> queues;

std::vector<at::Tensor> callOnThisThread(Environment& environment, double callbackId, const std::vector<at::Tensor>& inputs) {
  Napi::HandleScope scope(environment.env);
  environment.slots[1] = c10::GradMode::is_enabled();
  environment.slots[2] = static_cast<double>(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    environment.slots[3 + i] = inputs[i].defined() ? environment.tensors.add(inputs[i]) : 0;
  }
  environment.callbackResult.clear();
  const bool gradMode = c10::GradMode::is_enabled();
  napi_value result = nullptr;
  napi_value argument = nullptr;
  napi_value undefined = nullptr;
  bool succeeded = false;
  const bool called = napi_create_double(environment.env, callbackId, &argument) == napi_ok &&
                      napi_get_undefined(environment.env, &undefined) == napi_ok &&
                      napi_call_function(environment.env, undefined, environment.trampoline.Value(), 1, &argument, &result) == napi_ok &&
                      napi_get_value_bool(environment.env, result, &succeeded) == napi_ok;
  // Operators inside the callback may have switched the mode of this thread.
  c10::GradMode::set_enabled(gradMode);
  // Not called: the worker is being terminated. Not succeeded: TypeScript keeps the error and rethrows it.
  if (!called || !succeeded) throw AddonError(ErrorCode::kCallback, "a JavaScript callback failed");
  return std::move(environment.callbackResult);
}

}  // namespace

std::vector<at::Tensor> callJavaScript(Environment& environment, double callbackId, const std::vector<at::Tensor>& inputs) {
  if (std::this_thread::get_id() == environment.thread) return callOnThisThread(environment, callbackId, inputs);

  TaskQueue* queue = nullptr;
  {
    std::lock_guard lock(queuesMutex);
    const auto found = queues.find(&environment);
    if (found != queues.end()) queue = found->second;
  }
  if (queue == nullptr) throw AddonError(ErrorCode::kCallback, "a JavaScript callback was reached from a thread with no backward pass waiting");

  std::vector<at::Tensor> result;
  std::exception_ptr failure;
  bool done = false;
  const at::ThreadLocalState state;
  std::unique_lock lock(queue->mutex);
  queue->tasks.push([&] {
    const at::ThreadLocalStateGuard guard(state);
    try {
      result = callOnThisThread(environment, callbackId, inputs);
    } catch (...) {
      failure = std::current_exception();
    }
    std::lock_guard finish(queue->mutex);
    done = true;
    queue->changed.notify_all();
  });
  queue->changed.notify_all();
  queue->changed.wait(lock, [&] { return done; });
  if (failure) std::rethrow_exception(failure);
  return result;
}

void runBackward(Environment& environment, bool direct, const std::function<void()>& work) {
  // A nested backward inside a callback is already being served.
  if (direct || servedQueue != nullptr) return work();

  TaskQueue queue;
  servedQueue = &queue;
  {
    std::lock_guard lock(queuesMutex);
    queues[&environment] = &queue;
  }
  std::exception_ptr failure;
  const at::ThreadLocalState state;
  std::thread helper([&] {
    const at::ThreadLocalStateGuard guard(state);
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
    std::lock_guard lock(queue.mutex);
    queue.finished = true;
    queue.changed.notify_all();
  });
  {
    std::unique_lock lock(queue.mutex);
    while (true) {
      queue.changed.wait(lock, [&] { return queue.finished || !queue.tasks.empty(); });
      if (queue.tasks.empty()) break;
      auto task = std::move(queue.tasks.front());
      queue.tasks.pop();
      lock.unlock();
      task();
      lock.lock();
    }
  }
  helper.join();
  {
    std::lock_guard lock(queuesMutex);
    queues.erase(&environment);
  }
  servedQueue = nullptr;
  if (failure) std::rethrow_exception(failure);
}

}  // namespace earsight
