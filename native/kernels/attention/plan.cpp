#include "plan.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>

#include "plan_lists.h"

namespace earsight::attention {

namespace {

constexpr int64_t kMagic = 0x33304e414c505345;  // "ESPLAN03"
constexpr int64_t kHeaderWords = sizeof(PlanHeader) / sizeof(int64_t);

// Multiply and xor-shift a word at a time. It distinguishes batches; it does not resist an adversary.
int64_t hashBytes(const void* data, size_t size) {
  const char* bytes = static_cast<const char*>(data);
  uint64_t hash = 0x9e3779b97f4a7c15 ^ size;
  for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, bytes + i, std::min(sizeof(word), size - i));
    hash = (hash ^ word) * 0xff51afd7ed558ccd;
    hash ^= hash >> 32;
  }
  return static_cast<int64_t>(hash);
}

// The same for four words at a time, to read a plan at the speed of the processor's caches. A change of one word always
// changes the checksum: each step is a bijection of the word and of its lane.
int64_t checksumOf(std::span<const int64_t> words) {
  constexpr size_t kChecksum = offsetof(PlanHeader, checksum) / sizeof(int64_t);
  constexpr uint64_t kFactor = 0xff51afd7ed558ccd;
  uint64_t lanes[4] = {1, 2, 3, 4};
  for (size_t i = 0; i < words.size(); ++i) {
    uint64_t& lane = lanes[i % 4];
    lane = (lane ^ (i == kChecksum ? 0 : static_cast<uint64_t>(words[i]))) * kFactor;
    lane ^= lane >> 32;
  }
  return hashBytes(lanes, sizeof(lanes)) ^ static_cast<int64_t>(words.size());
}

PlanHeader describe(const PlanInput& input, int64_t tileRows) {
  const int64_t modalities[2] = {input.modality ? hashBytes(input.modality, input.tk) : 0,
                                 input.queryModality ? hashBytes(input.queryModality, input.tq) : 0};
  PlanHeader header{};
  header.magic = kMagic;
  header.tq = input.tq;
  header.tk = input.tk;
  header.tileRows = tileRows;
  header.nodesHash = hashBytes(input.nodes.data(), input.nodes.size_bytes());
  header.modalityHash = hashBytes(modalities, sizeof(modalities));
  return header;
}

void check(bool holds, const std::string& message) {
  if (!holds) throw std::invalid_argument("plan: " + message);
}

}  // namespace

std::vector<int64_t> buildPlan(const PlanInput& input, int64_t tileRows) {
  const PlanLists lists = planLists(input, tileRows);
  PlanHeader header = describe(input, tileRows);
  std::vector<int64_t> words(kHeaderWords);
  const auto append = [&](const auto& list, int64_t (&where)[2]) {
    using Entry = typename std::decay_t<decltype(list)>::value_type;
    static_assert(sizeof(Entry) % sizeof(int64_t) == 0);
    where[0] = static_cast<int64_t>(words.size());
    where[1] = static_cast<int64_t>(list.size());
    if (list.empty()) return;
    words.resize(words.size() + list.size() * sizeof(Entry) / sizeof(int64_t));
    std::memcpy(&words[where[0]], list.data(), list.size() * sizeof(Entry));
  };
  append(lists.tiles, header.tiles);
  append(lists.blocks, header.blocks);
  append(lists.pairs, header.pairs);
  append(lists.uses, header.uses);
  append(lists.rows, header.rows);
  append(lists.masks, header.masks);
  append(lists.components, header.components);
  append(lists.idleQueries, header.idleQueries);
  append(lists.idleKeys, header.idleKeys);
  header.words = static_cast<int64_t>(words.size());
  std::memcpy(words.data(), &header, sizeof(header));
  header.checksum = checksumOf(words);
  std::memcpy(words.data(), &header, sizeof(header));
  return words;
}

Plan openPlan(std::span<const int64_t> words) {
  const auto size = static_cast<int64_t>(words.size());
  const auto* header = reinterpret_cast<const PlanHeader*>(words.data());
  check(size >= kHeaderWords && header->magic == kMagic && header->words == size && header->checksum == checksumOf(words),
        "expected the tensor that av_plan returned, unchanged, got other, cut or changed contents");
  const auto view = [&]<typename Entry>(std::span<const Entry>& list, const int64_t (&where)[2]) {
    list = {reinterpret_cast<const Entry*>(words.data() + where[0]), static_cast<size_t>(where[1])};
  };
  Plan plan;
  plan.header = header;
  view(plan.tiles, header->tiles);
  view(plan.blocks, header->blocks);
  view(plan.pairs, header->pairs);
  view(plan.uses, header->uses);
  view(plan.rows, header->rows);
  view(plan.masks, header->masks);
  view(plan.components, header->components);
  view(plan.idleQueries, header->idleQueries);
  view(plan.idleKeys, header->idleKeys);
  return plan;
}

void checkPlan(const Plan& plan, const PlanInput& input, int64_t tileRows) {
  const PlanHeader& header = *plan.header;
  const PlanHeader expected = describe(input, tileRows);
  check(header.tq == expected.tq && header.tk == expected.tk,
        "made for " + std::to_string(header.tq) + " rows of q and " + std::to_string(header.tk) + " of k, got " +
            std::to_string(expected.tq) + " and " + std::to_string(expected.tk));
  check(header.nodesHash == expected.nodesHash, "made from another node table; call av_plan again");
  check(header.modalityHash == expected.modalityHash, "made from other modalities; call av_plan again");
  check(header.tileRows == tileRows, "made for tiles of " + std::to_string(header.tileRows) + " rows, not of " +
                                          std::to_string(tileRows) + "; call av_plan again");
}

}  // namespace earsight::attention
