"""earsight::group_advantage, policy_loss and preference_loss from Python: recorded results, gradients, instruction sets
and threads. test_trl.py holds them against TRL's own code.

EARSIGHT_OPS names the operator library. Run with: python -m unittest -v test_policy  (in this folder)
"""

import json
import os
import unittest

import torch

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
torch.ops.load_library(os.environ.get('EARSIGHT_OPS', os.path.join(ROOT, 'build', 'Release', 'libearsight_ops.so')))
group_advantage = torch.ops.earsight.group_advantage
policy_loss = torch.ops.earsight.policy_loss
preference_loss = torch.ops.earsight.preference_loss

LENGTHS = [6, 4, 5, 2]
TYPES = ['grpo', 'bnpo', 'dr_grpo', 'dapo', 'gspo', 'gspo_token', 'cispo', 'sapo', 'vespo', 'luspo', 'geo_mean', 'dppo_tv',
         'dppo_kl', 'gpg', 'reinforce']


def recorded(name):
    with open(os.path.join(ROOT, 'test', 'fixtures', 'algorithms', name + '.json')) as file:
        return json.load(file)


def logp_at(i, t):
    return -(0.2 + 0.15 * ((2 * i + 3 * t) % 7))


def old_at(i, t):
    return logp_at(i, t) - 0.12 * (((3 * i + 5 * t) % 7) - 3)


def ref_at(i, t):
    return logp_at(i, t) + 0.10 * (((i + 2 * t) % 5) - 2)


def sampler_at(i, t):
    return old_at(i, t) - 0.06 * (((5 * i + 2 * t) % 5) - 2)


def packed(formula, dtype=torch.float64):
    return torch.tensor([formula(i, t) for i, length in enumerate(LENGTHS) for t in range(length)], dtype=dtype)


def closed_form(dtype=torch.float64):
    """The batch of the recorded results."""
    rewards = torch.tensor([1, 0, 0.5, 0], dtype=torch.float64)
    return {
        'logp': packed(logp_at, dtype).requires_grad_(),
        'advantages': ((rewards - rewards.mean()) / (rewards.std() + 1e-4)).to(dtype),
        'cu_seqlens': torch.tensor([0, 6, 10, 15, 17]),
        'old_logp': packed(old_at, dtype),
        'ref_logp': packed(ref_at, dtype),
        'sampler_logp': packed(sampler_at, dtype),
        'entropy': -packed(logp_at, dtype),
    }


def random_batch(seed=0, sequences=90, dtype=torch.float64, longest=600):
    generator = torch.Generator().manual_seed(seed)

    def rand(n):
        return torch.rand(n, generator=generator, dtype=torch.float64)

    def normal(n):
        return torch.randn(n, generator=generator, dtype=torch.float64)

    lengths = (rand(sequences) ** 3 * longest).long()
    total = int(lengths.sum())
    logp = -4 * rand(total)
    old = logp - 0.3 * normal(total)
    batch = {
        'logp': logp,
        'advantages': normal(sequences),
        'old_logp': old,
        'ref_logp': logp + 0.4 * normal(total),
        'sampler_logp': old + 0.2 * normal(total),
        'entropy': rand(total),
    }
    # Where float32 and float64 round to different sides of a bound, results differ for good.
    batch = {name: value.float().to(dtype) for name, value in batch.items()}
    batch['logp'].requires_grad_()
    return {**batch, 'mask': rand(total) > 0.1, 'cu_seqlens': torch.cat([torch.zeros(1).long(), lengths.cumsum(0)])}


def everything(kind):
    return {'type': kind, 'max_completion_length': 700, 'beta': 0.05, 'epsilon_high': 1.31 if kind == 'cispo' else 0.27,
            'importance_correction': 'token_truncate', 'importance_correction_min': 0.83, 'importance_correction_max': 1.21,
            'off_policy_mask_threshold': 0.013, 'top_entropy_quantile': 0.77, 'entropy_coef': 0.1}


