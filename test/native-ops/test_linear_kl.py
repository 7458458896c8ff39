"""earsight::linear_kl from Python, against its definition in float64.

EARSIGHT_OPS names the operator library, EARSIGHT_CASES the number of random cases, EARSIGHT_ISA the instruction set. Run
with: python -m unittest -v test_linear_kl  (in this folder)
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
                with self.subTest(seed=seed, dtype=dtype):
                    case = [x.to(dtype) for x in (hidden, perturbed, weight)]
                    case += [rows, None if bias is None else bias.to(dtype), rng.choice([1.0, 0.7, 2.5])]
                    found, wanted = linear_kl(*case), definition(*case)
                    self.assertEqual(found.dtype, torch.float64 if dtype == torch.float64 else torch.float32)
                    self.assertLessEqual((found.double() - wanted).abs().max().item(), 1e-5)

    def test_strides(self):
        wide = torch.full((20, 40), math.nan)
        hidden, perturbed, weight = torch.randn(20, 32), torch.randn(20, 32), torch.randn(90, 32)
        strided = wide[:, 3:35].copy_(hidden)
        wanted = linear_kl(hidden, perturbed, weight)
        self.assertTrue(torch.equal(linear_kl(strided, perturbed, weight), wanted))
        self.assertTrue(torch.equal(linear_kl(hidden, perturbed.T.contiguous().T, weight.T.contiguous().T), wanted))

    def test_it_has_no_gradient(self):
        hidden, weight = torch.randn(2, 3), torch.randn(4, 3, requires_grad=True)
        self.assertRaisesRegex(Exception, 'weight: requires a gradient', linear_kl, hidden, hidden, weight)
        with torch.no_grad():
            self.assertEqual(linear_kl(hidden, hidden, weight).tolist(), [0.0, 0.0])


if __name__ == '__main__':
    unittest.main()
