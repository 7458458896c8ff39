// Sixteen floats in an AVX-512 register: the vector type of the engine templates in this folder.
//
// Everything in these headers is in an anonymous namespace. Each is compiled with the flags of the unit that includes it.
// With external linkage, the linker could choose an AVX-512 copy of a function for callers on machines without it.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "../../bfloat16.h"
#include "vector_log.h"

namespace earsight::attention {
namespace {

struct Avx512 {
  using Vec = __m512;
  using Mask = __mmask16;
  static constexpr int kLanes = 16;

  static Vec zero() { return _mm512_setzero_ps(); }
  static Vec all(float x) { return _mm512_set1_ps(x); }
  static Vec load(const float* p) { return _mm512_loadu_ps(p); }
  static void store(float* p, Vec x) { _mm512_storeu_ps(p, x); }

  // Into the second-level cache.
  static void prefetch(const void* p, int64_t bytes) {
    for (int64_t i = 0; i < bytes; i += 64) _mm_prefetch(static_cast<const char*>(p) + i, _MM_HINT_T1);
  }

  static Vec add(Vec a, Vec b) { return _mm512_add_ps(a, b); }
  static Vec sub(Vec a, Vec b) { return _mm512_sub_ps(a, b); }
  static Vec mul(Vec a, Vec b) { return _mm512_mul_ps(a, b); }
  static Vec div(Vec a, Vec b) { return _mm512_div_ps(a, b); }
  static Vec multiplyAdd(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }
  static Vec multiplySub(Vec a, Vec b, Vec c) { return _mm512_fmsub_ps(a, b, c); }
  static Vec max(Vec a, Vec b) { return _mm512_max_ps(a, b); }

  static float sumOf(Vec x) { return _mm512_reduce_add_ps(x); }
  static float maxOf(Vec x) { return _mm512_reduce_max_ps(x); }

  // Lanes named by the low bits of a word.
  static Mask mask(uint64_t bits) { return static_cast<Mask>(bits); }
  static Vec keep(Mask mask, Vec x) { return _mm512_maskz_mov_ps(mask, x); }
  static Vec choose(Mask mask, Vec yes, Vec no) { return _mm512_mask_blend_ps(mask, no, yes); }
  static bool anyGreater(Vec a, Vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ) != 0; }

  // 2^x. One instruction gives x - floor(x), and 0 for infinities, so that 2^-inf is 0. The last instruction scales by
  // 2^floor(x).
  template <int kDegree>
  static Vec exp2(Vec x) {
    constexpr int kFractionOfFloor = 0x09;
    const Vec r = _mm512_reduce_ps(x, kFractionOfFloor);
    return _mm512_scalef_ps(polynomial<kDegree>(r), x);
  }

  // log x for a normal x > 0. A NaN stays NaN.
  static Vec log(Vec x) {
    const Vec mantissa = _mm512_getmant_ps(x, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_src);
    return multiplyAdd(_mm512_getexp_ps(x), all(0.693147181f), logOfMantissa<Avx512>(mantissa));
  }

