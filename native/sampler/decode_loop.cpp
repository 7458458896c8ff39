#include "decode_loop.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <stdexcept>
#include <utility>

#include "counter_rng.h"

namespace earsight::sampler {

namespace {

int64_t pagesOf(int64_t tokens) { return (tokens + decode::kPanel - 1) / decode::kPanel; }

}  // namespace

// Tokens of a prompt. Its pages count from its admission until it is gone.
struct DecodeLoop::Node {
  NodePointer parent;
  NodeSpec spec;  // embeddings are freed once they are computed
  int64_t tokens;
  decode::KvNode kv;
  int64_t computed = 0;
  std::vector<float> lastHidden;
  int64_t pages = 0;  // 0: not admitted
  std::shared_ptr<std::atomic<int64_t>> used;

  Node(NodeSpec given, NodePointer above, std::shared_ptr<std::atomic<int64_t>> counter)
      : parent(std::move(above)),
        spec(std::move(given)),
        tokens(static_cast<int64_t>(spec.modality.size())),
        used(std::move(counter)) {
    kv.gate = spec.gate;
    if (parent == nullptr) return;
    kv.parent = &parent->kv;
    kv.before = parent->kv.before + parent->tokens;
    kv.level = parent->kv.level + 1;
  }
  ~Node() { *used -= pages; }
  bool isDone() const { return computed == tokens; }
};

struct DecodeLoop::Request {
  RequestSpec spec;
  NodePointer node;
  decode::KvNode kv;
  int64_t token = -1;  // the last one, which no pass has read
  int64_t tokens = 0;
  int64_t pages = 0;
  std::shared_ptr<std::atomic<int64_t>> used;
  bool isOver = false;

  ~Request() {
    if (used != nullptr) *used -= pages;
  }
};

DecodeLoop::DecodeLoop(Model model, const decode::Engine& engine, LoopOptions options, Listener listener)
    : model_(std::move(model)),
      engine_(engine),
      options_(options),
      listener_(std::move(listener)),
      cache_(model_.cacheShape()),
      pageBytes_(cache_.pageBytes()),
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
  post([this, shared] {
    const auto above = nodes_.find(shared->parent);
    const int64_t id = shared->id;
    nodes_[id] = std::make_shared<Node>(std::move(*shared), above == nodes_.end() ? nullptr : above->second, used_);
  });
}

void DecodeLoop::release(int64_t node) {
  post([this, node] {
    nodes_.erase(node);
    dropUnneededPrompts();
  });
}

void DecodeLoop::submit(std::vector<RequestSpec> specs) {
  auto shared = std::make_shared<std::vector<RequestSpec>>(std::move(specs));
  post([this, shared] {
    for (RequestSpec& spec : *shared) await(std::move(spec));
  });
}

void DecodeLoop::await(RequestSpec spec) {
  const auto node = nodes_.find(spec.node);
  if (node == nodes_.end()) return answer({spec.id, Event::kFailed, -1, 0, 0, "its prompt was released"});
  auto request = std::make_unique<Request>();
  request->spec = std::move(spec);
  request->node = node->second;
  request->kv.parent = &request->node->kv;
  request->kv.before = request->node->kv.before + request->node->tokens;
  request->kv.level = request->node->kv.level + 1;
  request->kv.gate = request->node->kv.gate;
  waiting_.push_back(std::move(request));
}

void DecodeLoop::abort(int64_t id) {
  post([this, id] {
    const auto end = [&](auto& list) {
      const auto found = std::find_if(list.begin(), list.end(), [id](const auto& request) { return request->spec.id == id; });
      if (found == list.end()) return;
      list.erase(found);
      answer({id, Event::kAbort, -1, 0, 0, {}});
    };
    end(waiting_);
    end(growing_);
    dropUnneededPrompts();
  });
}

// Prompts that no request and no name needs any more are not computed. Nodes below hold those above.
void DecodeLoop::dropUnneededPrompts() {
  while (!prefilling_.empty() && prefilling_.back().use_count() == 1) prefilling_.pop_back();
}

