// AVX2 vectors; bfloat16 is widened to float32 when operands are packed.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace {

struct Avx2Float {
  using Accumulator = float;
  using Vec = __m256;
  using Item = float;
  using Part = float;
  static constexpr int kLanes = 8, kDepth = 1;
  static constexpr float kLowest = -87;       // exp makes it 0
  static constexpr int kRows = 6, kVecs = 2;  // 12 sums, 2 + 1 operands

  static Vec zero() { return _mm256_setzero_ps(); }
  static Vec set(float x) { return _mm256_set1_ps(x); }
  static Vec load(const float* p) { return _mm256_loadu_ps(p); }
  static void store(float* p, Vec x) { _mm256_storeu_ps(p, x); }
  static Vec add(Vec a, Vec b) { return _mm256_add_ps(a, b); }
  static Vec sub(Vec a, Vec b) { return _mm256_sub_ps(a, b); }
  static Vec mul(Vec a, Vec b) { return _mm256_mul_ps(a, b); }
  static Vec fma(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }
  static Vec max(Vec a, Vec b) { return _mm256_max_ps(a, b); }  // b where one is NaN
  static Vec zeroWhere(Vec x, float value) { return _mm256_andnot_ps(_mm256_cmp_ps(x, set(value), _CMP_EQ_OQ), x); }
  static float sum(Vec x) {
    __m128 y = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    y = _mm_add_ps(y, _mm_movehl_ps(y, y));
    return _mm_cvtss_f32(_mm_add_ss(y, _mm_movehdup_ps(y)));
  }

  // e^x for x up to 88, relative error 1e-7; 0 from kLowest down.
  static Vec exp(Vec x) {
    const Vec n = _mm256_round_ps(mul(x, set(1.44269504f)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    const Vec r = fma(n, set(-1.42860677e-6f), fma(n, set(-0.693145752f), x));
    Vec p = set(1.3888889e-3f);
    p = fma(p, r, set(8.3333333e-3f));
    p = fma(p, r, set(4.1666667e-2f));
    p = fma(p, r, set(1.6666667e-1f));
    p = fma(p, r, set(0.5f));
    p = fma(p, r, set(1.0f));
    p = fma(p, r, set(1.0f));
    const __m256i power = _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
    const Vec above = _mm256_cmp_ps(x, set(kLowest), _CMP_NLE_UQ);  // NaN counts as above
    return _mm256_and_ps(above, mul(p, _mm256_castsi256_ps(power)));
  }

  static Vec broadcast(const Item* p) { return _mm256_broadcast_ss(p); }
  static Vec loadItems(const Item* p) { return load(p); }
  static Vec dot(Vec sum, Vec a, Vec b) { return fma(a, b, sum); }
  static Item join(const Part* parts) { return parts[0]; }
  static void storeDown(Item* p, const Vec* x) { store(p, x[0]); }
  static void storeAlong(Item* p, Vec x) { store(p, x); }
};

}  // namespace
