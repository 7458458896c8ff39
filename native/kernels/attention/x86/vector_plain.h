// Sixteen floats as an array, with the interface of vector_avx512.h, and bfloat16 pairs as words: for engines that must run
// on every machine at any speed.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "../../bfloat16.h"

namespace earsight::attention {
namespace {

struct Plain {
  static constexpr int kLanes = 16;
  struct Vec {
    float lane[kLanes];
  };
  using Mask = uint16_t;

  template <typename F>
  static Vec each(const F& f) {
    Vec y;
    for (int i = 0; i < kLanes; ++i) y.lane[i] = f(i);
    return y;
  }

  static Vec zero() { return all(0); }
  static Vec all(float x) {
    return each([&](int) { return x; });
  }
  static Vec load(const float* p) {
    return each([&](int i) { return p[i]; });
  }
  static void store(float* p, const Vec& x) { std::memcpy(p, x.lane, sizeof(x.lane)); }
  static void prefetch(const void*, int64_t) {}

  static Vec add(const Vec& a, const Vec& b) {
    return each([&](int i) { return a.lane[i] + b.lane[i]; });
  }
  static Vec sub(const Vec& a, const Vec& b) {
    return each([&](int i) { return a.lane[i] - b.lane[i]; });
  }
  static Vec mul(const Vec& a, const Vec& b) {
    return each([&](int i) { return a.lane[i] * b.lane[i]; });
  }
  static Vec multiplyAdd(const Vec& a, const Vec& b, const Vec& c) {
    return each([&](int i) { return a.lane[i] * b.lane[i] + c.lane[i]; });
  }
  static Vec multiplySub(const Vec& a, const Vec& b, const Vec& c) {
    return each([&](int i) { return a.lane[i] * b.lane[i] - c.lane[i]; });
  }
  static Vec max(const Vec& a, const Vec& b) {
    return each([&](int i) { return a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]; });
  }

  static float sumOf(const Vec& x) {
    float sum = 0;
    for (const float value : x.lane) sum += value;
    return sum;
  }
  static float maxOf(const Vec& x) {
    float most = x.lane[0];
    for (const float value : x.lane) most = value > most ? value : most;
    return most;
  }

  static Mask mask(uint64_t bits) { return static_cast<Mask>(bits); }
  static Vec keep(Mask mask, const Vec& x) {
    return each([&](int i) { return mask >> i & 1 ? x.lane[i] : 0; });
  }
  static Vec choose(Mask mask, const Vec& yes, const Vec& no) {
    return each([&](int i) { return mask >> i & 1 ? yes.lane[i] : no.lane[i]; });
  }
  static bool anyGreater(const Vec& a, const Vec& b) {
    bool any = false;
    for (int i = 0; i < kLanes; ++i) any |= a.lane[i] > b.lane[i];
    return any;
  }

  template <int kDegree>
  static Vec exp2(const Vec& x) {
    return each([&](int i) { return std::exp2(x.lane[i]); });
  }
  static Vec log(const Vec& x) {
    return each([&](int i) { return std::log(x.lane[i]); });
  }

  template <typename Element>
  static Vec loadPart(const Element* p, int count) {
    return each([&](int i) { return i < count ? static_cast<float>(p[i]) : 0; });
  }
  template <typename Element>
  static void storePart(Element* p, const Vec& x, int count) {
    for (int i = 0; i < count; ++i) p[i] = Element(x.lane[i]);
  }
  template <typename Element>
  static void copy(const Element* from, int64_t count, Element* to) {
    std::memcpy(to, from, count * sizeof(Element));
  }

  // 16 x 16 words of 32 bits, rows `from` apart become columns `to` apart.
  template <typename Word>
  static void transpose(const Word* source, int64_t from, Word* target, int64_t to) {
    for (int i = 0; i < 16; ++i) {
      for (int j = 0; j < 16; ++j) target[j * to + i] = source[i * from + j];
    }
  }
};

struct PairsPlain {
  using V = Plain;
  using Vec = V::Vec;
  using Word = uint32_t;
  using Packed = BFloat16;
  static constexpr int kPerWord = 2;
  static constexpr int kExpDegree = 4;

  static void storeAlong(Word* p, const Vec& first, const Vec& second) {
    for (int i = 0; i < 8; ++i) {
      p[i] = pair(first.lane[2 * i], first.lane[2 * i + 1]);
      p[8 + i] = pair(second.lane[2 * i], second.lane[2 * i + 1]);
    }
  }
  static void storeElements(BFloat16* p, const Vec& first, const Vec& second) {
    V::storePart(p, first, V::kLanes);
    V::storePart(p + V::kLanes, second, V::kLanes);
  }
  static void storeAcross(Word* p, const Vec& upper, const Vec& lower) {
    for (int i = 0; i < 16; ++i) p[i] = pair(upper.lane[i], lower.lane[i]);
  }
  static void interleave(const Word* upper, const Word* lower, Word* target) {
    for (int i = 0; i < 8; ++i) {
      target[2 * i] = (upper[i] & 0xffff) | lower[i] << 16;
      target[2 * i + 1] = upper[i] >> 16 | (lower[i] & 0xffff0000);
    }
  }

 private:
  static Word pair(float low, float high) { return BFloat16(low).bits | static_cast<Word>(BFloat16(high).bits) << 16; }
};

}  // namespace
}  // namespace earsight::attention
