// Eight floats in an AVX2 register, with the interface of vector_avx512.h. Incomplete vectors go through a buffer: AVX2 has
// no masks for 16-bit elements, and widths that are no multiple of eight are rare.
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>

#include "../../bfloat16.h"
#include "vector_log.h"

namespace earsight::attention {
namespace {

struct Avx2 {
  using Vec = __m256;
  using Mask = __m256;
  static constexpr int kLanes = 8;

  static Vec zero() { return _mm256_setzero_ps(); }
  static Vec all(float x) { return _mm256_set1_ps(x); }
  static Vec load(const float* p) { return _mm256_loadu_ps(p); }
  static void store(float* p, Vec x) { _mm256_storeu_ps(p, x); }
  static void prefetch(const void* p, int64_t bytes) {
    for (int64_t i = 0; i < bytes; i += 64) _mm_prefetch(static_cast<const char*>(p) + i, _MM_HINT_T1);
  }

  static Vec add(Vec a, Vec b) { return _mm256_add_ps(a, b); }
  static Vec sub(Vec a, Vec b) { return _mm256_sub_ps(a, b); }
  static Vec mul(Vec a, Vec b) { return _mm256_mul_ps(a, b); }
  static Vec div(Vec a, Vec b) { return _mm256_div_ps(a, b); }
  static Vec multiplyAdd(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }
  static Vec multiplySub(Vec a, Vec b, Vec c) { return _mm256_fmsub_ps(a, b, c); }
  static Vec max(Vec a, Vec b) { return _mm256_max_ps(a, b); }

  static float sumOf(Vec x) {
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
  }
  static float maxOf(Vec x) {
    __m128 half = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    half = _mm_max_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_max_ss(half, _mm_movehdup_ps(half)));
  }

