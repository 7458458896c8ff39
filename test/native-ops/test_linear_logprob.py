"""earsight::linear_logprob from Python, against a dense float64 reference written from the definition.

EARSIGHT_OPS names the operator library, EARSIGHT_CASES the number of random cases, EARSIGHT_DEVICE where tensors live,
EARSIGHT_ISA the instruction set. Run with: python -m unittest -v test_linear_logprob  (in this folder)
"""

import itertools
import math
import os
import random
import unittest

import torch

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
torch.ops.load_library(os.environ.get('EARSIGHT_OPS', os.path.join(ROOT, 'build', 'Release', 'libearsight_ops.so')))
linear_logprob = torch.ops.earsight.linear_logprob

CASES = int(os.environ.get('EARSIGHT_CASES', '60'))
DEVICE = os.environ.get('EARSIGHT_DEVICE', 'cpu')
IGNORE = -100
NAMES = ('hidden', 'weight', 'bias')

# Absolute error of logp, lse and entropy; relative Frobenius error of gradients.
TOLERANCE = {
    torch.bfloat16: (1e-4, 5e-3),
    torch.float16: (1e-4, 1e-3),
    torch.float32: (2e-5, 2e-5),
    torch.float64: (1e-11, 1e-12),
}


def reference(hidden, weight, target, rows=None, bias=None, temperature=1.0):
    """-> logp, lse, entropy [N] in float64, with torch's own gradients."""
    z = (hidden if rows is None else hidden[rows]) @ weight.T
    z = (z if bias is None else z + bias) / temperature
    live = target != IGNORE
    lse = torch.logsumexp(z, -1)
    p = torch.exp(z - lse[:, None])
    entropy = -(p * torch.where(p > 0, torch.log(p), 0)).sum(-1)
    logp = z.gather(1, target.clamp(min=0)[:, None])[:, 0] - lse
    return tuple(torch.where(live, x, 0) for x in (logp, lse, entropy))


def random_case(seed):
    rng = random.Random(seed)
    generator = torch.Generator().manual_seed(seed)
    count = rng.choice([1, 2, 15, 16, 17, 63, 64, 65, 100, 257, 300])
    width = rng.choice([1, 2, 7, 16, 33, 64, 65, 128, 515])
    vocabulary = rng.choice([1, 2, 3, 100, 191, 192, 193, 385, 1000])
    case = {
        'hidden': torch.randn(count, width, dtype=torch.float64, generator=generator),
        'weight': torch.randn(vocabulary, width, dtype=torch.float64, generator=generator) * 3 / math.sqrt(width),
    }
    items = count
    if rng.random() < 0.5:
        items = rng.choice([0, 1, count, 2 * count + 3])
        case['rows'] = torch.randint(0, count, (items,), generator=generator)
    if rng.random() < 0.5:
        case['bias'] = torch.randn(vocabulary, dtype=torch.float64, generator=generator)
    case['target'] = torch.randint(0, vocabulary, (items,), generator=generator)
    if rng.random() < 0.5:
        case['target'][torch.rand(items, generator=generator) < 0.3] = IGNORE
    case['temperature'] = rng.choice([1.0, 0.7, 2.5])
    upstream = [torch.randn(items, dtype=torch.float64, generator=generator) for _ in range(3)]
    for i in range(3):
        if rng.random() < 0.3:
            upstream[i] = torch.zeros(items, dtype=torch.float64)
    return case, upstream


def run(function, case, upstream, **options):
    """Outputs, and the gradients of sum(upstream * outputs) by name."""
    leaves = {name: case[name].detach().clone().requires_grad_() for name in NAMES if name in case}
    outputs = function(**{**case, **leaves}, **options)
    loss = sum((u.to(o) * o).sum() for u, o in zip(upstream, outputs))
    loss.backward()
    return [o.detach() for o in outputs], {name: leaf.grad for name, leaf in leaves.items()}


def rounded(case, dtype):
    """The case in a dtype on the device, and the same numbers in float64."""
    low = {k: v.to(dtype).to(DEVICE) if torch.is_tensor(v) and v.is_floating_point() else
           v.to(DEVICE) if torch.is_tensor(v) else v for k, v in case.items()}
    high = {k: v.double() if torch.is_tensor(v) and v.is_floating_point() else v for k, v in low.items()}
    return low, high


