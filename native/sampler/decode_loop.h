// The loop that samples: a thread of its own takes requests, and every pass computes the next token of all requests that
// grow and a part of the prompts that wait. A finished request's pages go to the next one. What a request gives depends on
// itself alone: see attention_plan.h and products.h.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "../export.h"
#include "../kernels/decode/engine.h"
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
  int64_t bytes = 0;  // of what it holds

  decode::KvShape cacheShape() const {
    return {static_cast<int64_t>(weights.layers.size()), weights.shape.kvHeads, weights.shape.headDim, cache};
  }
};

struct LoopOptions {
  int threads = 1;
  int64_t cacheBytes;
  int64_t prefillRows = 512;  // of prompts, at most, in one pass
};

class EARSIGHT_EXPORT DecodeLoop {
 public:
  // listener: called on the loop's thread, after each pass.
  using Listener = std::function<void(std::vector<Answer>)>;
  DecodeLoop(Model model, const decode::Engine& engine, LoopOptions options, Listener listener);
  // Requests that are not finished get no answer.
  ~DecodeLoop();

  // Any thread. A node can be named by nodes and requests until it is released; it lives as long as they need it.
  void add(NodeSpec spec);
  void release(int64_t node);
  // Together: the first pass that computes one of them has all that there is room for.
  void submit(std::vector<RequestSpec> specs);
  void abort(int64_t request);
  // Weights of the same shape, from the next pass on.
  void setModel(Model model);

  // Largest number of cache bytes in use so far.
  int64_t peakBytes() const { return peakPages_.load() * pageBytes_; }

 private:
  struct Node;
  struct Request;
  using NodePointer = std::shared_ptr<Node>;

  void post(std::function<void()> command);
  void run();
  bool takeCommands();
  void await(RequestSpec spec);
  void admit();
  int64_t pagesFor(const Request& request) const;
  void pass(const Parallel& parallel);
  void choose(const std::vector<Request*>& requests, const std::vector<float>& states, const Parallel& parallel);
  void place(decode::KvNode& node, uint8_t modality);
  void answer(Answer answer);
  void fail(const std::string& problem);
  void dropUnneededPrompts();

  Model model_;
  const decode::Engine& engine_;
  const LoopOptions options_;
  const Listener listener_;
  const decode::KvShape cache_;
  const int64_t pageBytes_;

  // Of the loop's thread.
  std::map<int64_t, NodePointer> nodes_;
  std::deque<std::unique_ptr<Request>> waiting_;
  std::vector<std::unique_ptr<Request>> growing_;
  std::deque<NodePointer> prefilling_;
  std::vector<NodePointer> keep_;  // prompts of the present pass
  std::vector<Answer> answers_;
  // Pages of admitted prompts and requests; those of a request that grows are counted as if it had its full length.
  std::shared_ptr<std::atomic<int64_t>> used_ = std::make_shared<std::atomic<int64_t>>(0);
  std::atomic<int64_t> peakPages_{0};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::function<void()>> commands_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace earsight::sampler
