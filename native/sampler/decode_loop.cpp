#include "decode_loop.h"

#include <new>
#include <stdexcept>
#include <utility>

#include "decode_pass.h"

namespace earsight::sampler {

DecodeLoop::DecodeLoop(Model model, const decode::Engine& engine, LoopOptions options, Listener listener)
    : model_(std::move(model)),
      engine_(engine),
      options_(options),
      listener_(std::move(listener)),
      cache_(model_.cacheShape()),
      budget_(cache_, options.cacheBytes),
      prompts_(model_.weights.shape.hidden, options.keptBytes / cache_.pageBytes()),
      thread_([this] { run(); }) {}

DecodeLoop::~DecodeLoop() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void DecodeLoop::post(std::function<void()> command) {
  {
    const std::lock_guard lock(mutex_);
    commands_.push_back(std::move(command));
  }
  changed_.notify_one();
}

void DecodeLoop::add(NodeSpec spec) {
  auto shared = std::make_shared<NodeSpec>(std::move(spec));
  post([this, shared] { prompts_.add(std::move(*shared)); });
}

void DecodeLoop::release(int64_t node) {
  post([this, node] {
    prompts_.release(node);
    dropUnneededPrompts();
  });
}

void DecodeLoop::submit(std::vector<RequestSpec> specs, std::vector<int64_t> released) {
  auto shared = std::make_shared<std::vector<RequestSpec>>(std::move(specs));
  post([this, shared, released = std::move(released)] {
    for (RequestSpec& spec : *shared) await(std::move(spec));
    for (const int64_t node : released) prompts_.release(node);
    dropUnneededPrompts();
  });
}

void DecodeLoop::await(RequestSpec spec) {
  auto request = std::make_unique<Request>();
  request->node = prompts_.find(spec.node);
  request->spec = std::move(spec);
  if (request->node == nullptr) return answerFailed(*request, "its prompt was released");
  const decode::KvNode& above = request->node->kv;
  request->kv.parent = &above;
  request->kv.before = above.before + request->node->tokens;
  request->kv.level = above.level + 1;
  request->kv.gate = above.gate;
  int64_t pages = pagesOf(request->spec.maxNewTokens);
  for (const PromptNode* node = request->node.get(); node != nullptr; node = node->parent.get()) pages += pagesOf(node->tokens);
  if (pages * budget_.pageBytes() > budget_.bytes()) {
    return answerFailed(*request, "its keys and values need " + std::to_string(pages * budget_.pageBytes()) +
                                      " bytes, and the cache has " + std::to_string(budget_.bytes()) +
                                      " bytes. Fix: fewer new tokens, a shorter prompt, or a larger EARSIGHT_KV_CACHE");
  }
  waiting_.push_back(std::move(request));
}

void DecodeLoop::abort(int64_t id) {
  post([this, id] {
    const auto end = [&](auto& list) {
      const auto found = std::find_if(list.begin(), list.end(), [id](const auto& request) { return request->spec.id == id; });
      if (found == list.end()) return;
      list.erase(found);
      answer({id, Event::kAbort});
    };
    end(waiting_);
    end(growing_);
    dropUnneededPrompts();
  });
}

void DecodeLoop::pack(int64_t id, Packing packing) {
  post([this, id, packing = std::move(packing)] {
    isPacking_ = true;
    try {
      packing(model_, *parallel_);
      answer({id, Event::kPacked});
    } catch (const std::exception& error) {
      const bool isMemory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
      const std::string problem = isMemory ? "there is no memory for the sampler's copy of the weights" : error.what();
      answer({id, Event::kFailed, -1, 0, 0, problem});
      fail(problem);
    }
  });
}

void DecodeLoop::resume() {
  post([this] {
    isPacking_ = false;
    prompts_.changeWeights();
  });
}

// Prompts that no request and no name needs any more are not computed. Nodes below hold those above.
void DecodeLoop::dropUnneededPrompts() {
  for (size_t i = prefilling_.size(); i-- > 0;) {
    if (prefilling_[i].use_count() == 1) prefilling_.erase(prefilling_.begin() + static_cast<int64_t>(i));
  }
  prompts_.trim();
}

void DecodeLoop::run() {
  const WorkerPool pool(options_.threads);
  parallel_ = &pool.parallel();
  while (takeCommands()) {
    try {
      if (!isPacking_) {
        admit();
        pass(*parallel_);
      }
    } catch (const decode::Stopped&) {
      return;
    } catch (const std::bad_alloc&) {
      fail("there is no memory for its keys and values");
    } catch (const std::exception& error) {
      fail(error.what());
    }
    if (!answers_.empty()) listener_(std::exchange(answers_, {}));
  }
}

// Runs what other threads asked for; waits for it where there is nothing else to do. -> whether the loop goes on
bool DecodeLoop::takeCommands() {
  std::vector<std::function<void()>> commands;
  {
    std::unique_lock lock(mutex_);
    const bool isIdle = isPacking_ || (growing_.empty() && (waiting_.empty() || isStalled_));
    if (isIdle) changed_.wait(lock, [this] { return ends_ || !commands_.empty(); });
    if (ends_) return false;
    commands.swap(commands_);
  }
  for (auto& command : commands) {
    try {
      command();
    } catch (const std::bad_alloc&) {
      fail("there is no memory for its prompt");
    } catch (const std::exception& error) {
      fail(error.what());
    }
    // What it holds goes before its answer comes.
    command = nullptr;
  }
  return true;
}

// In the order in which they came, so that none waits for ever. Where nothing grows, the prompts of those behind may hold the
// room of the first one: then another goes before it. Prompts that have a name hold theirs until their requests came.
void DecodeLoop::admit() {
  isStalled_ = false;
  while (!waiting_.empty()) {
    const int64_t pages = begin(0);
    if (pages == 0) continue;
    for (size_t next = 1; growing_.empty() && next < waiting_.size(); ++next) {
      if (begin(next) == 0) break;
    }
    if (!growing_.empty()) return;
    isStalled_ = prompts_.hasNames();
    if (isStalled_) return;
    answerFailed(*waiting_.front(), "its keys and values need " + std::to_string(pages * budget_.pageBytes()) +
                                        " bytes, and of the cache's " + std::to_string(budget_.bytes()) +
                                        " bytes other prompts hold " + std::to_string(budget_.livingBytes()));
    waiting_.pop_front();
  }
}

// -> 0: the request grows; else the pages that it needs, for which there is no room
int64_t DecodeLoop::begin(size_t index) {
  Request& request = *waiting_[index];
  const auto path = prompts_.begin(request.node);
  int64_t pages = pagesOf(request.spec.maxNewTokens);
  for (const PromptPointer& node : path) {
    prompts_.share(*node);
    pages += node->pagesLeft();
  }
  while (!budget_.hasRoom(pages) && prompts_.evict()) {
  }
  if (!budget_.hasRoom(pages)) return pages;
  for (const PromptPointer& node : path) {
    node->promise = {budget_, node->pagesLeft()};
    node->isAdmitted = true;
    prefilling_.push_back(node);
  }
  request.promise = {budget_, pagesOf(request.spec.maxNewTokens)};
  growing_.push_back(std::move(waiting_[index]));
  waiting_.erase(waiting_.begin() + static_cast<int64_t>(index));
  return 0;
}

void DecodeLoop::answer(Answer answer) { answers_.push_back(std::move(answer)); }

void DecodeLoop::answerFailed(const Request& request, std::string problem) {
  answer({request.spec.id, Event::kFailed, -1, 0, 0, std::move(problem)});
}

// Everything that was under way ends: what was computed of it is not known.
void DecodeLoop::fail(const std::string& problem) {
  for (const auto& request : growing_) answerFailed(*request, problem);
  for (const auto& request : waiting_) answerFailed(*request, problem);
  growing_.clear();
  waiting_.clear();
  prefilling_.clear();
  prompts_.clear();
}

}  // namespace earsight::sampler
