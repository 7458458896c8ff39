// Vectors of 16 bytes by the vector extensions of GCC and Clang, for every processor.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace {

template <typename S>
struct Portable {
  using Accumulator = S;
  typedef S Vec __attribute__((vector_size(16)));
  using Item = S;
  using Part = S;
  static constexpr int kLanes = 16 / sizeof(S), kDepth = 1;
  static constexpr S kLowest = sizeof(S) == 8 ? -746 : -110;  // e^kLowest is 0
  static constexpr int kRows = 4, kVecs = 2;

  static Vec zero() { return Vec{}; }
  static Vec set(S x) { return x - Vec{}; }
  static Vec load(const S* p) {
    Vec x;
    std::memcpy(&x, p, sizeof x);
    return x;
  }
  static void store(S* p, Vec x) { std::memcpy(p, &x, sizeof x); }
  static Vec add(Vec a, Vec b) { return a + b; }
  static Vec sub(Vec a, Vec b) { return a - b; }
  static Vec mul(Vec a, Vec b) { return a * b; }
  static Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }
  static Vec max(Vec a, Vec b) { return a > b ? a : b; }  // b where one is NaN
  static Vec zeroWhere(Vec x, S value) { return x == set(value) ? Vec{} : x; }
  static Vec exp(Vec x) {
    for (int i = 0; i < kLanes; ++i) x[i] = std::exp(x[i]);
    return x;
  }
  static S sum(Vec x) {
    S total = 0;
    for (int i = 0; i < kLanes; ++i) total += x[i];
    return total;
  }

  static Vec broadcast(const Item* p) { return set(*p); }
  static Vec loadItems(const Item* p) { return load(p); }
  static Vec dot(Vec sum, Vec a, Vec b) { return a * b + sum; }
  static Item join(const Part* parts) { return parts[0]; }
  static void storeDown(Item* p, const Vec* x) { store(p, x[0]); }
  static void storeAlong(Item* p, Vec x) { store(p, x); }
};

}  // namespace