class Recorded(unittest.TestCase):
    def near(self, actual, printed, float32=False):
        if printed is None:
            return
        wanted = float(printed)
        half = 0 if wanted == 0 else 0.5 * 10 ** -len(printed.partition('.')[2])
        tolerance = half + (1e-5 * max(1, abs(wanted)) if float32 else 1e-7)
        self.assertLessEqual(abs(float(actual) - wanted), tolerance)

    def test_policy_losses(self):
        for dtype in (torch.float64, torch.float32):
            for case in recorded('policy')['losses']:
                with self.subTest(case['name'], dtype=dtype):
                    batch = {**closed_form(dtype), **case['options']}
                    if batch['ref_logp'] == 'old_logp':
                        batch['ref_logp'] = batch['old_logp']
                    loss, _ = policy_loss(**batch)
                    loss.backward()
                    grad = batch['logp'].grad
                    low = dtype == torch.float32
                    self.near(loss.detach(), case['loss'], low)
                    for value, printed in zip(grad, case.get('gradient', [])):
                        self.near(value, printed, low)
                    self.near(grad.abs().sum(), case.get('l1'), low)

    def test_advantages(self):
        data = recorded('advantages')
        for case in data['cases']:
            with self.subTest(case['name']):
                options = dict(case['options'])
                rewards = torch.tensor(data['rewards'], dtype=torch.float64)
                if options.pop('second', False):
                    rewards = torch.stack([rewards, torch.tensor(data['secondReward'], dtype=torch.float64)], 1)
                    options['weights'] = torch.tensor([1, 0.5])
                if 'lengths' in options:
                    options['lengths'] = torch.tensor(options['lengths'])
                twice = options.pop('twice', None)
                offsets = torch.tensor([0, 4, 8, 12])
                found = group_advantage(rewards, offsets, **options)
                if twice:
                    found = group_advantage(found, offsets, mode=twice)
                for value, printed in zip(found, case['advantages']):
                    self.near(value, printed)


class Gradients(unittest.TestCase):
    def test_policy_losses(self):
        for kind in TYPES:
            for settings in ({'type': kind, 'max_completion_length': 8}, everything(kind)):
                batch = random_batch(seed=1, sequences=9, longest=40)
                logp, entropy = batch.pop('logp'), batch.pop('entropy').requires_grad_()
                with self.subTest(**settings):
                    def run(logp, entropy):
                        # The quantile moves with the entropies that gradcheck shifts: a fixed threshold instead.
                        fixed = {**settings, 'top_entropy_quantile': 1.0}
                        if 'entropy_coef' in settings:
                            fixed['entropy_threshold'] = 0.4
                        # Weights without a gradient would not survive a numerical derivative.
                        return policy_loss(logp, entropy=entropy, **batch, **fixed)[0]

                    if kind in ('cispo', 'vespo', 'dppo_tv', 'dppo_kl', 'gspo_token'):
                        continue
                    self.assertTrue(torch.autograd.gradcheck(run, (logp, entropy), eps=1e-7, atol=1e-6))

    def test_constant_weights_are_held(self):
        """Losses whose weight has no gradient: that of sum(-weight A logp) with the weight at its value."""
        for kind, most in {'cispo': 1.31, 'dppo_tv': 20}.items():
            batch = {**random_batch(seed=2), 'mask': None}
            # A divergence never reaches 10.
            bounds = {'epsilon': 10.0, 'epsilon_high': 1.31 if kind == 'cispo' else 10.0}
            loss, _ = policy_loss(**batch, type=kind, **bounds)
            loss.backward()
            counts = batch['cu_seqlens'].diff()
            weight = (batch['logp'].detach() - batch['old_logp']).exp().clamp(max=most)
            wanted = -weight * batch['advantages'].repeat_interleave(counts) / counts.sum()
            torch.testing.assert_close(batch['logp'].grad, wanted, rtol=1e-12, atol=0)

    def test_preference_losses(self):
        generator = torch.Generator().manual_seed(0)
        c, l, chosen_logp = (torch.randn(6, generator=generator, dtype=torch.float64).requires_grad_() for _ in range(3))
        lengths = torch.arange(1, 7)
        for kind in ['sigmoid', 'hinge', 'ipo', 'exo_pair', 'nca_pair', 'robust', 'bco_pair', 'sppo_hard', 'aot', 'aot_unpaired',
                     'apo_zero', 'apo_down', 'discopop', 'sft', 'sigmoid_norm', 'process']:
            with self.subTest(kind):
                options = {'alpha': torch.rand(6)} if kind == 'process' else {}

                def run(c, l, chosen_logp):
                    return preference_loss(c, l, type=kind, beta=0.4, label_smoothing=0.1, chosen_lengths=lengths,
                                           rejected_lengths=lengths.flip(0), chosen_logp=chosen_logp, weight=lengths,
                                           **options)[0]

                self.assertTrue(torch.autograd.gradcheck(run, (c, l, chosen_logp)))

    def test_an_entropy_bonus_that_no_token_reaches_has_a_gradient_of_zeros(self):
        for rest in ({'entropy_threshold': 1e3}, {'mask': torch.zeros(17, dtype=torch.bool)}):
            batch = closed_form()
            # What is handed out again holds something else than zeros.
            used = [torch.full((17,), 7.0, dtype=torch.float64) for _ in range(100)]
            del used
            batch['entropy'].requires_grad_()
            policy_loss(**batch, entropy_coef=0.1, **rest)[0].backward()
            self.assertEqual(batch['entropy'].grad.abs().max().item(), 0)

    def test_once(self):
        c = torch.zeros(2, requires_grad=True)
        batch = closed_form()
        for loss, leaf in [(policy_loss(**batch)[0], batch['logp']), (preference_loss(c, torch.zeros(2))[0], c)]:
            self.assertRaisesRegex(RuntimeError, 'differentiable once', torch.autograd.grad, loss, leaf, create_graph=True)


