"""The operators against TRL's own code, run on the same numbers: GRPOTrainer's advantages, sampler correction, losses and
metrics, DPOTrainer's losses, and the log-probabilities and entropies under both.

TRL computes much of this in the middle of methods that also generate and gather. Where a method can be called on a
stand-in for the trainer it is; otherwise its lines are cut out of TRL's source and run as they stand there.

EARSIGHT_OPS names the operator library. Run with: python -m unittest -v test_trl  (in this folder)
"""

import importlib.metadata
import inspect
import sys
import textwrap
import types
import unittest
from collections import defaultdict

import torch

from test_policy import group_advantage, policy_loss, preference_loss, random_batch

linear_logprob = torch.ops.earsight.linear_logprob


def reason_to_skip():
    try:
        version = importlib.metadata.version('trl')
    except importlib.metadata.PackageNotFoundError:
        return 'TRL is not installed'
    return None if version.startswith('1.13.') else f'TRL {version} is installed, these tests read the code of 1.13 (pip install trl==1.13.0)'


def setUpModule():
    if reason_to_skip():
        raise unittest.SkipTest(reason_to_skip())
    # TRL makes some constants in the default dtype.
    unittest.addModuleCleanup(torch.set_default_dtype, torch.get_default_dtype())
    torch.set_default_dtype(torch.float64)


def lines_of(method, first, last):
    """Runs the lines of a method from the one that starts with `first` up to the one that starts with `last`."""
    lines = inspect.getsource(method).splitlines()
    start = next(i for i, line in enumerate(lines) if line.strip().startswith(first))
    end = next(i for i in range(start, len(lines)) if lines[i].strip().startswith(last))
    code = compile(textwrap.dedent('\n'.join(lines[start:end])), f'TRL: {method.__qualname__}', 'exec')

    def run(**names):
        exec(code, {**sys.modules[method.__module__].__dict__, **names}, names)
        return names

    return run


def accelerator():
    return types.SimpleNamespace(gather=lambda x: x, gather_for_metrics=lambda x: x, reduce=lambda x, reduction='sum': x,
                                 pad_across_processes=lambda x, **_: x, num_processes=1, process_index=0,
                                 sync_gradients=True, device='cpu')


class Advantages(unittest.TestCase):
    def trl(self, rewards, size, weights, scale='group', aggregation='sum_then_normalize'):
        from trl import GRPOTrainer

        run = lines_of(GRPOTrainer._generate_and_score_completions, 'unscorable_mask =', '# Slice to keep only')
        trainer = types.SimpleNamespace(multi_objective_aggregation=aggregation, scale_rewards=scale, reward_weights=weights,
                                        reward_funcs=[None] * rewards.shape[1])
        return run(self=trainer, rewards_per_func=rewards, num_generations=size, device='cpu')['advantages']

    def test_every_mode(self):
        generator = torch.Generator().manual_seed(0)
        rewards = torch.randn(12 * 8, 3, generator=generator)
        rewards[torch.rand(rewards.shape, generator=generator) < 0.1] = float('nan')
        rewards[5] = float('nan')  # scored by nobody
        weights, offsets = torch.tensor([1, 0.5, -2.0]), torch.arange(0, 97, 8)
        for options, mode in [({'scale': 'group'}, 'group'), ({'scale': 'batch'}, 'batch'), ({'scale': 'none'}, 'none'),
                              ({'aggregation': 'normalize_then_sum'}, 'normalize_then_sum')]:
            with self.subTest(mode):
                wanted = self.trl(rewards, 8, weights, **options)
                found = group_advantage(rewards, offsets, mode=mode, weights=weights)
                torch.testing.assert_close(found, wanted, rtol=1e-10, atol=1e-12)
                self.assertEqual(found[5], 0)

    def test_groups_of_equal_rewards(self):
        rewards = torch.tensor([1, 1, 1, 1, 0, 1, 0, 0.3])[:, None]
        for mode in ('group', 'batch', 'none'):
            wanted = self.trl(rewards, 4, torch.ones(1), scale=mode)
            torch.testing.assert_close(group_advantage(rewards, torch.tensor([0, 4, 8]), mode=mode), wanted)