  // Lanes named by the low bits of a word.
  static Mask mask(uint64_t bits) {
    const __m256i lanes = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    const __m256i chosen = _mm256_and_si256(_mm256_set1_epi32(static_cast<int>(bits & 0xff)), lanes);
    return _mm256_castsi256_ps(_mm256_cmpeq_epi32(chosen, lanes));
  }
  static Vec keep(Mask mask, Vec x) { return _mm256_and_ps(mask, x); }
  static Vec choose(Mask mask, Vec yes, Vec no) { return _mm256_blendv_ps(no, yes, mask); }
  static bool anyGreater(Vec a, Vec b) { return _mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_GT_OQ)) != 0; }

  // 2^x for x < 128. floor(x) is added to a float's exponent field in two steps, so that neither overflows. The result is 0
  // below 2^-252. A NaN stays NaN.
  template <int kDegree>
  static Vec exp2(Vec x) {
    static_assert(kDegree == 5);
    x = _mm256_max_ps(all(-252), x);
    const Vec floor = _mm256_floor_ps(x), r = sub(x, floor);
    // Minimax for 2^r on [0, 1): relative error 7.5e-8.
    Vec y = all(0.00187757667336f);
    y = multiplyAdd(y, r, all(0.00898934009473f));
    y = multiplyAdd(y, r, all(0.0558263180501f));
    y = multiplyAdd(y, r, all(0.240153617045f));
    y = multiplyAdd(y, r, all(0.693153073200f));
    y = multiplyAdd(y, r, all(0.999999925064f));
    const __m256i exponent = _mm256_cvtps_epi32(floor), half = _mm256_srai_epi32(exponent, 1);
    return mul(mul(y, powerOfTwo(half)), powerOfTwo(_mm256_sub_epi32(exponent, half)));
  }

  // log x for a normal x > 0. A NaN stays NaN.
  static Vec log(Vec x) {
    const __m256i bits = _mm256_castps_si256(x);
    const __m256i exponent = _mm256_sub_epi32(_mm256_srli_epi32(bits, 23), _mm256_set1_epi32(127));
    const Vec one = all(1), fraction = _mm256_castsi256_ps(_mm256_and_si256(bits, _mm256_set1_epi32(0x7fffff)));
    const Vec y = multiplyAdd(_mm256_cvtepi32_ps(exponent), all(0.693147181f),
                              logOfMantissa<Avx2>(_mm256_or_ps(fraction, one)));
    return _mm256_blendv_ps(y, x, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
  }

  static Vec loadPart(const float* p, int count) {
    if (count == kLanes) return load(p);
    float buffer[kLanes] = {};
    std::memcpy(buffer, p, count * sizeof(float));
    return load(buffer);
  }
  static Vec loadPart(const BFloat16* p, int count) {
    BFloat16 buffer[kLanes] = {};
    if (count < kLanes) {
      std::memcpy(buffer, p, count * sizeof(BFloat16));
      p = buffer;
    }
    const __m256i words = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    return _mm256_castsi256_ps(_mm256_slli_epi32(words, 16));
  }
  static void storePart(float* p, Vec x, int count) {
    if (count == kLanes) return store(p, x);
    float buffer[kLanes];
    store(buffer, x);
    std::memcpy(p, buffer, count * sizeof(float));
  }
  static void storePart(BFloat16* p, Vec x, int count) {
    const __m256i word = _mm256_castps_si256(x);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(word, 16), _mm256_set1_epi32(1));
    const __m256i up = _mm256_add_epi32(_mm256_add_epi32(word, _mm256_set1_epi32(0x7fff)), odd);
    const __m256 nan = _mm256_cmp_ps(x, x, _CMP_UNORD_Q);
    const __m256i rounded = _mm256_blendv_epi8(_mm256_srli_epi32(up, 16), _mm256_set1_epi32(0x7fc0),
                                               _mm256_castps_si256(nan));
    const __m128i packed = _mm_packus_epi32(_mm256_castsi256_si128(rounded), _mm256_extracti128_si256(rounded, 1));
    std::memcpy(p, &packed, count * sizeof(BFloat16));
  }
  static void copy(const float* from, int64_t count, float* to) { std::memcpy(to, from, count * sizeof(float)); }

  // 16 x 16 words of 32 bits, rows `from` apart become columns `to` apart: four of 8 x 8.
  static void transpose(const float* source, int64_t from, float* target, int64_t to) {
    for (int i = 0; i < 16; i += 8) {
      for (int j = 0; j < 16; j += 8) transposeEight(source + i * from + j, from, target + j * to + i, to);
    }
  }

 private:
  static Vec powerOfTwo(__m256i exponent) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(exponent, _mm256_set1_epi32(127)), 23));
  }

  static void transposeEight(const float* in, int64_t from, float* out, int64_t to) {
    __m256 a[8], b[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) a[i] = load(in + i * from);
#pragma GCC unroll 4
    for (int i = 0; i < 8; i += 2) {
      b[i] = _mm256_unpacklo_ps(a[i], a[i + 1]);
      b[i + 1] = _mm256_unpackhi_ps(a[i], a[i + 1]);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 8; i += 4) {
      a[i] = _mm256_shuffle_ps(b[i], b[i + 2], 0x44);
      a[i + 1] = _mm256_shuffle_ps(b[i], b[i + 2], 0xee);
      a[i + 2] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0x44);
      a[i + 3] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0xee);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      store(out + i * to, _mm256_permute2f128_ps(a[i], a[i + 4], 0x20));
      store(out + (i + 4) * to, _mm256_permute2f128_ps(a[i], a[i + 4], 0x31));
    }
  }
};

// Words (see words_avx512.h) that are floats.
struct FloatsAvx2 {
  using V = Avx2;
  using Vec = V::Vec;
  using Word = float;
  using Packed = float;
  using Register = __m256;
  static constexpr int kPerWord = 1;
  static constexpr int kExpDegree = 5;

  static Register load(const Word* p) { return V::load(p); }
  static Register broadcast(const Word* p) { return _mm256_broadcast_ss(p); }
  static Vec dot(Vec sum, Register a, Register b) { return _mm256_fmadd_ps(a, b, sum); }
  static void storeAlong(Word* p, Vec first, Vec second) {
    V::store(p, first);
    V::store(p + V::kLanes, second);
  }
};

}  // namespace
}  // namespace earsight::attention
