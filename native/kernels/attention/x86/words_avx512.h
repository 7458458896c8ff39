// A matrix product reads words of 32 bits: a float, or a pair of bfloat16 for one step of the inner dimension. Packing,
// transposition and register tiles work on words, so floats and pairs share them. Here: floats in AVX-512.
#pragma once

#include "vector_avx512.h"

namespace earsight::attention {
namespace {

struct FloatsAvx512 {
  using V = Avx512;
  using Vec = V::Vec;
  using Word = float;
  using Packed = float;
  using Register = __m512;
  static constexpr int kPerWord = 1;
  static constexpr int kExpDegree = 5;

  static Register load(const Word* p) { return _mm512_loadu_ps(p); }
  static Register broadcast(const Word* p) { return _mm512_set1_ps(*p); }
  static Vec dot(Vec sum, Register a, Register b) { return _mm512_fmadd_ps(a, b, sum); }
  static void storeAlong(Word* p, Vec first, Vec second) {
    V::store(p, first);
    V::store(p + V::kLanes, second);
  }
};

}  // namespace
}  // namespace earsight::attention
