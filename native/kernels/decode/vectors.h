// Vectors of an instruction set, with the widening of packed bfloat16 weights. Include the header of the set's plain vectors
// (linear_logprob/vectors_*.h) first.
#pragma once

#include <cstring>

namespace {

#if defined(__AVX512F__)
struct Vectors : Avx512Float {
  using Words = __m512i;
  static constexpr int kMaxRows = 8;  // 16 sums and 2 weights at a time
  // Panels at a time: enough sums to hide the latency of a multiply-add.
  static constexpr int panels(int rows) { return rows == 1 ? 4 : rows <= 3 ? 2 : 1; }

  static Words loadWords(const uint32_t* p) { return _mm512_loadu_si512(p); }
  static Vec low(Words words) { return _mm512_castsi512_ps(_mm512_slli_epi32(words, 16)); }
  static Vec high(Words words) {
    return _mm512_castsi512_ps(_mm512_and_si512(words, _mm512_set1_epi32(static_cast<int>(0xffff0000))));
  }
#if defined(__AVX512BF16__)
  static Words setWords(uint32_t pair) { return _mm512_set1_epi32(static_cast<int>(pair)); }
  // The halves of words as the lower halves of words.
  static Words lowWords(Words words) { return _mm512_and_si512(words, _mm512_set1_epi32(0xffff)); }
  static Words highWords(Words words) { return _mm512_srli_epi32(words, 16); }
  // Numbers too small to be normal count as 0.
  static Vec addPairs(Vec sum, Words a, Words b) {
    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
  }
  // Up to 32 numbers as 16 pairs, rounded to nearest even; zeros beyond the last.
  static void toPairs(const float* x, int64_t count, uint32_t* pairs) {
    const auto mask = static_cast<uint32_t>((uint64_t{1} << count) - 1);
    const Vec first = _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask), x);
    const Vec second = _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask >> 16), x + 16);
    _mm512_store_si512(pairs, reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(second, first)));
  }
#endif
};
#elif defined(__AVX2__)
struct Vectors : Avx2Float {
  using Words = __m256i;
  static constexpr int kMaxRows = 3;  // 12 sums
  static constexpr int panels(int rows) { return rows == 1 ? 2 : 1; }

  static Words loadWords(const uint32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  static Vec low(Words words) { return _mm256_castsi256_ps(_mm256_slli_epi32(words, 16)); }
  static Vec high(Words words) {
    return _mm256_castsi256_ps(_mm256_and_si256(words, _mm256_set1_epi32(static_cast<int>(0xffff0000))));
  }
};
#else
struct Vectors : Portable<float> {
  typedef uint32_t Words __attribute__((vector_size(16)));
  static constexpr int kMaxRows = 1;
  static constexpr int panels(int) { return 1; }

  static Words loadWords(const uint32_t* p) {
    Words x;
    std::memcpy(&x, p, sizeof x);
    return x;
  }
  static Vec low(Words words) { return reinterpret_cast<Vec>(words << 16); }
  static Vec high(Words words) { return reinterpret_cast<Vec>(words & 0xffff0000u); }
};
#endif

using Vec = Vectors::Vec;

}  // namespace
