#include "emulated_warp.h"

#include <ucontext.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

namespace earsight::attention::cuda {

namespace {

constexpr int kLanes = 32;
constexpr size_t kStackBytes = 256 * 1024;

// A barrier of `members` threads, reusable.
struct Meeting {
  int members = 0, arrived = 0;
  uint64_t round = 0;
  const char* operation = nullptr;
  std::vector<void*> brought;
};

struct Copy {
  void* to;
  const void* from;  // null: zeros
  int bytes;

  void perform() const { from == nullptr ? std::memset(to, 0, bytes) : std::memcpy(to, from, bytes); }
};

struct Thread {
  ucontext_t context;
  std::unique_ptr<char[]> stack;
  const Meeting* waitsFor = nullptr;
  uint64_t waitsInRound = 0;
  bool ended = false;
  std::vector<Copy> copies;

  bool ready() const { return !ended && (waitsFor == nullptr || waitsFor->round != waitsInRound); }
};

struct Machine {
  std::mt19937 random{0};
  const char* kernel = "";
  const std::function<void()>* body = nullptr;
  std::vector<Thread> threads;
  std::vector<Meeting> warps;
  Meeting all;
  std::vector<uint64_t> shared;
  int sharedBytes = 0;
  int64_t block = 0;
  int current = 0, count = 0;
  bool copiesAtOnce = false;
  ucontext_t scheduler;
};

Machine machine;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "emulated GPU: kernel '%s', block %lld, thread %d: %s\n", machine.kernel,
               static_cast<long long>(machine.block), machine.current, what);
  std::abort();
}

void meet(Meeting& meeting, int member, const char* operation, void* mine, void (*act)(void* const*)) {
  if (meeting.arrived == 0) meeting.operation = operation;
  if (std::strcmp(meeting.operation, operation) != 0) fail("meets others in a different operation");
  meeting.brought[member] = mine;
  if (++meeting.arrived == meeting.members) {
    if (act != nullptr) act(meeting.brought.data());
    meeting.arrived = 0;
    ++meeting.round;
    return;
  }
  Thread& self = machine.threads[machine.current];
  self.waitsFor = &meeting;
  self.waitsInRound = meeting.round;
  swapcontext(&self.context, &machine.scheduler);
}

void threadMain() {
  (*machine.body)();
  Thread& self = machine.threads[machine.current];
  if (!self.copies.empty()) fail("ends with copies that nobody waited for");
  self.ended = true;
  swapcontext(&self.context, &machine.scheduler);
}

void runBlock() {
  std::fill(machine.shared.begin(), machine.shared.end(), ~uint64_t{0});
  machine.copiesAtOnce = machine.random() % 2 == 0;
  const auto reset = [](Meeting& meeting, int members) {
    meeting = {};
    meeting.members = members;
    meeting.brought.resize(members);
  };
  reset(machine.all, machine.count);
  for (Meeting& warp : machine.warps) reset(warp, kLanes);
  for (int i = 0; i < machine.count; ++i) {
    Thread& thread = machine.threads[i];
    thread.ended = false;
    thread.waitsFor = nullptr;
    getcontext(&thread.context);
    thread.context.uc_stack = {.ss_sp = thread.stack.get(), .ss_flags = 0, .ss_size = kStackBytes};
    thread.context.uc_link = nullptr;
    makecontext(&thread.context, threadMain, 0);
  }
  std::vector<int> order(machine.warps.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  for (bool progress = true; progress;) {
    progress = false;
    std::shuffle(order.begin(), order.end(), machine.random);
    for (const int warp : order) {
      // As far as it gets without the other warps.
      for (bool moved = true; moved;) {
        moved = false;
        for (int lane = 0; lane < kLanes; ++lane) {
          Thread& thread = machine.threads[warp * kLanes + lane];
          if (!thread.ready()) continue;
          machine.current = warp * kLanes + lane;
          swapcontext(&machine.scheduler, &thread.context);
          moved = progress = true;
        }
      }
    }
  }
  for (int i = 0; i < machine.count; ++i) {
    machine.current = i;
    if (!machine.threads[i].ended) fail("waits for others that do not come");
  }
}

void load(uint32_t (&m)[4], const uint16_t* row, bool transposed) {
  struct Request {
    uint32_t* to;
    const uint16_t* row;
  } mine{m, static_cast<const uint16_t*>(emulated::checkShared(row, 16))};
  const auto act = [](void* const* lanes, bool transposed) {
    const auto at = [&](int matrix, int i, int j) -> uint32_t {
      return static_cast<const Request*>(lanes[matrix * 8 + i])->row[j];
    };
    for (int lane = 0; lane < kLanes; ++lane) {
      const int g = lane / 4, t = lane % 4 * 2;
      for (int k = 0; k < 4; ++k) {
        static_cast<Request*>(lanes[lane])->to[k] =
            transposed ? at(k, t, g) | at(k, t + 1, g) << 16 : at(k, g, t) | at(k, g, t + 1) << 16;
      }
    }
  };
  transposed ? emulated::meetWarp("transposed load", &mine, [](void* const* lanes) { decltype(act){}(lanes, true); })
             : emulated::meetWarp("load", &mine, [](void* const* lanes) { decltype(act){}(lanes, false); });
}

}  // namespace

