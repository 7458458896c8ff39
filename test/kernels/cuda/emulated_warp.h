// The primitives of native/kernels/attention/cuda/warp.h on a CPU. The threads of a block are fibers, which run one at a
// time and synchronise wherever the real threads do. Made to find errors, not to be fast:
//   - warps run ahead of each other as far as barriers let them, in an order drawn from a seed
//   - an asynchronous copy happens either at once or only when it is waited for, drawn by block
//   - shared memory begins as NaN and is checked for bounds and alignment
//   - lanes of a warp in different operations, or threads that wait for ever, end the program
// It does not show the rounding inside real matrix products, nor speed.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>

#define EARSIGHT_DEVICE inline
#define EARSIGHT_HOST_DEVICE inline
#define EARSIGHT_KERNEL(threads) inline void

namespace earsight::attention::cuda {

namespace emulated {

// Seeds the random orders.
void seed(unsigned value);

// Runs body() on each thread of each block.
void run(const char* name, int64_t blocks, int threads, int sharedBytes, const std::function<void()>& body);

// Waits for the other lanes; the last one calls `act` with the arguments of all 32.
void meetWarp(const char* operation, void* mine, void (*act)(void* const* all));

void copyLater(void* shared, const void* global, int bytes, bool valid);

const void* checkShared(const void* pointer, int bytes);

}  // namespace emulated

int threadIndex();
int threadCount();
int64_t blockIndex();
unsigned char* sharedMemory();
void barrier();
void waitForCopies();

template <int kBytes>
void copyAsync(void* shared, const void* global, bool valid) {
  emulated::copyLater(shared, global, kBytes, valid);
}

void loadMatrices(uint32_t (&m)[4], const uint16_t* row);
void loadMatricesTransposed(uint32_t (&m)[4], const uint16_t* row);
float shuffleXor(float value, int mask);
bool anyLane(bool value);

inline float exp2Fast(float x) { return std::exp2(x); }

namespace emulated {

struct Product {
  float* c;
  const uint32_t* a;
  uint32_t b[2];
};

// c += a b for a whole warp, elements as floats.
void multiplyAdd(void* const* lanes, float (*toFloat)(uint32_t));

template <typename Format>
void multiplyAddAs(void* const* lanes) {
  multiplyAdd(lanes, Format::toFloat);
}

}  // namespace emulated

struct BFloat16Format {
  static constexpr uint32_t kOne = 0x3f80;

  static float toFloat(uint32_t bits) { return std::bit_cast<float>(bits << 16); }

  static uint32_t round(float value) {
    const auto word = std::bit_cast<uint32_t>(value);
    return value != value ? 0x7fffu : (word + 0x7fff + (word >> 16 & 1)) >> 16;
  }

  static uint32_t pack(float low, float high) { return round(low) | round(high) << 16; }

  static void multiplyAdd(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
    emulated::Product mine{c, a, {b0, b1}};
    emulated::meetWarp("product of bfloat16", &mine, emulated::multiplyAddAs<BFloat16Format>);
  }
};

struct HalfFormat {
  static constexpr uint32_t kOne = 0x3c00;

  static float toFloat(uint32_t bits) {
    return static_cast<float>(std::bit_cast<_Float16>(static_cast<uint16_t>(bits)));
  }

  static uint32_t round(float value) { return std::bit_cast<uint16_t>(static_cast<_Float16>(value)); }

  static uint32_t pack(float low, float high) { return round(low) | round(high) << 16; }

  static void multiplyAdd(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
    emulated::Product mine{c, a, {b0, b1}};
    emulated::meetWarp("product of half", &mine, emulated::multiplyAddAs<HalfFormat>);
  }
};

template <typename Kernel, typename Arguments>
void launch(const char* name, Kernel kernel, int64_t blocks, int threads, int sharedBytes, const Arguments& arguments,
            void*) {
  emulated::run(name, blocks, threads, sharedBytes, [&] { kernel(arguments); });
}

}  // namespace earsight::attention::cuda
