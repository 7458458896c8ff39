// The logarithm of a float's mantissa, for the vectors of any instruction set. Forward needs the logarithms of a chunk's
// sums; a library call for each row would cost noticeably with small windows.
#pragma once

namespace earsight::attention {
namespace {

// log m for m in [1, 2): 2 artanh((m - 1) / (m + 1)) by its series, whose rest is below 2e-8.
template <typename V>
typename V::Vec logOfMantissa(typename V::Vec m) {
  const auto x = V::div(V::sub(m, V::all(1)), V::add(m, V::all(1))), square = V::mul(x, x);
  auto y = V::all(2.f / 13);
  y = V::multiplyAdd(y, square, V::all(2.f / 11));
  y = V::multiplyAdd(y, square, V::all(2.f / 9));
  y = V::multiplyAdd(y, square, V::all(2.f / 7));
  y = V::multiplyAdd(y, square, V::all(2.f / 5));
  y = V::multiplyAdd(y, square, V::all(2.f / 3));
  y = V::multiplyAdd(y, square, V::all(2));
  return V::mul(y, x);
}

}  // namespace
}  // namespace earsight::attention