namespace emulated {

void seed(unsigned value) { machine.random.seed(value); }

void run(const char* name, int64_t blocks, int threads, int sharedBytes, const std::function<void()>& body) {
  machine.kernel = name;
  machine.body = &body;
  machine.count = threads;
  machine.sharedBytes = sharedBytes;
  machine.shared.resize((sharedBytes + 15) / 16 * 2);
  machine.warps.resize(threads / kLanes);
  machine.threads.resize(threads);
  for (Thread& thread : machine.threads) {
    if (!thread.stack) thread.stack = std::make_unique_for_overwrite<char[]>(kStackBytes);
  }
  for (machine.block = 0; machine.block < blocks; ++machine.block) runBlock();
}

void meetWarp(const char* operation, void* mine, void (*act)(void* const*)) {
  meet(machine.warps[machine.current / kLanes], machine.current % kLanes, operation, mine, act);
}

const void* checkShared(const void* pointer, int bytes) {
  const auto* begin = reinterpret_cast<const unsigned char*>(machine.shared.data());
  const auto* at = static_cast<const unsigned char*>(pointer);
  if (at < begin || at + bytes > begin + machine.sharedBytes) fail("leaves shared memory");
  if ((at - begin) % bytes != 0) fail("touches shared memory that is not aligned");
  return pointer;
}

void copyLater(void* shared, const void* global, int bytes, bool valid) {
  checkShared(shared, bytes);
  if (valid && reinterpret_cast<uintptr_t>(global) % bytes != 0) fail("copies from memory that is not aligned");
  const Copy copy{shared, valid ? global : nullptr, bytes};
  if (machine.copiesAtOnce) return copy.perform();
  machine.threads[machine.current].copies.push_back(copy);
}

void multiplyAdd(void* const* lanes, float (*toFloat)(uint32_t)) {
  float a[16][16], b[16][8];
  const auto unpack = [&](uint32_t pair, float& low, float& high) {
    low = toFloat(pair & 0xffff);
    high = toFloat(pair >> 16);
  };
  for (int lane = 0; lane < kLanes; ++lane) {
    const auto& mine = *static_cast<const Product*>(lanes[lane]);
    const int g = lane / 4, t = lane % 4 * 2;
    unpack(mine.a[0], a[g][t], a[g][t + 1]);
    unpack(mine.a[1], a[g + 8][t], a[g + 8][t + 1]);
    unpack(mine.a[2], a[g][t + 8], a[g][t + 9]);
    unpack(mine.a[3], a[g + 8][t + 8], a[g + 8][t + 9]);
    unpack(mine.b[0], b[t][g], b[t + 1][g]);
    unpack(mine.b[1], b[t + 8][g], b[t + 9][g]);
  }
  for (int lane = 0; lane < kLanes; ++lane) {
    const auto& mine = *static_cast<const Product*>(lanes[lane]);
    for (int i = 0; i < 4; ++i) {
      const int row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
      float sum = mine.c[i];
      for (int k = 0; k < 16; ++k) sum += a[row][k] * b[k][column];
      mine.c[i] = sum;
    }
  }
}

}  // namespace emulated

int threadIndex() { return machine.current; }
int threadCount() { return machine.count; }
int64_t blockIndex() { return machine.block; }
unsigned char* sharedMemory() { return reinterpret_cast<unsigned char*>(machine.shared.data()); }
void barrier() { meet(machine.all, machine.current, "barrier", nullptr, nullptr); }

void waitForCopies() {
  auto& copies = machine.threads[machine.current].copies;
  for (const Copy& copy : copies) copy.perform();
  copies.clear();
}

void loadMatrices(uint32_t (&m)[4], const uint16_t* row) { load(m, row, false); }
void loadMatricesTransposed(uint32_t (&m)[4], const uint16_t* row) { load(m, row, true); }

float shuffleXor(float value, int mask) {
  struct Exchange {
    float value, result;
    int mask;
  } mine{value, 0, mask};
  emulated::meetWarp("shuffle", &mine, [](void* const* lanes) {
    for (int lane = 0; lane < kLanes; ++lane) {
      auto& exchange = *static_cast<Exchange*>(lanes[lane]);
      exchange.result = static_cast<const Exchange*>(lanes[lane ^ exchange.mask])->value;
    }
  });
  return mine.result;
}

bool anyLane(bool value) {
  struct Vote {
    bool mine, result;
  } vote{value, false};
  emulated::meetWarp("vote", &vote, [](void* const* lanes) {
    bool any = false;
    for (int lane = 0; lane < kLanes; ++lane) any |= static_cast<const Vote*>(lanes[lane])->mine;
    for (int lane = 0; lane < kLanes; ++lane) static_cast<Vote*>(lanes[lane])->result = any;
  });
  return vote.result;
}

}  // namespace earsight::attention::cuda
