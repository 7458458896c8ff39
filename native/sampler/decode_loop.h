// The loop that samples: a thread of its own takes requests, and every pass computes the next token of all requests that
// grow and a part of the prompts that wait. A finished request's pages go to the next one. What a request gives depends on
// itself alone: see attention_plan.h and products.h.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "../export.h"
#include "../kernels/decode/engine.h"
#include "page_budget.h"
#include "prompts.h"
#include "requests.h"
#include "worker_pool.h"

namespace earsight::sampler {

// The decoder with what belongs to it. `owner` holds what the pointers point to.
struct Model {
  decode::DecoderWeights weights;
  decode::PackedMatrix head;
  decode::Storage cache;
  std::vector<float> inverseFrequencies;  // [headDim / 2]
  std::vector<int> axes;                  // [headDim / 2]: 0 time, 1 height, 2 width
  float rotaryScale = 1;                  // of cos and sin
  // Writes the embedding of a token, [hidden].
  std::function<void(int64_t token, float* to)> embed;
  std::shared_ptr<const void> owner;

  decode::KvShape cacheShape() const {
    return {static_cast<int64_t>(weights.layers.size()), weights.shape.kvHeads, weights.shape.headDim, cache};
  }
};

struct LoopOptions {
  int threads = 1;
  int64_t cacheBytes;
  int64_t keptBytes;          // of prompts that nobody needs, at most
  int64_t prefillRows = 512;  // of prompts, at most, in one pass
};

class EARSIGHT_EXPORT DecodeLoop {
 public:
  // listener: called on the loop's thread, after each pass.
  using Listener = std::function<void(std::vector<Answer>)>;
  // Changes a part of the weights in place. It may use the loop's threads.
  using Packing = std::function<void(Model&, const Parallel&)>;

  // The model has no weights before they are packed.
  DecodeLoop(Model model, const decode::Engine& engine, LoopOptions options, Listener listener);
  // Requests that are not finished get no answer. A pass that runs ends after its present layer.
  ~DecodeLoop();

  // Any thread. A node can be named by nodes and requests until it is released; it lives as long as they need it.
  void add(NodeSpec spec);
  void release(int64_t node);
  // Together: the first pass that computes one of them has all that there is room for. released: nodes, as by `release`, before
  // any of them is over
  void submit(std::vector<RequestSpec> specs, std::vector<int64_t> released = {});
  void abort(int64_t request);
  // Answered with kPacked. From the first one on there are no passes until `resume`.
  void pack(int64_t id, Packing packing);
  void resume();

  int64_t cacheBytes() const { return budget_.livingBytes(); }
  // Largest number of bytes so far that there were or that what had begun might take.
  int64_t peakBytes() const { return budget_.peakBytes(); }
  // Of prompts: computed in passes, and found among what was computed before.
  int64_t prefilledTokens() const { return prefilledTokens_; }
  int64_t sharedTokens() const { return prompts_.sharedTokens(); }

 private:
  struct Request;
  struct Rows;

  void post(std::function<void()> command);
  void run();
  bool takeCommands();
  void await(RequestSpec spec);
  void admit();
  int64_t begin(size_t index);
  void pass(const Parallel& parallel);
  std::shared_ptr<decode::KvPage> newPage(PageBudget::Promise& promise);
  void forward(Rows& rows, const Parallel& parallel);
  void score(const Rows& rows, const Parallel& parallel);
  void choose(const Rows& rows, const Parallel& parallel);
  void tell(Request& request, const decode::Choice& choice);
  void answer(Answer answer);
  void answerFailed(const Request& request, std::string problem);
  void fail(const std::string& problem);
  void dropUnneededPrompts();

  Model model_;
  const decode::Engine& engine_;
  const LoopOptions options_;
  const Listener listener_;
  const decode::KvShape cache_;

  // Of the loop's thread. Pages end before the budget.
  PageBudget budget_;
  Prompts prompts_;
  std::deque<std::unique_ptr<Request>> waiting_;
  std::vector<std::unique_ptr<Request>> growing_;
  std::deque<PromptPointer> prefilling_;
  std::vector<Answer> answers_;
  bool isPacking_ = true;
  bool isStalled_ = false;  // nothing that waits can begin before a command comes
  std::atomic<int64_t> prefilledTokens_{0};
  const Parallel* parallel_ = nullptr;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::function<void()>> commands_;
  std::atomic<bool> ends_{false};
  std::thread thread_;
};

}  // namespace earsight::sampler
