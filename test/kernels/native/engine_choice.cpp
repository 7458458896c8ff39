// The engines for a processor, by its features alone: none of them is run.
//
//   engine_choice WANTED FEATURE...
//
// prints the instruction set that is chosen, then the engine of each kernel and element. WANTED: as EARSIGHT_ISA, or
// an empty argument. Exit code 1, and the reason, where WANTED cannot be had.
#include <cstdio>
#include <stdexcept>

#include "../../../native/kernels/attention/engine.h"
#include "../../../native/kernels/decode/engine.h"
#include "../../../native/kernels/linear_logprob/engine.h"
#include "../../../native/kernels/policy/engine.h"

namespace earsight {
namespace {

const char* attentionEngine(attention::Element element, Isa isa) {
  const attention::Shape shape{.element = element, .tq = 100, .tk = 100, .heads = 4, .keyHeads = 2, .width = 64, .valueWidth = 64};
  return attention::engineFor(shape, isa).name;
}

void print(Isa isa) {
  std::printf("%s\n", isaName(isa));
  using attention::Element;
  std::printf("av_attention: bfloat16 %s, float16 %s, float32 %s, float64 %s\n",
              attentionEngine(Element::kBFloat16, isa), attentionEngine(Element::kHalf, isa),
              attentionEngine(Element::kFloat, isa), attentionEngine(Element::kDouble, isa));
  std::printf("decode: loop %s, operators %s\n", decode::engineFor(isa).name, decode::exactEngineFor(isa).name);
  using Number = linear_logprob::Element;
  std::printf("linear_logprob: bfloat16 %s, float16 %s, float32 %s, float64 %s\n",
              linear_logprob::engineFor(Number::kBFloat16, isa).name, linear_logprob::engineFor(Number::kHalf, isa).name,
              linear_logprob::engineFor(Number::kFloat, isa).name, linear_logprob::engineFor(Number::kDouble, isa).name);
  std::printf("policy_loss: %s\n", policy::engineFor(isa).name);
}

}  // namespace
}  // namespace earsight

int main(int count, char** arguments) {
  using namespace earsight;
  CpuFeatures features;
  for (int i = 2; i < count; ++i) features.bits |= featureNamed(arguments[i]).bits;
  try {
    print(chooseIsa(features, count > 1 ? arguments[1] : nullptr));
  } catch (const std::runtime_error& error) {
    std::printf("%s\n", error.what());
    return 1;
  }
}
