// An engine of this folder from its words, its product and the elements that it takes. Included by one translation unit for
// each instruction set; everything is in an anonymous namespace, so that units share no code.
#pragma once

#include <type_traits>

#include "../../bfloat16.h"
#include "backward.h"
#include "forward.h"

namespace earsight::attention {
namespace {

template <typename Scalar>
constexpr Element kElementOf = std::is_same_v<Scalar, float> ? Element::kFloat : Element::kBFloat16;

template <template <typename, typename, typename> typename Pass, typename Words, typename Product, typename Scalar,
          typename... Others, typename Problem>
bool run(const Problem& problem, const Parallel& parallel) {
  if constexpr (sizeof...(Others) > 0) {
    if (problem.shape.element != kElementOf<Scalar>) return run<Pass, Words, Product, Others...>(problem, parallel);
  }
  return Pass<Words, Product, Scalar>(problem, parallel).run();
}

template <typename Words, typename Product, typename... Scalars>
constexpr Engine makeEngine(const char* name, Isa isa) {
  return {name,
          isa,
          [](const Shape& shape) { return ((shape.element == kElementOf<Scalars>) || ...); },
          [](const Forward& problem, const Parallel& parallel) {
            return run<ForwardPass, Words, Product, Scalars...>(problem, parallel);
          },
          [](const Backward& problem, const Parallel& parallel) {
            return run<BackwardPass, Words, Product, Scalars...>(problem, parallel);
          },
          /*roundsRotated=*/std::is_same_v<typename Words::Packed, BFloat16>};
}

}  // namespace
}  // namespace earsight::attention
