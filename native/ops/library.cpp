// The schemas of the torch operator library `earsight`. Implementations register themselves beside their code; the
// library also works on its own: torch.ops.load_library from Python.
#include <torch/library.h>

TORCH_LIBRARY(earsight, m) {
  m.def(
      "av_attention(Tensor q, Tensor k, Tensor v, Tensor nodes, Tensor? modality=None, Tensor? query_modality=None, "
      "Tensor? cos=None, Tensor? sin=None, Tensor? key_cos=None, Tensor? key_sin=None, Tensor? plan=None, "
      "float? scale=None, str mass_mode='none') -> (Tensor out, Tensor lse, Tensor mass)");
  m.def("av_plan(Tensor nodes, Tensor? modality, Tensor? query_modality, int tq, int tk) -> Tensor");
  m.def(
      "linear_logprob(Tensor hidden, Tensor weight, Tensor target, Tensor? rows=None, Tensor? bias=None, "
      "float temperature=1.0, bool entropy=False, int ignore_index=-100, bool accumulate_grad=False, "
      "bool keep_logits=False) -> (Tensor logp, Tensor lse, Tensor entropy)");
  m.def(
      "group_advantage(Tensor rewards, Tensor offsets, *, str mode='group', float? eps=None, float? batch_eps=None, "
      "bool unbiased=True, Tensor? weights=None, Tensor? lengths=None) -> Tensor");
  m.def(
      "policy_loss(Tensor logp, Tensor advantages, Tensor cu_seqlens, Tensor? old_logp=None, Tensor? ref_logp=None, "
      "Tensor? sampler_logp=None, Tensor? mask=None, Tensor? entropy=None, *, str type='dapo', "
      "str? importance_sampling_level=None, str? aggregation=None, float epsilon=0.2, float? epsilon_high=None, "
      "float? delta=None, float? dual_clip=None, str cispo_bound='absolute', float sapo_temperature_pos=1.0, "
      "float sapo_temperature_neg=1.05, float vespo_k_pos=2.0, float vespo_lambda_pos=3.0, float vespo_k_neg=3.0, "
      "float vespo_lambda_neg=2.0, float beta=0.0, str kl_estimator='k3', bool use_bias_correction_kl=True, "
      "str importance_correction='none', float? importance_correction_min=None, "
      "float? importance_correction_max=3.0, str importance_correction_reduction='sum', "
      "bool importance_correction_kl=False, float? off_policy_mask_threshold=None, float top_entropy_quantile=1.0, "
      "float? entropy_threshold=None, float entropy_coef=0.0, int? max_completion_length=None, "
      "float? num_items_in_batch=None, int? num_sequences_in_batch=None) -> (Tensor loss, Tensor metrics)");
  m.def(
      "preference_loss(Tensor chosen_logratio, Tensor rejected_logratio, *, str type='sigmoid', float beta=0.1, "
      "float label_smoothing=0.0, Tensor? alpha=None, Tensor? weight=None, Tensor? chosen_lengths=None, "
      "Tensor? rejected_lengths=None, Tensor? reference_margin=None, Tensor? chosen_logp=None, float margin=0.0, "
      "float discopop_tau=0.05, str f_divergence_type='reverse_kl', float f_alpha_divergence_coef=0.5, "
      "int? num_pairs_in_batch=None) -> (Tensor loss, Tensor chosen_rewards, Tensor rejected_rewards)");
}
