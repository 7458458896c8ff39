// The AVX-512 engine without bf16 products: float by FMA, and bfloat16 widened to it.
#include "backward.h"
#include "forward.h"
#include "register_tiles.h"
#include "words_avx512.h"

namespace earsight::attention {
namespace {

bool accepts(const Shape& shape) { return shape.element == Element::kFloat || shape.element == Element::kBFloat16; }

template <template <typename, typename, typename> typename Run, typename Problem>
bool run(const Problem& problem, const Parallel& parallel) {
  if (problem.shape.element == Element::kFloat) {
    return Run<FloatsAvx512, RegisterTiles<FloatsAvx512>, float>(problem, parallel).run();
  }
  return Run<FloatsAvx512, RegisterTiles<FloatsAvx512>, BFloat16>(problem, parallel).run();
}

}  // namespace

extern const Engine kAvx512Engine{"avx512", Isa::kAvx512, accepts, run<ForwardRun>, run<BackwardRun>};

}  // namespace earsight::attention