class PolicyLosses(unittest.TestCase):
    """GRPOTrainer._compute_loss on the batch padded as TRL has it."""

    SETTINGS = [
        ({'loss_type': kind}, {'type': kind}) for kind in ('grpo', 'bnpo', 'dapo', 'sapo', 'vespo')
    ] + [
        ({'loss_type': 'dr_grpo'}, {'type': 'dr_grpo', 'max_completion_length': 700}),
        ({'loss_type': 'grpo', 'level': 'sequence'}, {'type': 'gspo'}),
        ({'loss_type': 'luspo', 'level': 'sequence'}, {'type': 'luspo'}),
        ({'loss_type': 'cispo', 'epsilon_high': 1.1}, {'type': 'cispo', 'epsilon_high': 1.1}),
        ({'loss_type': 'dapo', 'epsilon_high': 0.28, 'delta': 1.4}, {'type': 'dapo', 'epsilon_high': 0.28, 'delta': 1.4}),
        ({'loss_type': 'dapo', 'beta': 0.04}, {'type': 'dapo', 'beta': 0.04}),
        ({'loss_type': 'grpo', 'level': 'sequence', 'beta': 0.04}, {'type': 'gspo', 'beta': 0.04}),
        ({'loss_type': 'dapo', 'beta': 0.04, 'bias': False}, {'type': 'dapo', 'beta': 0.04, 'use_bias_correction_kl': False}),
        ({'loss_type': 'dapo', 'quantile': 0.5}, {'type': 'dapo', 'top_entropy_quantile': 0.5}),
        ({'loss_type': 'dapo', 'threshold': 0.01}, {'type': 'dapo', 'off_policy_mask_threshold': 0.01, 'sampler_logp': None}),
        ({'loss_type': 'dapo', 'entropy_coef': 0.1, 'quantile': 0.5}, {'type': 'dapo', 'entropy_coef': 0.1,
                                                                       'top_entropy_quantile': 0.5}),
    ] + [
        ({'loss_type': kind, 'correction': correction, 'beta': beta},
         {'type': kind, 'importance_correction': correction, 'importance_correction_min': 0.8,
          'importance_correction_max': 1.3, 'beta': beta})
        for kind, correction, beta in [('dapo', 'token_truncate', 0.0), ('dapo', 'token_mask', 0.04), ('vespo', 'token_mask', 0.0),
                                       ('grpo', 'sequence_truncate', 0.0), ('bnpo', 'sequence_mask', 0.04)]
    ]
    METRICS = {'entropy': 1, 'clip_ratio/low_mean': 2, 'clip_ratio/low_min': 3, 'clip_ratio/high_mean': 4,
               'clip_ratio/high_max': 5, 'clip_ratio/region_mean': 6, 'cispo_clip_ratio': 6, 'vespo/phi_seq_mean': 12}

    def trainer(self, logp, entropy, loss_type='dapo', level='token', epsilon_high=0.2, delta=None, beta=0.0, bias=True,
                quantile=1.0, threshold=None, entropy_coef=0.0, correction=None):
        from trl import GRPOTrainer

        trainer = types.SimpleNamespace(
            _get_per_token_logps_and_entropies=lambda *_, **__: (logp, entropy, None), aux_loss_enabled=False,
            top_entropy_quantile=quantile, off_policy_mask_threshold=threshold, importance_sampling_level=level, beta=beta,
            loss_type=loss_type, epsilon_low=0.2, epsilon_high=epsilon_high, use_vllm=correction is not None,
            max_completion_length=700, vllm_importance_sampling_correction=correction is not None,
            vllm_importance_sampling_mode=correction, vllm_importance_sampling_clip_min=0.8,
            vllm_importance_sampling_clip_max=1.3, model=types.SimpleNamespace(training=True), accelerator=accelerator(),
            current_gradient_accumulation_steps=1, _entropy_bonus_enabled=entropy_coef != 0, use_adaptive_entropy=False,
            entropy_coef=entropy_coef, _metrics={'train': defaultdict(list)},
            args=types.SimpleNamespace(delta=delta, use_bias_correction_kl=bias, sapo_temperature_pos=1.0,
                                       sapo_temperature_neg=1.05, vespo_k_pos=2.0, vespo_lambda_pos=3.0, vespo_k_neg=3.0,
                                       vespo_lambda_neg=2.0, steps_per_generation=1, entropy_target=0.2))
        for name in ('get_high_entropy_mask', 'get_off_policy_mask', 'get_gamma_weights'):
            member = GRPOTrainer.__dict__[name]
            plain = member.__func__ if isinstance(member, staticmethod) else member.__get__(trainer)
            setattr(trainer, name, plain)
        return trainer

    def test_losses_gradients_and_metrics(self):
        for theirs, ours in self.SETTINGS:
            with self.subTest(**ours):
                self.compare(theirs, ours)

    def compare(self, theirs, ours):
        from trl import GRPOTrainer

        batch = random_batch(seed=5, sequences=40, longest=80)
        counts = batch['cu_seqlens'].diff()
        keep = counts > 0  # TRL has no empty sequences
        place = torch.arange(int(counts.max())) < counts[:, None]

        def padded(flat):
            return torch.zeros(place.shape, dtype=flat.dtype).masked_scatter(place, flat)[keep]

        mask, logp, entropy = padded(batch['mask'].long()), batch['logp'], batch['entropy'].requires_grad_()
        trainer = self.trainer(padded(logp), padded(entropy), **theirs)
        ids = torch.zeros_like(mask)
        inputs = {'prompt_ids': ids[:, :1], 'prompt_mask': ids[:, :1], 'completion_ids': ids, 'completion_mask': mask,
                  'advantages': batch['advantages'][keep], 'old_per_token_logps': padded(batch['old_logp']),
                  'ref_per_token_logps': padded(batch['ref_logp']), 'num_items_in_batch': mask.sum()}
        if 'correction' in theirs:
            correct = lines_of(GRPOTrainer._generate_and_score_completions, 'mask = completion_mask if tool_mask is None',
                               '# Compute the per-token log probabilities for the reference')
            inputs['importance_sampling_ratio'] = correct(
                self=trainer, completion_mask=mask, tool_mask=None, old_per_token_logps=padded(batch['old_logp']),
                sampling_per_token_logps=padded(batch['sampler_logp']))['vllm_importance_sampling_ratio']
        loss = GRPOTrainer._compute_loss(trainer, None, inputs)
        loss.backward()
        wanted, wanted_entropy = logp.grad.clone(), entropy.grad
        logp.grad, entropy.grad = None, None

        nonempty = torch.cat([torch.zeros(1).long(), counts[keep].cumsum(0)])
        found, metrics = policy_loss(**{**batch, 'cu_seqlens': nonempty, 'advantages': batch['advantages'][keep], **ours})
        found.backward()
        torch.testing.assert_close(found, loss, rtol=1e-9, atol=1e-12)
        torch.testing.assert_close(logp.grad, wanted, rtol=1e-9, atol=1e-14)
        if 'entropy_coef' in ours:
            torch.testing.assert_close(entropy.grad, wanted_entropy, rtol=1e-9, atol=1e-14)
        reported = {name: values[0] for name, values in trainer._metrics['train'].items()}
        for name, index in {**self.METRICS, **({'kl': 0} if theirs.get('bias') is False else {})}.items():
            if name in reported and theirs.get('delta') is None:
                self.assertAlmostEqual(metrics[index].item(), reported[name], places=6, msg=name)


