// The AVX-512 engine for bfloat16 by vdpbf16ps, on processors that have it.
#include "backward.h"
#include "forward.h"
#include "register_tiles.h"
#include "words_avx512_bf16.h"

namespace earsight::attention {
namespace {

bool accepts(const Shape& shape) { return shape.element == Element::kBFloat16; }

template <template <typename, typename, typename> typename Run, typename Problem>
bool run(const Problem& problem, const Parallel& parallel) {
  return Run<PairsAvx512, RegisterTiles<PairsAvx512>, BFloat16>(problem, parallel).run();
}

}  // namespace

extern const Engine kAvx512Bf16Engine{"avx512_bf16", Isa::kAvx512Bf16, accepts, run<ForwardRun>, run<BackwardRun>,
                                      /*roundsTurned=*/true};

}  // namespace earsight::attention
