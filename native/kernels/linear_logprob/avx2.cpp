// The AVX2 engine: float32, and both 16-bit elements widened to float32.
#include "passes.h"
#include "vectors_avx2.h"

namespace earsight::linear_logprob {

namespace {
struct Choose {
  static bool accepts(Element element) { return element != Element::kDouble; }
  static void passes(Element element, const auto& run) {
    switch (element) {
      case Element::kBFloat16: return run(std::type_identity<Passes<Avx2Float, BFloat16>>{});
      case Element::kHalf: return run(std::type_identity<Passes<Avx2Float, Float16>>{});
      default: return run(std::type_identity<Passes<Avx2Float, float>>{});
    }
  }
};
}  // namespace

constexpr Engine kAvx2Engine = makeEngine<Choose>("avx2", Isa::kAvx2);

}  // namespace earsight::linear_logprob
