// The most bytes a second that so many threads read from memory: probe BYTES THREADS
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

// Sums of eight streams, so that no addition waits for another.
uint64_t read(const uint64_t* from, size_t count) {
  constexpr size_t kLanes = 64;
  uint64_t sums[kLanes] = {};
  for (size_t i = 0; i + kLanes <= count; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += from[i + lane];
  }
  uint64_t sum = 0;
  for (const uint64_t lane : sums) sum += lane;
  return sum;
}

}  // namespace

int main(int, char** arguments) {
  const size_t count = std::strtoull(arguments[1], nullptr, 10) / sizeof(uint64_t);
  const size_t threads = std::strtoull(arguments[2], nullptr, 10);
  const std::vector<uint64_t> memory(count, 1);
  std::vector<uint64_t> sums(threads);
  double best = 0;
  const auto end = Clock::now() + std::chrono::milliseconds(500);
  do {
    const auto start = Clock::now();
    std::vector<std::thread> readers;
    for (size_t t = 0; t < threads; ++t) {
      readers.emplace_back([&, t] { sums[t] = read(memory.data() + count / threads * t, count / threads); });
    }
    for (std::thread& reader : readers) reader.join();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    best = std::max(best, static_cast<double>(count * sizeof(uint64_t)) / seconds);
  } while (Clock::now() < end);
  if (sums[0] != count / threads / 64 * 64) return 1;
  std::cout << best << std::endl;
}