def relative(found, wanted):
    return ((found.double() - wanted).norm() / wanted.norm().clamp(min=1e-12)).item()


def largest(x):
    return x.abs().max().item() if x.numel() else 0


def rounding_scale(name, case, upstream):
    """Root of the sum of squares of all products that a gradient adds up: where they cancel, their own roundings
    remain, however small the sum."""
    hidden = case['hidden'] if case.get('rows') is None else case['hidden'][case['rows']]
    free = torch.zeros(len(hidden), len(case['weight']), dtype=torch.float64, device=DEVICE, requires_grad=True)
    z = hidden @ case['weight'].T + case.get('bias', 0) + free
    outputs = reference(torch.eye(len(hidden), dtype=torch.float64, device=DEVICE), z.T, case['target'],
                        temperature=case['temperature'])
    dz, = torch.autograd.grad(sum((u * o).sum() for u, o in zip(upstream, outputs)), free)
    left, right = {'hidden': (dz, case['weight']), 'weight': (dz.T, hidden),
                   'bias': (dz.T, torch.ones(len(hidden), 1, dtype=torch.float64, device=DEVICE))}[name]
    return (left.square() @ right.square()).sum().sqrt().item()


class LinearLogprob(unittest.TestCase):
    def check(self, case, upstream, dtype, **options):
        low, high = rounded(case, dtype)
        upstream = [u.to(DEVICE) for u in upstream]
        wanted, wanted_gradients = run(reference, high, upstream)
        found, gradients = run(linear_logprob, low, upstream, entropy=True, **options)
        absolute, frobenius = TOLERANCE[dtype]
        for name, f, w in zip(('logp', 'lse', 'entropy'), found, wanted):
            self.assertEqual(f.dtype, torch.float64 if dtype == torch.float64 else torch.float32)
            self.assertLessEqual(largest(f.double() - w), absolute * (1 + largest(w) / 10), name)
        for name, w in wanted_gradients.items():
            self.assertEqual(gradients[name].dtype, dtype)
            error = (gradients[name].double() - w).norm().item()
            self.assertLessEqual(error, frobenius * (w.norm().item() + rounding_scale(name, high, upstream)), name)

    def test_agrees_with_the_reference(self):
        for seed in range(CASES):
            for dtype in TOLERANCE:
                with self.subTest(seed=seed, dtype=dtype):
                    self.check(*random_case(seed), dtype)

    def test_frozen_parts_change_no_other_gradient(self):
        case, upstream = random_case(3)
        case['bias'] = torch.randn(case['weight'].shape[0], dtype=torch.float64)
        low, _ = rounded(case, torch.float32)
        for entropic in (False, True):
            pulls = upstream[:2] + [upstream[2] * entropic]
            _, wanted = run(linear_logprob, low, pulls, entropy=True)
            for frozen in itertools.product([False, True], repeat=3):
                leaves = {n: low[n].clone().requires_grad_(not f) for n, f in zip(NAMES, frozen)}
                outputs = linear_logprob(**{**low, **leaves}, entropy=True)
                if all(frozen):
                    self.assertFalse(any(o.requires_grad for o in outputs))
                    continue
                sum((u.to(o) * o).sum() for u, o in zip(pulls, outputs)).backward()
                for name, f in zip(NAMES, frozen):
                    if f:
                        self.assertIsNone(leaves[name].grad)
                    else:
                        self.assertLess(relative(leaves[name].grad, wanted[name].double()), 1e-5)

    def test_only_entropy_when_asked(self):
        case, _ = random_case(0)
        low, _ = rounded(case, torch.float32)
        self.assertEqual(linear_logprob(**low)[2].numel(), 0)

    def test_gradcheck(self):
        generator = torch.Generator().manual_seed(5)

        def leaf(*shape):
            return torch.randn(*shape, dtype=torch.float64, generator=generator).to(DEVICE).requires_grad_()

        hidden, weight, bias = leaf(5, 6), leaf(9, 6), leaf(9)
        target = torch.tensor([0, 8, IGNORE, 3, 3, 4, 1], device=DEVICE)
        rows = torch.tensor([1, 1, 0, 4, 4, 2, 1], device=DEVICE)

        def outputs(hidden, weight, bias):
            return linear_logprob(hidden, weight, target, rows, bias, 0.8, True)

        self.assertTrue(torch.autograd.gradcheck(outputs, (hidden, weight, bias)))
        self.assertTrue(torch.autograd.gradgradcheck(outputs, (hidden, weight, bias)))
        self.assertTrue(torch.autograd.gradcheck(lambda *x: outputs(*x)[0], (hidden, weight, bias)))

    def test_one_two_and_three_threads_give_the_same_bits(self):
        if DEVICE != 'cpu':
            self.skipTest('threads of the CPU')
        before = torch.get_num_threads()
        try:
            for (dtype, keep), seed in itertools.product(
                    [(torch.float32, False), (torch.bfloat16, False), (torch.bfloat16, True)], range(12)):
                case, upstream = random_case(seed)
                if keep:
                    upstream[2].zero_()
                low, _ = rounded(case, dtype)
                results = []
                for threads in (1, 2, 3, 2):
                    torch.set_num_threads(threads)
                    outputs, gradients = run(linear_logprob, low, upstream, entropy=True, keep_logits=keep)
                    results.append([*outputs, *gradients.values()])
                for other in results[1:]:
                    for a, b in zip(results[0], other):
                        self.assertTrue(torch.equal(a, b))
        finally:
            torch.set_num_threads(before)

    def test_strides_and_offsets(self):
        case, upstream = random_case(11)
        for dtype in TOLERANCE:
            low, _ = rounded(case, dtype)
            wanted, wanted_gradients = run(linear_logprob, low, upstream, entropy=True)
            strided = dict(low)
            for name in ('hidden', 'weight'):
                n, width = low[name].shape
                wide = torch.full((n, width + 3), float('nan'), dtype=dtype, device=DEVICE)
                strided[name] = wide[:, 1:width + 1].copy_(low[name])
                transposed = low[name].t().contiguous().t()
                for form in (strided[name], transposed):
                    leaves = {m: (form if m == name else low[m]).detach().requires_grad_() for m in NAMES if m in low}
                    outputs = linear_logprob(**{**low, **leaves}, entropy=True)
                    sum((u.to(o) * o).sum() for u, o in zip(upstream, outputs)).backward()
                    for a, b in zip(outputs, wanted):
                        self.assertTrue(torch.equal(a, b))
                    for m, leaf in leaves.items():
                        self.assertTrue(torch.equal(leaf.grad, wanted_gradients[m]), (name, m))

    def test_accumulate_grad_adds_into_the_leaf(self):
        case, upstream = random_case(7)
        for dtype in (torch.float32, torch.bfloat16):
            low, high = rounded(case, dtype)
            _, wanted = run(reference, high, upstream)
            for start in (None, 2.0):
                leaves = {n: low[n].clone().requires_grad_() for n in NAMES if n in low}
                buffer = None
                if start is not None:
                    buffer = leaves['weight'].grad = torch.full_like(low['weight'], start)
                outputs = linear_logprob(**{**low, **leaves}, entropy=True, accumulate_grad=True)
                sum((u.to(o) * o).sum() for u, o in zip(upstream, outputs)).backward()
                if buffer is not None:
                    self.assertEqual(leaves['weight'].grad.data_ptr(), buffer.data_ptr())
                total = wanted['weight'] + (start or 0)
                self.assertLess(relative(leaves['weight'].grad, total), TOLERANCE[dtype][1])
                self.assertLess(relative(leaves['hidden'].grad, wanted['hidden']), TOLERANCE[dtype][1])

    def test_saved_logits_agree_with_the_reference(self):
        if DEVICE != 'cpu':
            self.skipTest('saved on the CPU only')
        for seed in range(CASES):
            case, upstream = random_case(seed)
            with self.subTest(seed=seed):
                self.check(case, upstream, torch.bfloat16, keep_logits=True)
                self.check(case, [*upstream[:2], torch.zeros_like(upstream[2])], torch.bfloat16, keep_logits=True)

    def test_almost_certain_targets(self):
        """1 - p is far smaller than the rounding error of p in bfloat16."""
        generator = torch.Generator().manual_seed(4)
        case = {'hidden': torch.randn(64, 32, generator=generator), 'weight': torch.randn(900, 32, generator=generator),
                'bias': torch.full((900,), -20.0), 'target': torch.full((64,), 800)}
        case['weight'] *= 0.02
        # The target comes last, after a part of the vocabulary that is forbidden and one likely token.
        case['bias'][:384] = -math.inf
        case['bias'][400] = 0
        case['bias'][800] = 7.4
        low, high = rounded(case, torch.bfloat16)
        pull = torch.ones(64, dtype=torch.float64)
        _, wanted = run(lambda **x: reference(**x)[:1], high, [pull])
        modes = [{}] if DEVICE != 'cpu' else [{}, {'keep_logits': True}, {'keep_logits': True, 'accumulate_grad': True}]
        for options in modes:
            _, found = run(linear_logprob, low, [pull], **options)
            for name in ('hidden', 'weight', 'bias'):
                self.assertLess(relative(found[name], wanted[name]), 5e-3, name)

    def test_logits_are_saved_only_for_a_head_with_a_gradient(self):
        if DEVICE != 'cpu':
            self.skipTest('saved on the CPU only')
        hidden = torch.randn(20, 8).bfloat16()
        weight = torch.randn(400, 8).bfloat16()
        target = torch.arange(20)

        def largest_saved(learns):
            sizes = []
            with torch.autograd.graph.saved_tensors_hooks(lambda x: sizes.append(x.numel()) or x, lambda x: x):
                linear_logprob(hidden.requires_grad_(), weight.detach().requires_grad_(learns), target, keep_logits=True)
            return max(sizes)

        self.assertEqual(largest_saved(True), 400 * 20)
        self.assertEqual(largest_saved(False), 400 * 8)

    def test_extreme_logits(self):
        for dtype in (torch.float32, torch.bfloat16, torch.float64):
            weight = torch.tensor([[1e4], [-1e4], [0.0], [1e4]], dtype=dtype, device=DEVICE).requires_grad_()
            hidden = torch.tensor([[1.0], [-1.0], [0.0]], dtype=dtype, device=DEVICE).requires_grad_()
            target = torch.tensor([0, 1, 2], device=DEVICE)
            logp, lse, entropy = linear_logprob(hidden, weight, target, entropy=True)
            self.assertTrue(torch.allclose(logp.double().cpu(), torch.tensor([-math.log(2), 0, -math.log(4)]).double(), atol=2e-3))
            self.assertTrue(torch.allclose(entropy.double().cpu(), torch.tensor([math.log(2), 0, math.log(4)]).double(), atol=1e-5))
            (logp.sum() + entropy.sum()).backward()
            for leaf in (weight, hidden):
                self.assertTrue(torch.isfinite(leaf.grad).all())

    def test_small_terms_of_a_large_vocabulary_count(self):
        """One likely token, and 150,000 others whose terms are each below the rounding of the sum."""
        generator = torch.Generator().manual_seed(9)
        hidden = torch.randn(32, 64, generator=generator)
        weight = torch.randn(151_936, 64, generator=generator) * 3 / 8
        target = torch.randint(0, 151_936, (32,), generator=generator)
        low, high = rounded({'hidden': hidden, 'weight': weight, 'target': target}, torch.float32)
        for found, wanted in zip(linear_logprob(**low, entropy=True), reference(**high)):
            self.assertLess(largest(found.double() - wanted), 1e-5)

    def test_forbidden_tokens(self):
        """A bias of -inf excludes a token: probability 0, no gradient, and -inf where it is the target."""
        generator = torch.Generator().manual_seed(2)
        hidden = torch.randn(20, 8, generator=generator).to(DEVICE).requires_grad_()
        weight = torch.randn(300, 8, generator=generator).to(DEVICE).requires_grad_()
        bias = torch.zeros(300, device=DEVICE)
        bias[::2] = -math.inf
        target = torch.arange(1, 41, 2, device=DEVICE)
        logp, lse, entropy = linear_logprob(hidden, weight, target, None, bias, entropy=True)
        kept = weight[1::2]
        wanted = reference(hidden.double(), kept.double(), target // 2)
        for found, w in zip((logp, lse, entropy), wanted):
            self.assertTrue(torch.allclose(found.double(), w, atol=1e-5))
        (logp + entropy).sum().backward()
        self.assertEqual(weight.grad[::2].abs().max().item(), 0)
        self.assertTrue(torch.isfinite(weight.grad).all() and torch.isfinite(hidden.grad).all())
        self.assertEqual(linear_logprob(hidden, weight, target - 1, None, bias)[0].max().item(), -math.inf)

    def test_nan_stays_in_its_row(self):
        for dtype in (torch.float32, torch.bfloat16, torch.float64):
            hidden = torch.randn(70, 16, dtype=dtype, device=DEVICE)
            weight = torch.randn(400, 16, dtype=dtype, device=DEVICE)
            target = torch.zeros(70, dtype=torch.int64, device=DEVICE)
            wanted = linear_logprob(hidden, weight, target, entropy=True)
            for bad in (math.nan, math.inf):
                corrupted = hidden.clone()
                corrupted[33, 5] = bad
                others = torch.arange(70, device=DEVICE) != 33
                for found, w in zip(linear_logprob(corrupted, weight, target, entropy=True), wanted):
                    self.assertFalse(torch.isfinite(found[33]))
                    self.assertTrue(torch.equal(found[others], w[others]))

    def test_nothing_to_do(self):
        hidden = torch.randn(3, 4, device=DEVICE, requires_grad=True)
        weight = torch.randn(5, 4, device=DEVICE, requires_grad=True)
        everything_ignored = torch.full((3,), IGNORE, device=DEVICE)
        for h, target in ((hidden, everything_ignored), (hidden[:0], everything_ignored[:0])):
            outputs = linear_logprob(h, weight, target, entropy=True)
            for o in outputs:
                self.assertEqual(o.tolist(), [0.0] * len(target))
            hidden.grad = weight.grad = None
            sum(o.sum() for o in outputs).backward()
            self.assertEqual(weight.grad.abs().max().item(), 0)
            self.assertEqual(hidden.grad.abs().max().item(), 0)

    def test_rows_without_targets_get_zeros(self):
        hidden = torch.randn(6, 4, device=DEVICE, requires_grad=True)
        weight = torch.randn(5, 4, device=DEVICE)
        logp = linear_logprob(hidden, weight, torch.tensor([1, 2], device=DEVICE), torch.tensor([4, 1], device=DEVICE))[0]
        logp.sum().backward()
        self.assertEqual(hidden.grad.abs().sum(-1).gt(0).tolist(), [False, True, False, False, True, False])

    def test_messages_name_the_argument(self):
        h, w, t = torch.randn(3, 4), torch.randn(5, 4), torch.tensor([0, 1, 2])
        cases = [
            ((h[0], w, t), 'hidden: expected shape'),
            ((h.long(), w, t), 'hidden: expected float32'),
            ((h, w.double(), t), 'weight: expected hidden'),
            ((h, w[:, :3], t), "weight: expected hidden's width 4"),
            ((h, w, t[:2]), 'target: expected one for each'),
            ((h, w, t.int()), 'target: expected dtype int64'),
            ((h, w, torch.tensor([0, 5, 1])), 'target: expected tokens of 0..4 .* got 5 at 1'),
            ((h, w, torch.tensor([0, -1, 1])), 'target: expected tokens .* got -1 at 1'),
            ((h, w, t, torch.tensor([0, 3, 1])), 'rows: expected rows of hidden, 0..2, got 3 at 1'),
            ((h, w, t, torch.tensor([0])), 'rows: expected as many as targets'),
            ((h, w, t, None, torch.zeros(4)), 'bias: expected shape'),
            ((h, w, t, None, torch.zeros(5).double()), 'bias: expected hidden'),
            ((h, w, t, None, None, 0.0), 'temperature: expected a number above 0'),
            ((h, w, t, None, None, math.nan), 'temperature: expected a number above 0'),
            ((h, w, t, None, None, 1.0, False, -100, True), 'accumulate_grad: expected weight to be a leaf'),
            ((h, w, t, None, None, 1.0, False, -100, False, True), 'keep_logits: expected bfloat16 on the CPU, got Float'),
        ]
        for arguments, message in cases:
            with self.subTest(message):
                self.assertRaisesRegex(Exception, message, linear_logprob, *arguments)


if __name__ == '__main__':
    unittest.main()
