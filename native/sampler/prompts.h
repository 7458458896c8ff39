// The prompts of a loop. Nodes of the same content are one node, and equal beginnings of different nodes have their whole
// pages in common, so that they are computed once. How a prompt is divided into nodes follows from itself alone, and sums are
// taken along its nodes; so what is found has the bits that would be computed. Prompts that nobody needs are kept until their
// room is needed, the least recently used go first.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "digest.h"
#include "page_budget.h"
#include "requests.h"

namespace earsight::sampler {

// Tokens that follow those of the node above.
struct PromptNode {
  std::shared_ptr<PromptNode> parent;
  NodeSpec spec;  // what computes it is freed once it is done
  int64_t tokens;
  Digest key{};
  std::vector<Digest> pageKeys;  // of its whole pages, with all that is before them
  uint64_t version;              // of the weights
  decode::KvNode kv;
  bool isAdmitted = false;
  PageBudget::Promise promise;
  std::vector<float> lastHidden;  // once it is computed
  std::vector<float> scores;      // [tokens] where they are asked for
  uint64_t lastUse = 0;
  int64_t idleBelow = 0;  // see idlePages

  PromptNode(NodeSpec given, std::shared_ptr<PromptNode> above);
  int64_t pagesLeft() const { return pagesOf(tokens) - static_cast<int64_t>(kv.pages.size()); }
  bool isPlaced() const { return kv.length() == tokens; }
  bool isScored() const { return spec.scoreTemperature > 0; }
};

using PromptPointer = std::shared_ptr<PromptNode>;

class Prompts {
 public:
  // kept: pages of prompts that nobody needs, at most
  Prompts(int64_t hidden, int64_t kept) : hidden_(hidden), keptPages_(kept) {}

  // Names a node until it is released; it lives as long as it is needed.
  void add(NodeSpec spec);
  PromptPointer find(int64_t name) const;
  void release(int64_t name) { named_.erase(name); }
  // Requests for them, or their release, are still to come.
  bool hasNames() const { return !named_.empty(); }
  // Nodes of a path that have no room yet, the root first. Touches the path.
  std::vector<PromptPointer> begin(const PromptPointer& last);

  // Takes pages that were computed before, as far as the node's next tokens are known.
  void share(PromptNode& node);
  // Others may take the node's last page, which is whole.
  void offer(const PromptNode& node);
  // Its tokens are computed.
  void done(PromptPointer node);
  // Frees the least recently used of the kept prompts. -> whether there was one
  bool evict();
  // Keeps what is allowed.
  void trim();
  // What was computed is of other weights than what comes.
  void changeWeights();
  void clear();

  // Any thread.
  int64_t sharedTokens() const { return sharedTokens_; }

 private:
  void identify(PromptNode& node) const;
  // Of kept prompts that only kept ones need; a page that several have in common counts for each.
  int64_t idlePages() const;

  const int64_t hidden_, keptPages_;
  const Hasher::Key secret_ = Hasher::randomKey();
  uint64_t version_ = 0, uses_ = 0;
  std::atomic<int64_t> sharedTokens_{0};
  std::unordered_map<int64_t, PromptPointer> named_;
  std::unordered_map<Digest, std::weak_ptr<PromptNode>, DigestHash> nodes_;
  std::unordered_map<Digest, std::weak_ptr<decode::KvPage>, DigestHash> pages_;
  std::vector<PromptPointer> kept_;  // nodes after those above them
};

}  // namespace earsight::sampler
