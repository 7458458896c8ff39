#include "plan.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <span>
#include <tuple>

#include "items.h"

namespace earsight {

namespace {

// ---- layout of the tensor: a header, one record a bucket, then indices and masks at the offsets named there -------

constexpr int64_t kMagic = 0x31304e414c505345;  // "ESPLAN01"

struct Header {
  int64_t magic, words, tq, tk, nodesHash, modalityHash, buckets;
};

struct BucketRecord {
  int64_t batch, queries, keys;
  int64_t queryOffset, keyOffset;                  // in words
  int64_t hiddenBatch, hiddenRows, hiddenOffset;   // hiddenBatch 0: everything is visible
};

constexpr int64_t kHeaderWords = sizeof(Header) / sizeof(int64_t);
constexpr int64_t kRecordWords = sizeof(BucketRecord) / sizeof(int64_t);

// ---- fingerprint --------------------------------------------------------------------------------------------------

// Multiply and xor-shift a word at a time: it tells batches apart, it does not resist an adversary.
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

int64_t hashTensor(const at::Tensor& tensor) {
  if (!tensor.defined()) return 0;
  const at::Tensor flat = tensor.contiguous();
  return hashBytes(flat.const_data_ptr(), flat.nbytes());
}

Header describe(const PlanInput& input) {
  const int64_t hashes[2] = {hashTensor(input.modality), hashTensor(input.queryModality)};
  return {kMagic, 0, input.tq, input.tk, hashTensor(input.nodes), hashBytes(hashes, sizeof(hashes)), 0};
}

const uint8_t* bytesOf(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr<uint8_t>() : nullptr;
}

// ---- buckets ------------------------------------------------------------------------------------------------------

// Padding is worth a handful of operator calls (about kFreePadding scores) plus an eighth of the true work.
constexpr int64_t kFreePadding = 8192;

// Sorts by size and cuts where one more item would pad too much.
std::vector<std::span<const Item>> groupBySize(std::vector<Item>& items) {
  std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    return std::tuple(a.queryCount(), a.keyCount(), -a.k0) > std::tuple(b.queryCount(), b.keyCount(), -b.k0);
  });
  std::vector<std::span<const Item>> groups;
  size_t begin = 0;
  int64_t keys = 0, work = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    const int64_t wider = std::max(keys, items[i].keyCount());
    const int64_t more = work + items[i].queryCount() * items[i].keyCount();
    const int64_t padded = items[begin].queryCount() * wider * static_cast<int64_t>(i - begin + 1);
    if (padded - more > kFreePadding + more / 8) {
      groups.emplace_back(items.data() + begin, i - begin);
      begin = i;
      keys = items[i].keyCount();
      work = items[i].queryCount() * items[i].keyCount();
    } else {
      keys = wider;
      work = more;
    }
  }
  if (!items.empty()) groups.emplace_back(items.data() + begin, items.size() - begin);
  return groups;
}

class PlanWriter {
 public:
  PlanWriter(const uint8_t* modality, size_t buckets)
      : modality_(modality), words_(kHeaderWords + buckets * kRecordWords) {}

  void bucket(std::span<const Item> items) {
    BucketRecord record{};
    record.batch = static_cast<int64_t>(items.size());
    for (const Item& item : items) {
      record.queries = std::max(record.queries, item.queryCount());
      record.keys = std::max(record.keys, item.keyCount());
    }
    record.queryOffset = allocate(record.batch * record.queries, -1);
    record.keyOffset = allocate(record.batch * record.keys, -1);
    for (int64_t b = 0; b < record.batch; ++b) {
      int64_t* queries = &words_[record.queryOffset + b * record.queries];
      for (const ItemRow& row : items[b].rows) *queries++ = row.query;
      int64_t* keys = &words_[record.keyOffset + b * record.keys];
      std::iota(keys, keys + items[b].keyCount(), items[b].k0);
    }
    hide(items, record);
    std::memcpy(&words_[kHeaderWords + written_++ * kRecordWords], &record, sizeof(record));
  }

  at::Tensor finish(Header header) {
    header.words = static_cast<int64_t>(words_.size());
    header.buckets = written_;
    std::memcpy(words_.data(), &header, sizeof(header));
    at::Tensor plan = at::empty({header.words}, at::kLong);
    std::memcpy(plan.mutable_data_ptr<int64_t>(), words_.data(), words_.size() * sizeof(int64_t));
    return plan;
  }

 private:
  int64_t allocate(int64_t count, int64_t value) {
    const auto offset = static_cast<int64_t>(words_.size());
    words_.resize(words_.size() + count, value);
    return offset;
  }

