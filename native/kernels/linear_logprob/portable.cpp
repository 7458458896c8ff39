// The portable engine: every element on every processor.
#include "passes.h"
#include "vectors_portable.h"

namespace earsight::linear_logprob {

namespace {
struct Choose {
  static bool accepts(Element) { return true; }
  static void passes(Element element, const auto& run) {
    switch (element) {
      case Element::kBFloat16: return run(std::type_identity<Passes<Portable<float>, BFloat16>>{});
      case Element::kHalf: return run(std::type_identity<Passes<Portable<float>, Float16>>{});
      case Element::kFloat: return run(std::type_identity<Passes<Portable<float>, float>>{});
      case Element::kDouble: return run(std::type_identity<Passes<Portable<double>, double>>{});
    }
  }
};
}  // namespace

constexpr Engine kPortableEngine = makeEngine<Choose>("portable", Isa::kPortable);

}  // namespace earsight::linear_logprob
