#include "js_thread.h"

#include <ATen/Context.h>
#include <c10/core/GradMode.h>

#include <cstdlib>
#include <thread>

#include "wire_messages.generated.h"

namespace earsight {

namespace {

// Work for another thread. It runs under the modes (gradients, autocast) of the thread that made it. Its exception is
// kept for that thread.
class Task {
 public:
  explicit Task(const std::function<void()>& work) : work_(work) {}
  void operator()() {
    const at::ThreadLocalStateGuard guard(state_);
    try {
      work_();
    } catch (...) {
      failure_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  const std::function<void()>& work_;
  const at::ThreadLocalState state_;
  std::exception_ptr failure_;
};

}  // namespace

void BackwardSession::run(const std::function<void()>& work) {
  Task task(work);
  bool finished = false;
  std::thread helper([&] {
    task();
    std::lock_guard lock(mutex_);
    finished = true;
    changed_.notify_all();
  });
  serveUntil(finished);
  helper.join();
  task.rethrow();
}

void BackwardSession::runNested(const std::function<void()>& work) {
  Task task(work);
  bool finished = false;
  {
    std::lock_guard lock(mutex_);
    current_->nested = [&] {
      task();
      std::lock_guard finishLock(mutex_);
      finished = true;
      changed_.notify_all();
    };
    changed_.notify_all();
  }
  serveUntil(finished);
  task.rethrow();
}

void BackwardSession::request(const std::function<void()>& callback) {
  Task task(callback);
  Request request{[&] { task(); }, {}};
  std::unique_lock lock(mutex_);
  requests_.push(&request);
  changed_.notify_all();
  while (!request.done) {
    changed_.wait(lock, [&] { return request.done || request.nested; });
    if (!request.nested) continue;
    const auto nested = std::exchange(request.nested, {});
    lock.unlock();
    nested();
    lock.lock();
  }
  lock.unlock();
  task.rethrow();
}

// `finished` is guarded by the mutex.
void BackwardSession::serveUntil(const bool& finished) {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return finished || !requests_.empty(); });
    if (requests_.empty()) return;
    Request* request = requests_.front();
    requests_.pop();
    Request* outer = std::exchange(current_, request);
    lock.unlock();
    request->callback();
    lock.lock();
    current_ = outer;
    request->done = true;
    changed_.notify_all();
  }
}

namespace {

std::vector<at::Tensor> callOnThisThread(Environment& environment, double callbackId, const std::vector<at::Tensor>& inputs,
                                         JsFunction* node) {
  Napi::HandleScope scope(environment.env);
  const bool gradMode = c10::GradMode::is_enabled();
  WireWriter writer(environment);
  writeCallback(writer, gradMode, static_cast<double>(inputs.size()));
  for (const auto& input : inputs) writer.handle(input);
  environment.setSuccess();
  environment.callbackResult.clear();
  JsFunction* outerNode = std::exchange(environment.runningNode, node);
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
  environment.runningNode = outerNode;
  // Not called: the worker is being terminated. Not succeeded: TypeScript keeps the error and rethrows it.
  if (!called || !succeeded) throw AddonError(ErrorCode::kCallback, "a JavaScript callback failed");
  return std::move(environment.callbackResult);
}

}  // namespace

std::vector<at::Tensor> callJavaScript(Environment& environment, double callbackId, const std::vector<at::Tensor>& inputs,
                                       JsFunction* node) {
  if (std::this_thread::get_id() == environment.thread) return callOnThisThread(environment, callbackId, inputs, node);
  // Set before the pass started, cleared after it ended: the engine's own synchronisation orders this read.
  if (environment.session == nullptr) {
    throw AddonError(ErrorCode::kCallback, "a JavaScript callback was reached from a thread with no backward pass waiting");
  }
  std::vector<at::Tensor> result;
  environment.session->request([&] { result = callOnThisThread(environment, callbackId, inputs, node); });
  return result;
}

void runBackward(Environment& environment, const std::function<void()>& work) {
  if (environment.session != nullptr) return environment.session->runNested(work);
  // The variable selects the path of a device in tests without one.
  if (!at::hasCUDA() && std::getenv("EARSIGHT_BACKWARD_THREAD") == nullptr) return work();
  BackwardSession session;
  environment.session = &session;
  struct Clear {
    Environment& environment;
    ~Clear() { environment.session = nullptr; }
  } clear{environment};
  session.run(work);
}

}  // namespace earsight
