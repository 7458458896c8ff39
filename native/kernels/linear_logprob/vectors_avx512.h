// AVX-512 vectors, with products of float32 and of bfloat16 pairs.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "../bfloat16.h"

namespace {

struct Avx512 {
  using Accumulator = float;
  using Vec = __m512;
  static constexpr int kLanes = 16;
  static constexpr float kLowest = -110;      // e^kLowest is 0
  static constexpr int kRows = 6, kVecs = 4;  // of the register block of products: 24 sums, 4 + 1 operands

  static Vec zero() { return _mm512_setzero_ps(); }
  static Vec set(float x) { return _mm512_set1_ps(x); }
  static Vec load(const float* p) { return _mm512_loadu_ps(p); }
  static void store(float* p, Vec x) { _mm512_storeu_ps(p, x); }
  static Vec add(Vec a, Vec b) { return _mm512_add_ps(a, b); }
  static Vec sub(Vec a, Vec b) { return _mm512_sub_ps(a, b); }
  static Vec mul(Vec a, Vec b) { return _mm512_mul_ps(a, b); }
  static Vec fma(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }
  static Vec max(Vec a, Vec b) { return _mm512_max_ps(a, b); }  // b where one is NaN
  static Vec zeroWhere(Vec x, float value) {
    return _mm512_mask_mov_ps(x, _mm512_cmp_ps_mask(x, set(value), _CMP_EQ_OQ), _mm512_setzero_ps());
  }
  static float sum(Vec x) { return _mm512_reduce_add_ps(x); }

  // e^x for x in [-110, 0] and a little beyond, relative error 1e-7; 0 below -103.98.
  static Vec exp(Vec x) {
    const Vec n = _mm512_roundscale_ps(mul(x, set(1.44269504f)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    const Vec r = fma(n, set(-1.42860677e-6f), fma(n, set(-0.693145752f), x));
    Vec p = set(1.3888889e-3f);
    p = fma(p, r, set(8.3333333e-3f));
    p = fma(p, r, set(4.1666667e-2f));
    p = fma(p, r, set(1.6666667e-1f));
    p = fma(p, r, set(0.5f));
    p = fma(p, r, set(1.0f));
    p = fma(p, r, set(1.0f));
    return _mm512_scalef_ps(p, n);
  }
};

struct Avx512Float : Avx512 {
  using Item = float;
  using Part = float;
  static constexpr int kDepth = 1;

  static Vec broadcast(const Item* p) { return _mm512_set1_ps(*p); }
  static Vec loadItems(const Item* p) { return _mm512_loadu_ps(p); }
  static Vec dot(Vec sum, Vec a, Vec b) { return _mm512_fmadd_ps(a, b, sum); }
  static Item join(const Part* parts) { return parts[0]; }
  static void storeDown(Item* p, const Vec* x) { _mm512_storeu_ps(p, x[0]); }
  static void storeAlong(Item* p, Vec x) { _mm512_storeu_ps(p, x); }
};

#if defined(__AVX512BF16__)
// An item is a pair of neighbours of the contraction, the first in the lower half.
struct Avx512Pairs : Avx512 {
  using Item = uint32_t;
  using Part = earsight::BFloat16;
  static constexpr int kDepth = 2;

  static Vec broadcast(const Item* p) {
    Item pair;
    __builtin_memcpy(&pair, p, sizeof pair);  // rows of the weight are aligned to an element only
    return _mm512_castsi512_ps(_mm512_set1_epi32(static_cast<int>(pair)));
  }
  static Vec loadItems(const Item* p) { return _mm512_castsi512_ps(_mm512_loadu_si512(p)); }
  static Vec dot(Vec sum, Vec a, Vec b) {
    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
  }
  static Item join(const Part* parts) {
    return static_cast<Item>(parts[0].bits) | static_cast<Item>(parts[1].bits) << 16;
  }
  // Items of kLanes columns of two rows.
  static void joinColumns(Item* p, const Part* first, const Part* second) {
    const auto widened = [](const Part* x) {
      return _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x)));
    };
    _mm512_storeu_si512(p, _mm512_or_si512(widened(first), _mm512_slli_epi32(widened(second), 16)));
  }
  // Items of two neighbouring rows: lane i holds (x[0][i], x[1][i]).
  static void storeDown(Item* p, const Vec* x) {
    const __m512i both = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(x[1], x[0]));
    const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                                           21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    _mm512_storeu_si512(p, _mm512_permutexvar_epi16(order, both));
  }
  static void storeElements(earsight::BFloat16* p, Vec x) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(x)));
  }
  static Vec loadElements(const earsight::BFloat16* p) {
    const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
  }
  // Items of neighbouring lanes: half as many as lanes.
  static void storeAlong(Item* p, Vec x) { storeElements(reinterpret_cast<earsight::BFloat16*>(p), x); }
};
#endif

}  // namespace