void DecodeLoop::setModel(Model model) {
  auto shared = std::make_shared<Model>(std::move(model));
  post([this, shared] { std::swap(model_, *shared); });
}

void DecodeLoop::run() {
  WorkerPool pool(options_.threads);
  while (takeCommands()) {
    try {
      admit();
      pass(pool.parallel());
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
    const bool isIdle = waiting_.empty() && growing_.empty();
    if (isIdle) changed_.wait(lock, [this] { return ends_ || !commands_.empty(); });
    if (ends_) return false;
    commands.swap(commands_);
  }
  for (const auto& command : commands) command();
  return true;
}

// Pages that a request needs at most, with those of its prompt that are not there yet.
int64_t DecodeLoop::pagesFor(const Request& request) const {
  int64_t pages = pagesOf(request.spec.maxNewTokens);
  for (const Node* node = request.node.get(); node != nullptr; node = node->parent.get()) {
    if (node->pages == 0) pages += pagesOf(node->tokens);
  }
  return pages;
}

// In the order in which they came, so that none waits for ever.
void DecodeLoop::admit() {
  const int64_t budget = options_.cacheBytes / pageBytes_;
  while (!waiting_.empty()) {
    Request& request = *waiting_.front();
    const int64_t pages = pagesFor(request);
    if (*used_ + pages > budget) {
      if (!growing_.empty()) return;
      answer({request.spec.id, Event::kFailed, -1, 0, 0,
              "its keys and values need " + std::to_string(pages * pageBytes_) + " bytes, and of the cache's " +
                  std::to_string(options_.cacheBytes) + " bytes prompts that are kept hold " +
                  std::to_string(*used_ * pageBytes_)});
      waiting_.pop_front();
      continue;
    }
    std::vector<NodePointer> path;
    for (NodePointer node = request.node; node != nullptr && node->pages == 0; node = node->parent) path.push_back(node);
    for (size_t i = path.size(); i-- > 0;) {
      path[i]->pages = pagesOf(path[i]->tokens);
      *used_ += path[i]->pages;
      prefilling_.push_back(path[i]);
    }
    request.pages = pagesOf(request.spec.maxNewTokens);
    request.used = used_;
    *used_ += request.pages;
    growing_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  peakPages_ = std::max(peakPages_.load(), used_->load());
}

void DecodeLoop::place(decode::KvNode& node, uint8_t modality) {
  if (node.length() % decode::kPanel == 0) node.pages.push_back(std::make_shared<decode::KvPage>(cache_));
  node.modality.push_back(modality);
}

// Next tokens of all requests, and a part of the prompts.
void DecodeLoop::pass(const Parallel& parallel) {
  const auto& shape = model_.weights.shape;
  const int64_t half = shape.headDim / 2;
  std::vector<decode::Row> rows;
  std::vector<float> cos, sin, hidden;
  const auto addRow = [&](decode::KvNode& node, uint8_t modality, const std::array<float, 3>& position) {
    place(node, modality);
    rows.push_back({&node, node.length() - 1});
    for (int64_t d = 0; d < half; ++d) {
      const float angle = position[model_.axes[d]] * model_.inverseFrequencies[d];
      cos.push_back(std::cos(angle) * model_.rotaryScale);
      sin.push_back(std::sin(angle) * model_.rotaryScale);
    }
    hidden.resize(hidden.size() + shape.hidden);
    return hidden.data() + hidden.size() - shape.hidden;
  };

  std::vector<Request*> chosen;
  std::vector<int64_t> hiddenRow;  // of each: in the pass, or -1: the last of its prompt
  for (const auto& request : growing_) {
    if (request->tokens == 0) continue;
    const float position = request->spec.next + static_cast<float>(request->tokens - 1);
    chosen.push_back(request.get());
    hiddenRow.push_back(static_cast<int64_t>(rows.size()));
    model_.embed(request->token, addRow(request->kv, 0, {position, position, position}));
  }
  std::vector<std::pair<Node*, int64_t>> lastRows;
  int64_t left = options_.prefillRows;
  while (left > 0 && !prefilling_.empty()) {
    Node& node = *prefilling_.front();
    const NodeSpec& spec = node.spec;
    for (; left > 0 && !node.isDone(); --left, ++node.computed) {
      const int64_t i = node.computed;
      float* const to = addRow(node.kv, spec.modality[i],
                               {spec.positions[i], spec.positions[node.tokens + i], spec.positions[2 * node.tokens + i]});
      std::copy_n(&spec.embeddings[i * shape.hidden], shape.hidden, to);
    }
    if (!node.isDone()) break;
    lastRows.emplace_back(&node, static_cast<int64_t>(rows.size()) - 1);
    node.spec.embeddings = {};
    keep_.push_back(std::move(prefilling_.front()));
    prefilling_.pop_front();
  }
  if (!rows.empty()) {
    const decode::AttentionPlan plan(rows);
    engine_.forward({model_.weights, cache_, rows, plan, cos.data(), sin.data(), hidden.data()}, parallel);
  }
  for (const auto& [node, row] : lastRows) {
    const float* const from = &hidden[row * shape.hidden];
    node->lastHidden.assign(from, from + shape.hidden);
  }
  keep_.clear();
  for (const auto& request : growing_) {
    if (request->tokens > 0 || request->node->lastHidden.empty()) continue;
    chosen.push_back(request.get());
    hiddenRow.push_back(-1);
  }
  if (chosen.empty()) return;
  std::vector<float> states(chosen.size() * shape.hidden);
  for (size_t i = 0; i < chosen.size(); ++i) {
    const float* const from = hiddenRow[i] < 0 ? chosen[i]->node->lastHidden.data() : &hidden[hiddenRow[i] * shape.hidden];
    std::copy_n(from, shape.hidden, &states[i * shape.hidden]);
  }
  choose(chosen, states, parallel);
}

void DecodeLoop::choose(const std::vector<Request*>& requests, const std::vector<float>& states, const Parallel& parallel) {
  std::vector<decode::ChoiceRow> rows;
  for (const Request* request : requests) {
    const RequestSpec& spec = request->spec;
    rows.push_back({spec.sampling, uniformAt(spec.key, static_cast<uint32_t>(request->tokens)),
                    spec.seen.empty() ? nullptr : spec.seen.data()});
  }
  std::vector<decode::Choice> choices(rows.size());
  engine_.choose(model_.head, states.data(), rows, choices.data(), parallel);
  for (size_t i = 0; i < requests.size(); ++i) {
    Request& request = *requests[i];
    const auto& [token, logprob, entropy, isBad] = choices[i];
    if (isBad) {
      answer({request.spec.id, Event::kFailed, -1, 0, 0, "its logits hold NaN or infinity"});
      request.isOver = true;
      continue;
    }
    request.token = token;
    ++request.tokens;
    if (!request.spec.seen.empty()) request.spec.seen[token / 32] |= 1u << token % 32;
    const auto& stops = request.spec.stopIds;
    const bool isStop = std::find(stops.begin(), stops.end(), token) != stops.end();
    const Event event = isStop ? Event::kStop : request.tokens == request.spec.maxNewTokens ? Event::kLength : Event::kToken;
    request.isOver = event != Event::kToken;
    answer({request.spec.id, event, token, logprob, entropy, {}});
  }
  std::erase_if(growing_, [](const auto& request) { return request->isOver; });
}

void DecodeLoop::answer(Answer answer) { answers_.push_back(std::move(answer)); }

// Everything that was under way ends: what was computed of it is not known.
void DecodeLoop::fail(const std::string& problem) {
  for (const auto& request : growing_) answer({request->spec.id, Event::kFailed, -1, 0, 0, problem});
  for (const auto& request : waiting_) answer({request->spec.id, Event::kFailed, -1, 0, 0, problem});
  growing_.clear();
  waiting_.clear();
  prefilling_.clear();
  keep_.clear();
  nodes_.clear();
}

}  // namespace earsight::sampler