  // Writes the bucket's mask in its smallest form: none, one row an item where only padding is hidden, one item where
  // all are alike (a stack of equal causal blocks).
  void hide(std::span<const Item> items, BucketRecord& record) {
    const bool partial = std::any_of(items.begin(), items.end(), [](const Item& item) { return item.partial; });
    const bool padded = std::any_of(items.begin(), items.end(),
                                    [&](const Item& item) { return item.keyCount() < record.keys; });
    if (!partial && !padded) return;
    record.hiddenRows = partial ? record.queries : 1;
    const int64_t size = record.hiddenRows * record.keys;
    std::vector<uint8_t> hidden(record.batch * size, 1);
    for (int64_t b = 0; b < record.batch; ++b) {
      uint8_t* mask = hidden.data() + b * size;
      if (partial) {
        for (const ItemRow& row : items[b].rows) {
          hideFromRow(items[b], row, mask);
          mask += record.keys;
        }
      } else {
        std::fill_n(mask, items[b].keyCount(), uint8_t{0});
      }
    }
    record.hiddenBatch = record.batch;
    // Each mask equals the next: all are one.
    if (std::equal(hidden.begin() + size, hidden.end(), hidden.begin())) record.hiddenBatch = 1;
    const int64_t bytes = record.hiddenBatch * size;
    record.hiddenOffset = allocate((bytes + 7) / 8, 0);
    std::memcpy(&words_[record.hiddenOffset], hidden.data(), bytes);
  }

  void hideFromRow(const Item& item, const ItemRow& row, uint8_t* mask) const {
    for (int64_t key = row.first; key < row.last; ++key) {
      const int modality = modality_ ? modality_[key] : 0;
      mask[key - item.k0] = (row.modalities >> modality & 1) == 0;
    }
  }

  const uint8_t* modality_;
  std::vector<int64_t> words_;
  int64_t written_ = 0;
};

}  // namespace

at::Tensor buildPlan(std::string_view op, const PlanInput& input) {
  const std::vector<Node> nodes = readNodes(op, input.nodes, input.tq, input.tk);
  std::vector<Item> items = buildItems(nodes, bytesOf(input.modality), bytesOf(input.queryModality));
  const auto groups = groupBySize(items);
  PlanWriter writer(bytesOf(input.modality), groups.size());
  for (const auto& group : groups) writer.bucket(group);
  return writer.finish(describe(input));
}

std::vector<Bucket> readPlan(std::string_view op, const at::Tensor& plan, const PlanInput& input) {
  TORCH_CHECK_VALUE(plan.scalar_type() == at::kLong && plan.dim() == 1 && plan.is_cpu() && plan.is_contiguous() &&
                        plan.size(0) >= kHeaderWords,
                    op, ": plan: expected the tensor that av_plan returned, got ", plan.scalar_type(), " ",
                    plan.sizes(), " on ", plan.device());
  Header header;
  std::memcpy(&header, plan.const_data_ptr<int64_t>(), sizeof(header));
  TORCH_CHECK_VALUE(header.magic == kMagic && header.words == plan.size(0), op,
                    ": plan: expected the tensor that av_plan returned, got other or cut contents");
  const Header expected = describe(input);
  TORCH_CHECK_VALUE(header.tq == expected.tq && header.tk == expected.tk, op, ": plan: made for ", header.tq,
                    " rows of q and ", header.tk, " of k, got ", expected.tq, " and ", expected.tk);
  TORCH_CHECK_VALUE(header.nodesHash == expected.nodesHash, op,
                    ": plan: made from another node table; call av_plan again");
  TORCH_CHECK_VALUE(header.modalityHash == expected.modalityHash, op,
                    ": plan: made from other modalities; call av_plan again");
  std::vector<Bucket> buckets;
  for (int64_t i = 0; i < header.buckets; ++i) {
    BucketRecord record;
    std::memcpy(&record, plan.const_data_ptr<int64_t>() + kHeaderWords + i * kRecordWords, sizeof(record));
    const auto words = [&](int64_t offset, int64_t count) { return plan.narrow(0, offset, count); };
    Bucket bucket;
    bucket.queries = words(record.queryOffset, record.batch * record.queries).view({record.batch, record.queries});
    bucket.keys = words(record.keyOffset, record.batch * record.keys).view({record.batch, record.keys});
    if (record.hiddenBatch > 0) {
      const int64_t bytes = record.hiddenBatch * record.hiddenRows * record.keys;
      bucket.hidden = words(record.hiddenOffset, (bytes + 7) / 8)
                          .view(at::kBool)
                          .narrow(0, 0, bytes)
                          .view({record.hiddenBatch, record.hiddenRows, record.keys});
    }
    buckets.push_back(std::move(bucket));
  }
  return buckets;
}

}  // namespace earsight
