// The schemas of the torch operator library `earsight`. Implementations register themselves beside their code; the
// library also works on its own: torch.ops.load_library from Python.
#include <torch/library.h>

#include "losses.generated.h"

namespace earsight {

TORCH_LIBRARY(earsight, m) {
  m.def(
      "av_attention(Tensor q, Tensor k, Tensor v, Tensor nodes, Tensor? modality=None, Tensor? query_modality=None, "
      "Tensor? cos=None, Tensor? sin=None, Tensor? key_cos=None, Tensor? key_sin=None, Tensor? plan=None, "
      "float? scale=None, str mass_mode='none', Tensor? key_end=None) -> (Tensor out, Tensor lse, Tensor mass)");
  m.def("linear(Tensor x, Tensor weight, Tensor? bias=None) -> Tensor");
  m.def("rms_norm(Tensor x, Tensor weight, float eps, *, ScalarType? dtype=None) -> Tensor");
  m.def("av_plan(Tensor nodes, Tensor? modality, Tensor? query_modality, int tq, int tk) -> Tensor");
  m.def(
      "linear_logprob(Tensor hidden, Tensor weight, Tensor target, Tensor? rows=None, Tensor? bias=None, "
      "float temperature=1.0, bool entropy=False, int ignore_index=-100, bool accumulate_grad=False, "
      "bool keep_logits=False) -> (Tensor logp, Tensor lse, Tensor entropy)");
  m.def(
      "linear_kl(Tensor hidden, Tensor perturbed, Tensor weight, Tensor? rows=None, Tensor? bias=None, "
      "float temperature=1.0) -> Tensor");
  m.def(
      "linear_kl_by_chunks(Tensor hidden, Tensor perturbed, Tensor weight, Tensor? rows=None, Tensor? bias=None, "
      "float temperature=1.0, int pairs=1024, int tokens=4096) -> Tensor");
  m.def(
      "group_advantage(Tensor rewards, Tensor offsets, *, str mode='group', float? eps=None, float? batch_eps=None, "
      "bool unbiased=True, Tensor? weights=None, Tensor? lengths=None) -> Tensor");
  m.def("pack_linear(Tensor weight, *, ScalarType? dtype=None) -> Tensor");
  m.def("pack_gated(Tensor gate, Tensor up, *, ScalarType? dtype=None) -> Tensor");
  m.def("packed_linear(Tensor x, Tensor packed, int outputs, Tensor? bias=None) -> Tensor");
  m.def("packed_gated(Tensor x, Tensor packed, int outputs) -> Tensor");
  m.def(
      "decode_attention(Tensor q, Tensor k, Tensor v, Tensor nodes, Tensor? modality=None, *, float? scale=None, "
      "ScalarType? dtype=None) -> Tensor");
  m.def(
      "head_choice(Tensor hidden, Tensor packed, int outputs, Tensor uniforms, *, Tensor? temperature=None, "
      "Tensor? top_k=None, Tensor? top_p=None, Tensor? min_p=None, Tensor? repetition_penalty=None, Tensor? seen=None) "
      "-> (Tensor token, Tensor logprob, Tensor entropy)");
  m.def(kPolicyLossSchema);
  m.def(kPreferenceLossSchema);
}

}  // namespace earsight
