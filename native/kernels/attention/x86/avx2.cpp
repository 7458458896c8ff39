// The AVX2 engine: float by FMA, and bfloat16 widened to it.
#include "backward.h"
#include "forward.h"
#include "register_tiles.h"
#include "vector_avx2.h"

namespace earsight::attention {
namespace {

bool accepts(const Shape& shape) { return shape.element == Element::kFloat || shape.element == Element::kBFloat16; }

template <template <typename, typename, typename> typename Run, typename Problem>
bool run(const Problem& problem, const Parallel& parallel) {
  if (problem.shape.element == Element::kFloat) {
    return Run<FloatsAvx2, RegisterTiles<FloatsAvx2>, float>(problem, parallel).run();
  }
  return Run<FloatsAvx2, RegisterTiles<FloatsAvx2>, BFloat16>(problem, parallel).run();
}

}  // namespace

extern const Engine kAvx2Engine{"avx2", Isa::kAvx2, accepts, run<ForwardRun>, run<BackwardRun>};

}  // namespace earsight::attention
