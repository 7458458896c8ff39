// The AVX-512 engine without bf16 products: float by FMA, bfloat16 widened to float.
#include "backward.h"
#include "forward.h"
#include "register_tiles.h"
#include "words_avx512.h"

namespace earsight::attention {
namespace {

bool accepts(const Shape& shape) { return shape.element == Element::kFloat || shape.element == Element::kBFloat16; }

template <template <typename, typename, typename> typename Pass, typename Problem>
bool run(const Problem& problem, const Parallel& parallel) {
  if (problem.shape.element == Element::kFloat) {
    return Pass<FloatsAvx512, RegisterTiles<FloatsAvx512>, float>(problem, parallel).run();
  }
  return Pass<FloatsAvx512, RegisterTiles<FloatsAvx512>, BFloat16>(problem, parallel).run();
}

}  // namespace

extern const Engine kAvx512Engine{"avx512", Isa::kAvx512, accepts, run<ForwardPass>, run<BackwardPass>};

}  // namespace earsight::attention