class PreferenceLosses(unittest.TestCase):
    """DPOTrainer._compute_loss on models that are tables of logits."""

    PLAIN = ['sigmoid', 'hinge', 'nca_pair', 'bco_pair', 'sppo_hard', 'aot', 'aot_unpaired', 'apo_zero', 'apo_down', 'discopop',
             'ipo', 'sigmoid_norm', 'sft']
    SETTINGS = [(kind, {}) for kind in PLAIN] + [
        ('exo_pair', {'label_smoothing': 1e-3}), ('robust', {'label_smoothing': 0.1}), ('aot', {'label_smoothing': 0.2}),
    ] + [(kind, {'f_divergence_type': divergence}) for kind in ('sigmoid', 'hinge', 'ipo', 'discopop')
         for divergence in ('forward_kl', 'js_divergence', 'alpha_divergence')]

    def test_losses_gradients_and_rewards(self):
        for kind, options in self.SETTINGS:
            with self.subTest(kind, **options):
                # TRL's alpha-divergence knows no float64.
                alpha = options.get('f_divergence_type') == 'alpha_divergence'
                self.compare(kind, options, torch.float32 if alpha else torch.float64)

    def compare(self, kind, options, dtype):
        from trl import DPOTrainer

        pairs, width, vocabulary, beta = 5, 12, 7, 0.3
        generator = torch.Generator().manual_seed(6)
        logits, ref_logits = (torch.randn(2 * pairs, width, vocabulary, generator=generator).to(dtype) for _ in range(2))
        logits.requires_grad_()
        ids = torch.randint(0, vocabulary, (2 * pairs, width), generator=generator)
        lengths = torch.randint(1, width - 2, (2 * pairs,), generator=generator)
        mask = ((torch.arange(width) >= 2) & (torch.arange(width) < 2 + lengths[:, None])).long()

        def model(table):
            call = types.SimpleNamespace(is_gradient_checkpointing=False, training=True)
            return type('Model', (), {'__call__': lambda self, **_: types.SimpleNamespace(logits=table), **vars(call)})()

        trainer = types.SimpleNamespace(
            model=model(logits), ref_model=model(ref_logits), accelerator=accelerator(), aux_loss_enabled=False, ld_alpha=None,
            precompute_ref_logps=False, beta=beta, label_smoothing=options.get('label_smoothing', 0.0), use_weighting=False,
            loss_types=[kind], loss_weights=[1.0], f_divergence_type=options.get('f_divergence_type', 'reverse_kl'),
            f_alpha_divergence_coef=0.5, _metrics={'train': defaultdict(list)}, _total_train_tokens=0, _tp_size=1,
            args=types.SimpleNamespace(gradient_checkpointing_kwargs=None, discopop_tau=0.05))
        inputs = {'input_ids': ids, 'attention_mask': torch.ones_like(ids), 'completion_mask': mask}
        loss = DPOTrainer._compute_loss(trainer, trainer.model, inputs, False)
        wanted, = torch.autograd.grad(loss, logits)

        def sums(table):
            tokens = table[:, :-1].log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]
            return (tokens * mask[:, 1:]).sum(1).chunk(2)

        (chosen, rejected), (ref_chosen, ref_rejected) = sums(logits), sums(ref_logits)
        given = dict(options)
        if kind in ('ipo', 'sigmoid_norm', 'sft'):
            given['chosen_lengths'], given['rejected_lengths'] = lengths.chunk(2)
        if kind == 'sft':
            given['chosen_logp'] = chosen
        if kind == 'aot':
            given['reference_margin'] = ref_chosen - ref_rejected
        found, chosen_rewards, rejected_rewards = preference_loss(chosen - ref_chosen, rejected - ref_rejected, type=kind,
                                                                  beta=beta, **given)
        near = {'rtol': 1e-10, 'atol': 1e-13} if dtype == torch.float64 else {'rtol': 2e-5, 'atol': 1e-6}
        # TRL divides by lengths in the default dtype.
        torch.testing.assert_close(found, loss, check_dtype=False, **near)
        torch.testing.assert_close(torch.autograd.grad(found, logits)[0], wanted, **near)
        for name, rewards in [('chosen', chosen_rewards), ('rejected', rejected_rewards)]:
            self.assertAlmostEqual(rewards.mean().item(), trainer._metrics['train'][f'rewards/{name}'][0], places=5)


