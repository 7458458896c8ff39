"""earsight::linear_kl, and what computes it where its kernel does not, from Python, against the definition in float64.

EARSIGHT_OPS names the operator library, EARSIGHT_CASES the number of random cases, EARSIGHT_DEVICE where tensors live,
EARSIGHT_ISA the instruction set. Run with: python -m unittest -v test_linear_kl  (in this folder)
"""

import math
import os
import random
import unittest

import torch

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
torch.ops.load_library(os.environ.get('EARSIGHT_OPS', os.path.join(ROOT, 'build', 'Release', 'libearsight_ops.so')))
linear_kl = torch.ops.earsight.linear_kl

CASES = int(os.environ.get('EARSIGHT_CASES', '60'))
DEVICE = os.environ.get('EARSIGHT_DEVICE', 'cpu')
# Tensor cores truncate their sums.
MOST = 1e-5 if DEVICE == 'cpu' else 1e-4


def in_chunks(hidden, perturbed, weight, rows=None, bias=None, temperature=1.0, pairs=70, tokens=100):
    return torch.ops.earsight.linear_kl_by_chunks(hidden, perturbed, weight, rows, bias, temperature, pairs, tokens)


OPERATORS = {'linear_kl': linear_kl, 'in_chunks': in_chunks}


def definition(hidden, perturbed, weight, rows=None, bias=None, temperature=1.0):
    def logp(x):
        z = (x if rows is None else x[rows]).double() @ weight.double().T
        return torch.log_softmax((z if bias is None else z + bias.double()) / temperature, -1)
    p, q = logp(hidden), logp(perturbed)
    return (p.exp() * (p - q)).sum(-1)


class LinearKl(unittest.TestCase):
    def test_agrees_with_the_definition(self):
        for seed in range(CASES):
            rng = random.Random(seed)
            generator = torch.Generator().manual_seed(seed)
            count = rng.choice([1, 2, 15, 17, 64, 65, 128, 129, 300])
            width = rng.choice([1, 2, 7, 33, 64, 515])
            vocabulary = rng.choice([1, 2, 3, 191, 385, 1000])
            noise = rng.choice([1, 0.1, 0.01])
            hidden = torch.randn(count, width, generator=generator)
            weight = torch.randn(vocabulary, width, generator=generator) * 3 / math.sqrt(width)
            perturbed = hidden + noise * torch.randn(count, width, generator=generator)
            rows = torch.randint(0, count, (count + 3,), generator=generator) if rng.random() < 0.5 else None
            bias = torch.randn(vocabulary, generator=generator) if rng.random() < 0.5 else None
            for dtype in (torch.bfloat16, torch.float16, torch.float32, torch.float64):
                case = [x.to(DEVICE, dtype) for x in (hidden, perturbed, weight)]
                case += [None if rows is None else rows.to(DEVICE), None if bias is None else bias.to(DEVICE, dtype)]
                case.append(rng.choice([1.0, 0.7, 2.5]))
                wanted = definition(*case)
                for name, operator in OPERATORS.items():
                    with self.subTest(seed=seed, dtype=dtype, operator=name):
                        found = operator(*case)
                        self.assertEqual(found.dtype, torch.float64 if dtype == torch.float64 else torch.float32)
                        self.assertLessEqual((found.double() - wanted).abs().max().item(), MOST)

    def test_strides(self):
        wide = torch.full((20, 40), math.nan, device=DEVICE)
        hidden, perturbed, weight = (torch.randn(rows, 32, device=DEVICE) for rows in (20, 20, 90))
        strided = wide[:, 3:35].copy_(hidden)
        for name, operator in OPERATORS.items():
            wanted = operator(hidden, perturbed, weight)
            for case in ((strided, perturbed, weight), (hidden, perturbed.T.contiguous().T, weight.T.contiguous().T)):
                found = operator(*case)
                with self.subTest(operator=name):
                    self.assertLessEqual((found - wanted).abs().max().item(), MOST)
                    if operator is linear_kl and DEVICE == 'cpu':
                        self.assertTrue(torch.equal(found, wanted))

    def test_scores_of_any_size(self):
        eye = torch.eye(700, device=DEVICE)
        for height in (1e4, 1e30):
            for operator in OPERATORS.values():
                kl = operator(eye[[3, 3]], eye[[650, 3]], eye * height).tolist()
                self.assertAlmostEqual(kl[0] / height, 1, 5)
                self.assertEqual(kl[1], 0)

    def test_it_has_no_gradient(self):
        hidden, weight = torch.randn(2, 3, device=DEVICE), torch.randn(4, 3, device=DEVICE, requires_grad=True)
        for operator in OPERATORS.values():
            self.assertRaisesRegex(Exception, 'weight: requires a gradient', operator, hidden, hidden, weight)
            with torch.no_grad():
                self.assertEqual(operator(hidden, hidden, weight).tolist(), [0.0, 0.0])


if __name__ == '__main__':
    unittest.main()
