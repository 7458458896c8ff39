// The AVX-512 engine for bfloat16 by vdpbf16ps, on processors that have it.
#include "backward.h"
#include "forward.h"
#include "register_tiles.h"
#include "words_avx512_bf16.h"

namespace earsight::attention {
namespace {

bool accepts(const Shape& shape) { return shape.element == Element::kBFloat16; }

template <template <typename, typename, typename> typename Pass, typename Problem>
bool run(const Problem& problem, const Parallel& parallel) {
  return Pass<PairsAvx512, RegisterTiles<PairsAvx512>, BFloat16>(problem, parallel).run();
}

}  // namespace

extern const Engine kAvx512Bf16Engine{"avx512_bf16", Isa::kAvx512Bf16, accepts, run<ForwardPass>, run<BackwardPass>,
                                      /*roundsRotated=*/true};

}  // namespace earsight::attention