class Head(unittest.TestCase):
    """selective_log_softmax and entropy_from_logits on the logits that linear_logprob never makes."""

    def inputs(self, dtype):
        generator = torch.Generator().manual_seed(7)
        hidden, weight = torch.randn(90, 64, generator=generator), torch.randn(1000, 64, generator=generator) * 0.4
        target = torch.randint(0, 1000, (90,), generator=generator)
        return hidden.to(dtype).requires_grad_(), weight.to(dtype).requires_grad_(), target

    def trl(self, hidden, weight, target, temperature):
        from trl.trainer.utils import entropy_from_logits, selective_log_softmax

        logits = (hidden @ weight.T / temperature)[None]
        return selective_log_softmax(logits, target[None])[0], entropy_from_logits(logits)[0]

    def test_values_and_gradients(self):
        for dtype, near in [(torch.float64, 1e-11), (torch.float32, 2e-5)]:
            hidden, weight, target = self.inputs(dtype)
            generator = torch.Generator().manual_seed(8)
            pulls = [torch.randn(90, generator=generator).to(dtype) for _ in range(2)]
            wanted = self.trl(hidden, weight, target, 0.7)
            found = linear_logprob(hidden, weight, target, temperature=0.7, entropy=True)[::2]
            results = []
            for values in (wanted, found):
                loss = sum((pull * value).sum() for pull, value in zip(pulls, values))
                results.append([*values, *torch.autograd.grad(loss, (hidden, weight))])
            for theirs, ours in zip(*results):
                self.assertLess((ours - theirs).norm().item(), near * theirs.norm().item())

    def test_bfloat16_is_no_further_from_float64_than_trl(self):
        hidden, weight, target = self.inputs(torch.bfloat16)
        exact = self.trl(hidden.double(), weight.double(), target, 1.0)
        theirs = self.trl(hidden, weight, target, 1.0)
        ours = linear_logprob(hidden, weight, target, entropy=True)[::2]
        for a, b, truth in zip(ours, theirs, exact):
            self.assertLess((a - truth).abs().max().item(), (b - truth).abs().max().item())


if __name__ == '__main__':
    unittest.main()
