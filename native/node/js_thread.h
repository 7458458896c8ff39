// Runs JavaScript callbacks on the JavaScript thread, whichever thread autograd is on.
// CPU graphs run on the calling thread; graphs on a device run on the engine's own threads, so a backward
// over them goes to a helper thread while the JavaScript thread serves the callbacks.
#pragma once

#include <functional>

#include "environment.h"

namespace earsight {

// Calls the trampoline with `inputs` as handles in the wire buffer; returns the tensors it handed back.
std::vector<at::Tensor> callJavaScript(Environment& environment, double callbackId, const std::vector<at::Tensor>& inputs);

// Runs `work` (a backward pass); `direct` when no device thread takes part.
void runBackward(Environment& environment, bool direct, const std::function<void()>& work);

}  // namespace earsight
