#include "prompts.h"

#include <algorithm>
#include <utility>

namespace earsight::sampler {

namespace {

// Entries of what is gone go when they are as many as the others.
template <typename Map>
void sweep(Map& map) {
  if (map.size() < 64 || (map.size() & (map.size() - 1)) != 0) return;
  std::erase_if(map, [](const auto& entry) { return entry.second.expired(); });
}

}  // namespace

PromptNode::PromptNode(NodeSpec given, PromptPointer above)
    : parent(std::move(above)), spec(std::move(given)), tokens(static_cast<int64_t>(spec.ids.size())), version(0) {
  kv.gate = spec.gate;
  if (isScored()) scores.assign(tokens, NAN);
  if (parent == nullptr) return;
  kv.parent = &parent->kv;
  kv.before = parent->kv.before + parent->tokens;
  kv.level = parent->kv.level + 1;
}

// Of all that its keys and values depend on: the tokens, where they stand, what they see, and what is above.
void Prompts::identify(PromptNode& node) const {
  const NodeSpec& spec = node.spec;
  Hasher hasher(secret_);
  const Digest above = node.parent == nullptr ? Digest{0, 0} : node.parent->key;
  hasher.add(above.low);
  hasher.add(above.high);
  hasher.add(spec.gate);
  std::vector<float> row(hidden_ + 1);
  for (int64_t i = 0; i < node.tokens; ++i) {
    hasher.add(static_cast<uint64_t>(spec.ids[i]) << 8 | spec.modality[i]);
    hasher.add(spec.positions[i], spec.positions[node.tokens + i]);
    hasher.add(spec.positions[2 * node.tokens + i], 0);
    if (spec.modality[i] != 0) {
      spec.media(i, row.data());
      for (int64_t d = 0; d < hidden_; d += 2) hasher.add(row[d], row[d + 1]);
    }
    if ((i + 1) % decode::kPanel == 0) node.pageKeys.push_back(hasher.digest());
  }
  hasher.add(static_cast<uint64_t>(node.tokens));
  node.key = hasher.digest();
}

void Prompts::add(NodeSpec spec) {
  const int64_t name = spec.id;
  const PromptPointer above = find(spec.parent);
  // Prompts end with what failed: this one would begin in the middle.
  if (above == nullptr && spec.parent >= 0) return;
  auto node = std::make_shared<PromptNode>(std::move(spec), above);
  node->version = version_;
  identify(*node);
  auto& known = nodes_[node->key];
  if (const PromptPointer same = known.lock(); same != nullptr && !node->isScored()) {
    sharedTokens_ += node->tokens;
    node = same;
  }
  known = node;
  named_[name] = std::move(node);
  sweep(nodes_);
}

PromptPointer Prompts::find(int64_t name) const {
  const auto found = named_.find(name);
  return found == named_.end() ? nullptr : found->second;
}

std::vector<PromptPointer> Prompts::begin(const PromptPointer& last) {
  std::vector<PromptPointer> path;
  // Those above are used later, so that they are not freed before those below.
  for (PromptPointer node = last; node != nullptr; node = node->parent) {
    node->lastUse = ++uses_;
    if (!node->isAdmitted) path.push_back(node);
  }
  std::reverse(path.begin(), path.end());
  return path;
}

void Prompts::share(PromptNode& node) {
  // Scores need the hidden states of all tokens.
  if (node.version != version_ || node.isScored()) return;
  // The last token is computed: its hidden state predicts the next one.
  while (node.kv.length() % decode::kPanel == 0 && node.kv.length() + decode::kPanel < node.tokens) {
    const auto found = pages_.find(node.pageKeys[node.kv.length() / decode::kPanel]);
    if (found == pages_.end()) return;
    auto page = found->second.lock();
    if (page == nullptr) return;
    const auto from = node.spec.modality.begin() + node.kv.length();
    node.kv.pages.push_back(std::move(page));
    node.kv.modality.insert(node.kv.modality.end(), from, from + decode::kPanel);
    node.promise.giveBack(1);
    sharedTokens_ += decode::kPanel;
  }
}

void Prompts::offer(const PromptNode& node) {
  if (node.version != version_) return;
  pages_[node.pageKeys[node.kv.length() / decode::kPanel - 1]] = node.kv.pages.back();
  sweep(pages_);
}

void Prompts::done(PromptPointer node) {
  node->spec.media = nullptr;
  node->spec.ids = {};
  node->spec.positions = {};
  if (node->version == version_) kept_.push_back(std::move(node));
}

bool Prompts::evict() {
  auto oldest = kept_.end();
  for (auto at = kept_.begin(); at != kept_.end(); ++at) {
    if (at->use_count() == 1 && (oldest == kept_.end() || (*at)->lastUse < (*oldest)->lastUse)) oldest = at;
  }
  if (oldest == kept_.end()) return false;
  kept_.erase(oldest);
  return true;
}

int64_t Prompts::idlePages() const {
  for (const PromptPointer& node : kept_) node->idleBelow = 0;
  int64_t pages = 0;
  for (size_t i = kept_.size(); i-- > 0;) {
    const PromptPointer& node = kept_[i];
    if (node.use_count() > 1 + node->idleBelow) continue;
    pages += static_cast<int64_t>(node->kv.pages.size());
    if (node->parent != nullptr) ++node->parent->idleBelow;
  }
  return pages;
}

void Prompts::trim() {
  // A node that is freed may be the last that needed those above.
  while (idlePages() > keptPages_ && evict()) {
  }
}

void Prompts::changeWeights() {
  ++version_;
  nodes_.clear();
  pages_.clear();
  kept_.clear();
}

void Prompts::clear() {
  named_.clear();
  changeWeights();
}

}  // namespace earsight::sampler
