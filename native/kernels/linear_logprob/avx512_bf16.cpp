// The AVX-512 engine for bfloat16 by vdpbf16ps.
#include "passes.h"
#include "vectors_avx512.h"

namespace earsight::linear_logprob {

namespace {
struct Choose {
  static bool accepts(Element element) { return element == Element::kBFloat16; }
  static void passes(Element, const auto& run) { run(std::type_identity<Passes<Avx512Pairs, BFloat16>>{}); }
};
}  // namespace

constexpr Engine kAvx512Bf16Engine = makeEngine<Choose>("avx512_bf16", Isa::kAvx512Bf16);

}  // namespace earsight::linear_logprob
