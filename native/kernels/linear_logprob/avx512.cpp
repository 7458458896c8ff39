// The AVX-512 engine without bf16 products: float32, and both 16-bit elements widened to float32.
#include "passes.h"
#include "vectors_avx512.h"

namespace earsight::linear_logprob {

namespace {
struct Choose {
  static bool accepts(Element element) { return element != Element::kDouble; }
  static void passes(Element element, const auto& run) {
    switch (element) {
      case Element::kBFloat16: return run(std::type_identity<Passes<Avx512Float, BFloat16>>{});
      case Element::kHalf: return run(std::type_identity<Passes<Avx512Float, Float16>>{});
      default: return run(std::type_identity<Passes<Avx512Float, float>>{});
    }
  }
};
}  // namespace

constexpr Engine kAvx512Engine = makeEngine<Choose>("avx512", Isa::kAvx512);

}  // namespace earsight::linear_logprob
