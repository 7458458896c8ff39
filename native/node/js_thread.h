// Runs JavaScript callbacks (hooks, custom backwards) on the JavaScript thread, whichever thread autograd is on. CPU
// graphs run on the calling thread. Nodes of a device run on the engine's own threads. So with a device present, a
// backward pass runs on a helper thread, and the JavaScript thread runs the callbacks of all threads.
#pragma once

#include <ATen/ThreadLocalState.h>

#include <condition_variable>
#include <functional>
#include <queue>

#include "environment.h"

namespace earsight {

// One backward pass off the JavaScript thread.
class BackwardSession {
 public:
  // A callback that some thread of the pass waits for.
  struct Request {
    std::function<void()> callback;
    // A backward pass inside the callback. The thread that waits for the callback runs it. If the JavaScript thread
    // ran it, the engine would wait for ever for a device thread that is blocked in the callback.
    std::function<void()> nested;
    bool done = false;
  };

  // JavaScript thread: runs `work` on a helper thread.
  void run(const std::function<void()>& work);
  // JavaScript thread, inside a callback: runs `work` on the thread that waits for the callback.
  void runNested(const std::function<void()>& work);
  // Any other thread: runs `callback` on the JavaScript thread.
  void request(const std::function<void()>& callback);

 private:
  void serveUntil(const bool& finished);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::queue<Request*> requests_;
  Request* current_ = nullptr;  // the request whose callback runs now
};

// Calls the trampoline with `inputs` as handles in the wire buffer; returns the tensors that the callback returned.
// `node` is the custom function whose backward this is, or null.
std::vector<at::Tensor> callJavaScript(Environment& environment, double callbackId, const std::vector<at::Tensor>& inputs,
                                       JsFunction* node = nullptr);

// Runs `work`, a backward pass.
void runBackward(Environment& environment, const std::function<void()>& work);

}  // namespace earsight
