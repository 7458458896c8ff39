// Words (see words_avx512.h) that are pairs of bfloat16: vdpbf16ps adds two products a lane.
#pragma once

#include "vector_avx512.h"

namespace earsight::attention {
namespace {

struct PairsAvx512 {
  using V = Avx512;
  using Vec = V::Vec;
  using Word = uint32_t;
  using Packed = BFloat16;
  using Register = __m512i;
  static constexpr int kPerWord = 2;
  static constexpr int kExpDegree = 4;  // finer than bfloat16 probabilities

  static Register load(const Word* p) { return _mm512_loadu_si512(p); }
  static Register broadcast(const Word* p) { return _mm512_set1_epi32(static_cast<int>(*p)); }
  static Vec dot(Vec sum, Register a, Register b) {
    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
  }

  // Two vectors of neighbouring columns -> 16 words of column pairs.
  static void storeAlong(Word* p, Vec first, Vec second) {
    _mm512_storeu_si512(p, reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(second, first)));
  }
  // Two vectors of neighbouring elements of a result. The instruction flushes denormal numbers to zero and keeps the payload
  // of a NaN: vectors with either are rounded by storePart.
  static void storeElements(BFloat16* p, Vec first, Vec second) {
    constexpr int kNanOrDenormal = 0x01 | 0x20 | 0x80;
    if ((_mm512_fpclass_ps_mask(first, kNanOrDenormal) | _mm512_fpclass_ps_mask(second, kNanOrDenormal)) == 0) {
      return storeAlong(reinterpret_cast<Word*>(p), first, second);
    }
    V::storePart(p, first, V::kLanes);
    V::storePart(p + V::kLanes, second, V::kLanes);
  }
  // Two rows of the same columns -> one word a column.
  static void storeAcross(Word* p, Vec upper, Vec lower) {
    const auto both = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(lower, upper));
    const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                                           21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    _mm512_storeu_si512(p, _mm512_permutexvar_epi16(order, both));
  }
  // 16 columns of two packed rows (8 words each) -> 16 words of row pairs.
  static void interleave(const Word* upper, const Word* lower, Word* target) {
    const __m512i a = _mm512_castsi256_si512(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(upper)));
    const __m512i b = _mm512_castsi256_si512(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(lower)));
    const __m512i order = _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40, 8, 39, 7, 38, 6,
                                           37, 5, 36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
    _mm512_storeu_si512(target, _mm512_permutex2var_epi16(a, order, b));
  }
};

}  // namespace
}  // namespace earsight::attention