class Precision(unittest.TestCase):
    def test_float32_against_float64(self):
        for kind in TYPES:
            for settings in ({'type': kind, 'max_completion_length': 700}, everything(kind)):
                results = []
                for dtype in (torch.float64, torch.float32):
                    batch = random_batch(seed=3, dtype=dtype)
                    loss, metrics = policy_loss(**batch, **settings)
                    loss.backward()
                    results.append((loss.detach().double(), batch['logp'].grad.double(), metrics.double()))
                (loss, grad, metrics), (loss32, grad32, metrics32) = results
                with self.subTest(**settings):
                    self.assertLess((loss - loss32).abs().item(), 1e-5 * max(1, loss.abs().item()))
                    # A token may lie on a bound that rounding crosses.
                    close = (grad - grad32).abs() <= 1e-5 * grad.abs().max()
                    self.assertGreater(close.double().mean().item(), 0.999)
                    self.assertLess((metrics - metrics32).abs().max().item(), 1e-3)

    def test_ratios_against_torch(self):
        """The vectorised exp over its whole range, through the gradient of an unclipped ratio."""
        d = torch.linspace(-20, 20, 100_003, dtype=torch.float32)
        old = torch.full_like(d, -30)
        logp = (old + d).requires_grad_()
        one = torch.ones(len(d))
        loss, _ = policy_loss(logp, one, torch.tensor([0, len(d)]), old, type='dapo', aggregation='token-sum', epsilon=0.2,
                              epsilon_high=1e9)
        loss.backward()
        wanted = -(logp.detach() - old).double().exp()
        inside = (logp.detach() - old).abs() <= 20
        self.assertLess(((logp.grad.double() / wanted)[inside] - 1).abs().max().item(), 3e-7)

    def test_the_same_bits_on_any_thread_count_and_from_run_to_run(self):
        threads, results = torch.get_num_threads(), []
        for count in (1, 2, 1):
            torch.set_num_threads(count)
            batch = random_batch(seed=4, sequences=400, dtype=torch.float32)
            loss, metrics = policy_loss(**batch, **everything('gspo'))
            loss.backward()
            results.append((loss.detach(), metrics, batch['logp'].grad))
        torch.set_num_threads(threads)
        for other in results[1:]:
            self.assertTrue(all(torch.equal(a, b) for a, b in zip(results[0], other)))


if __name__ == '__main__':
    unittest.main()
