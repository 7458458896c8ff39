// The passes of the loop: their rows, the layers, scores and choices.
#include "decode_pass.h"

#include <new>

#include "counter_rng.h"

namespace earsight::sampler {

// Prompts that are kept make room where the machine has none.
std::shared_ptr<decode::KvPage> DecodeLoop::newPage(PageBudget::Promise& promise) {
  while (true) {
    try {
      return promise.take();
    } catch (const std::bad_alloc&) {
      if (!prompts_.evict()) throw;
    }
  }
}

// Next tokens of all requests, and a part of the prompts.
void DecodeLoop::pass(const Parallel& parallel) {
  Rows rows{model_, {}, {}, {}, {}, {}, {}, {}};
  const auto place = [&](decode::KvNode& node, PageBudget::Promise& promise, uint8_t modality) {
    if (node.length() % decode::kPanel == 0) node.pages.push_back(newPage(promise));
    node.modality.push_back(modality);
  };
  for (const auto& request : growing_) {
    if (request->tokens == 0) continue;
    place(request->kv, request->promise, 0);
    const float position = request->spec.next + static_cast<float>(request->tokens - 1);
    rows.growing.emplace_back(request.get(), rows.count());
    model_.embed(request->token, rows.add(request->kv, {position, position, position}));
  }
  for (int64_t left = options_.prefillRows; left > 0 && !prefilling_.empty();) {
    const PromptPointer pointer = prefilling_.front();
    PromptNode& node = *pointer;
    const NodeSpec& spec = node.spec;
    for (; left > 0 && !node.isPlaced(); --left) {
      if (node.kv.length() % decode::kPanel == 0) prompts_.share(node);
      const int64_t i = node.kv.length();
      const auto isScored = [&](int64_t token) { return node.isScored() && token < node.tokens && spec.modality[token] == 0; };
      if (i == 0 && node.parent != nullptr && isScored(0)) rows.scored.push_back({pointer, 0, -1});
      if (isScored(i + 1)) rows.scored.push_back({pointer, i + 1, rows.count()});
      place(node.kv, node.promise, spec.modality[i]);
      float* const to =
          rows.add(node.kv, {spec.positions[i], spec.positions[node.tokens + i], spec.positions[2 * node.tokens + i]});
      if (spec.modality[i] == 0) model_.embed(spec.ids[i], to);
      else spec.media(i, to);
      if (node.kv.length() % decode::kPanel == 0) prompts_.offer(node);
      ++prefilledTokens_;
    }
    if (!node.isPlaced()) break;
    rows.done.emplace_back(pointer, rows.count() - 1);
    prefilling_.pop_front();
  }
  if (rows.count() > 0) forward(rows, parallel);
  if (!rows.scored.empty()) score(rows, parallel);
  choose(rows, parallel);
}

void DecodeLoop::forward(Rows& rows, const Parallel& parallel) {
  const decode::AttentionPlan plan(rows.rows);
  engine_.forward({model_.weights, cache_, rows.rows, plan, rows.cos.data(), rows.sin.data(), rows.hidden.data(), &ends_},
                  parallel);
  for (const auto& [node, row] : rows.done) {
    const float* const from = rows.state(row);
    node->lastHidden.assign(from, from + model_.weights.shape.hidden);
  }
}

// Log-probabilities of the tokens that prompts have.
void DecodeLoop::score(const Rows& rows, const Parallel& parallel) {
  const int64_t hidden = model_.weights.shape.hidden;
  std::vector<float> states;
  std::vector<decode::ChoiceRow> wanted;
  for (const auto& [node, token, row] : rows.scored) {
    const float* const from = row < 0 ? node->parent->lastHidden.data() : rows.state(row);
    states.insert(states.end(), from, from + hidden);
    wanted.push_back({{node->spec.scoreTemperature}, 0, nullptr, node->spec.ids[token]});
  }
  std::vector<decode::Choice> found(wanted.size());
  engine_.choose(model_.head, states.data(), wanted, found.data(), parallel);
  for (size_t i = 0; i < found.size(); ++i) rows.scored[i].node->scores[rows.scored[i].token] = found[i].logprob;
}

void DecodeLoop::choose(const Rows& rows, const Parallel& parallel) {
  const int64_t hidden = model_.weights.shape.hidden;
  std::vector<Request*> requests;
  std::vector<float> states;
  const auto add = [&](Request* request, const float* state) {
    requests.push_back(request);
    states.insert(states.end(), state, state + hidden);
  };
  for (const auto& [request, row] : rows.growing) add(request, rows.state(row));
  for (const auto& request : growing_) {
    if (request->tokens == 0 && !request->node->lastHidden.empty()) add(request.get(), request->node->lastHidden.data());
  }
  if (!requests.empty()) {
    std::vector<decode::ChoiceRow> wanted;
    for (const Request* request : requests) {
      const RequestSpec& spec = request->spec;
      wanted.push_back({spec.sampling, uniformAt(spec.key, static_cast<uint32_t>(request->tokens)),
                        spec.seen.empty() ? nullptr : spec.seen.data()});
    }
    std::vector<decode::Choice> choices(wanted.size());
    engine_.choose(model_.head, states.data(), wanted, choices.data(), parallel);
    for (size_t i = 0; i < requests.size(); ++i) tell(*requests[i], choices[i]);
  }
  // Tokens are scored before they are freed.
  for (const auto& [node, row] : rows.done) prompts_.done(node);
  if (std::erase_if(growing_, [](const auto& request) { return request->isOver; }) > 0) prompts_.trim();
}

void DecodeLoop::tell(Request& request, const decode::Choice& choice) {
  RequestSpec& spec = request.spec;
  if (choice.isBad) {
    request.isOver = true;
    return answerFailed(request, "its logits hold NaN or infinity");
  }
  if (request.tokens == 0 && spec.wantsScores) {
    std::vector<float> scores;
    for (const PromptNode* node = request.node.get(); node != nullptr; node = node->parent.get())
      scores.insert(scores.begin(), node->scores.begin(), node->scores.end());
    answer({spec.id, Event::kScores, -1, 0, 0, {}, std::move(scores)});
  }
  request.token = choice.token;
  ++request.tokens;
  if (!spec.seen.empty()) spec.seen[choice.token / 32] |= 1u << choice.token % 32;
  const bool isStop = std::find(spec.stopIds.begin(), spec.stopIds.end(), choice.token) != spec.stopIds.end();
  const Event event = isStop ? Event::kStop : request.tokens == spec.maxNewTokens ? Event::kLength : Event::kToken;
  request.isOver = event != Event::kToken;
  answer({spec.id, event, choice.token, choice.logprob, choice.entropy});
}

}  // namespace earsight::sampler
