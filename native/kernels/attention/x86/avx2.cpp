// The AVX2 engine: float by FMA, bfloat16 widened to float.
#include "backward.h"
#include "forward.h"
#include "register_tiles.h"
#include "vector_avx2.h"

namespace earsight::attention {
namespace {

bool accepts(const Shape& shape) { return shape.element == Element::kFloat || shape.element == Element::kBFloat16; }

template <template <typename, typename, typename> typename Pass, typename Problem>
bool run(const Problem& problem, const Parallel& parallel) {
  if (problem.shape.element == Element::kFloat) {
    return Pass<FloatsAvx2, RegisterTiles<FloatsAvx2>, float>(problem, parallel).run();
  }
  return Pass<FloatsAvx2, RegisterTiles<FloatsAvx2>, BFloat16>(problem, parallel).run();
}

}  // namespace

extern const Engine kAvx2Engine{"avx2", Isa::kAvx2, accepts, run<ForwardPass>, run<BackwardPass>};

}  // namespace earsight::attention