  // `count` elements, for the ends of rows too. Masks only where they are needed: masked stores are slow, and an empty mask
  // still accesses the address.
  static Vec loadPart(const float* p, int count) {
    return count == kLanes ? load(p) : _mm512_maskz_loadu_ps(lowest(count), p);
  }
  static Vec loadPart(const BFloat16* p, int count) {
    const __m256i half = count == kLanes ? _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))
                                         : _mm256_maskz_loadu_epi16(lowest(count), p);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));
  }
  static void storePart(float* p, Vec x, int count) {
    if (count == kLanes) return store(p, x);
    _mm512_mask_storeu_ps(p, lowest(count), x);
  }
  static void storePart(BFloat16* p, Vec x, int count) {
    if (count == kLanes) return _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), rounded(x));
    _mm256_mask_storeu_epi16(p, lowest(count), rounded(x));
  }

  // Copies a row without a library call: rows are short.
  static void copy(const float* from, int64_t count, float* to) {
    int64_t i = 0;
    for (; i + 16 <= count; i += 16) store(to + i, load(from + i));
    if (i == count) return;
    const __mmask16 rest = lowest(static_cast<int>(count - i));
    _mm512_mask_storeu_ps(to + i, rest, _mm512_maskz_loadu_ps(rest, from + i));
  }
  static void copy(const BFloat16* from, int64_t count, BFloat16* to) {
    int64_t i = 0;
    for (; i + 32 <= count; i += 32) _mm512_storeu_si512(to + i, _mm512_loadu_si512(from + i));
    if (i + 16 <= count) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i),
                          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + i)));
      i += 16;
    }
    if (i == count) return;
    const auto rest = static_cast<__mmask32>((uint64_t{1} << (count - i)) - 1);
    _mm512_mask_storeu_epi16(to + i, rest, _mm512_maskz_loadu_epi16(rest, from + i));
  }

  // 16 x 16 words of 32 bits, rows `from` apart become columns `to` apart.
  static void transpose(const void* source, int64_t from, void* target, int64_t to) {
    const auto* in = static_cast<const uint32_t*>(source);
    auto* out = static_cast<uint32_t*>(target);
    __m512i a[16], b[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) a[i] = _mm512_loadu_si512(in + i * from);
#pragma GCC unroll 8
    for (int i = 0; i < 16; i += 2) {
      b[i] = _mm512_unpacklo_epi32(a[i], a[i + 1]);
      b[i + 1] = _mm512_unpackhi_epi32(a[i], a[i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) {
      a[i] = _mm512_unpacklo_epi64(b[i], b[i + 2]);
      a[i + 1] = _mm512_unpackhi_epi64(b[i], b[i + 2]);
      a[i + 2] = _mm512_unpacklo_epi64(b[i + 1], b[i + 3]);
      a[i + 3] = _mm512_unpackhi_epi64(b[i + 1], b[i + 3]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      b[i] = _mm512_shuffle_i32x4(a[i], a[i + 4], 0x88);
      b[i + 4] = _mm512_shuffle_i32x4(a[i], a[i + 4], 0xdd);
      b[i + 8] = _mm512_shuffle_i32x4(a[i + 8], a[i + 12], 0x88);
      b[i + 12] = _mm512_shuffle_i32x4(a[i + 8], a[i + 12], 0xdd);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      _mm512_storeu_si512(out + i * to, _mm512_shuffle_i32x4(b[i], b[i + 8], 0x88));
      _mm512_storeu_si512(out + (i + 4) * to, _mm512_shuffle_i32x4(b[i + 4], b[i + 12], 0x88));
      _mm512_storeu_si512(out + (i + 8) * to, _mm512_shuffle_i32x4(b[i], b[i + 8], 0xdd));
      _mm512_storeu_si512(out + (i + 12) * to, _mm512_shuffle_i32x4(b[i + 4], b[i + 12], 0xdd));
    }
  }

 private:
  static __mmask16 lowest(int count) { return static_cast<__mmask16>((1u << count) - 1); }

  // To bfloat16, nearest even, without the bf16 instructions: units for machines without them include this header too.
  static __m256i rounded(Vec x) {
    const __m512i word = _mm512_castps_si512(x);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(word, 16), _mm512_set1_epi32(1));
    const __m512i up = _mm512_add_epi32(_mm512_add_epi32(word, _mm512_set1_epi32(0x7fff)), odd);
    const __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
    return _mm512_cvtepi32_epi16(_mm512_mask_mov_epi32(_mm512_srli_epi32(up, 16), nan, _mm512_set1_epi32(0x7fc0)));
  }

  // Minimax for 2^r on [0, 1): relative error 2.6e-6 of degree 4, 7.5e-8 of degree 5.
  template <int kDegree>
  static Vec polynomial(Vec r) {
    static_assert(kDegree == 4 || kDegree == 5);
    if constexpr (kDegree == 4) {
      Vec y = all(0.013534167912f);
      y = multiplyAdd(y, r, all(0.052011460619f));
      y = multiplyAdd(y, r, all(0.241442756886f));
      y = multiplyAdd(y, r, all(0.693003834471f));
      return multiplyAdd(y, r, all(1.000002593371f));
    } else {
      Vec y = all(0.00187757667336f);
      y = multiplyAdd(y, r, all(0.00898934009473f));
      y = multiplyAdd(y, r, all(0.0558263180501f));
      y = multiplyAdd(y, r, all(0.240153617045f));
      y = multiplyAdd(y, r, all(0.693153073200f));
      return multiplyAdd(y, r, all(0.999999925064f));
    }
  }
};

}  // namespace
}  // namespace earsight::attention
