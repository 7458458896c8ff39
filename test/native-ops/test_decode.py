"""The operators of decoding from Python: pack_linear, packed_linear, pack_gated, packed_gated, decode_attention and
head_choice, against PyTorch in float64.

EARSIGHT_OPS names the operator library, EARSIGHT_CASES the number of random cases, EARSIGHT_ISA the instruction set. Run
with: python -m unittest -v test_decode  (in this folder)
"""

import os
import random
import unittest

import torch
import torch.nn.functional as F

import reference
from test_av_attention import gate_bytes, random_forest, table

ops = torch.ops.earsight
CASES = int(os.environ.get('EARSIGHT_CASES', '200'))
STORAGES = (torch.float32, torch.bfloat16)


def relative(a, b):
    return ((a.double() - b).norm() / b.norm().clamp_min(1)).item()


class Products(unittest.TestCase):
    def test_random_shapes(self):
        for seed in range(CASES):
            rng = random.Random(seed)
            torch.manual_seed(seed)
            rows, inputs, outputs = rng.choice([1, 2, 5, 9, 40]), rng.choice([1, 7, 64, 300]), rng.choice([1, 31, 33, 160])
            dtype = rng.choice(STORAGES)
            x, weight, up = torch.randn(rows, inputs), torch.randn(outputs, inputs), torch.randn(outputs, inputs)
            bias = torch.randn(outputs) if rng.random() < 0.5 else None
            with self.subTest(seed=seed):
                stored, stored_up = weight.to(dtype).double(), up.to(dtype).double()
                packed = ops.pack_linear(weight, dtype=dtype)
                found = ops.packed_linear(x, packed, outputs, bias)
                expected = F.linear(x.double(), stored, None if bias is None else bias.double())
                self.assertLess(relative(found, expected), 2e-6)
                found = ops.packed_gated(x, ops.pack_gated(weight, up, dtype=dtype), outputs)
                expected = F.silu(F.linear(x.double(), stored)) * F.linear(x.double(), stored_up)
                self.assertLess(relative(found, expected), 4e-6)

    def test_what_the_packed_weights_are(self):
        weight = torch.randn(33, 5)
        packed = ops.pack_linear(weight)
        self.assertEqual((packed.shape, packed.dtype), ((2, 5, 32), torch.float32))
        self.assertEqual(ops.pack_gated(weight, weight).shape, (4, 5, 32))
        self.assertEqual(ops.pack_linear(weight.bfloat16()).dtype, torch.bfloat16)
        meta = weight.to('meta')
        self.assertEqual(ops.packed_linear(meta, ops.pack_linear(torch.empty(40, 5, device='meta')), 40).shape, (33, 40))
        with self.assertRaisesRegex(TypeError, 'pack_linear: dtype: expected float32 or bfloat16, got Half'):
            ops.pack_linear(weight, dtype=torch.float16)
        with self.assertRaisesRegex(ValueError, 'packed_linear: x: expected shape \\[..., 5\\]'):
            ops.packed_linear(torch.ones(1, 4), packed, 33)


class Attention(unittest.TestCase):
    def test_random_forests(self):
        for seed in range(CASES):
            rng = random.Random(seed)
            generator = torch.Generator().manual_seed(seed)
            nodes, tq, tk = random_forest(rng)
            for node in nodes:  # as decoding has them
                node[1] = min(node[1], node[0] + node[3] - node[2])
                node[5] = 1
            heads, group, width = rng.choice([1, 2]), rng.choice([1, 3, 7]), rng.choice([2, 32, 66])
            dtype = rng.choice(STORAGES)
            q, k, v = (torch.randn(rows, count, width, generator=generator)
                       for rows, count in ((tq, heads * group), (tk, heads), (tk, heads)))
            modality = torch.randint(0, 8, (tk,), generator=generator).to(torch.uint8)
            of_queries = torch.zeros(tq, dtype=torch.uint8)
            for q0, q1, _, k1, *_ in nodes:
                of_queries[q0:q1] = modality[k1 - (q1 - q0):k1]
            with self.subTest(seed=seed):
                found = ops.decode_attention(q, k, v, table(nodes), modality, dtype=dtype)
                expected = reference.attention(q.double(), k.to(dtype).double(), v.to(dtype).double(), nodes, modality,
                                               of_queries)[0]
                self.assertLess(relative(found, expected), 1e-5)

    def test_gates_by_modality(self):
        q, k = torch.ones(1, 1, 4), torch.ones(3, 1, 4)
        v = torch.tensor([1.0, 2.0, 4.0]).view(3, 1, 1).expand(3, 1, 4)
        modality = torch.tensor([1, 2, 0], dtype=torch.uint8)
        for visible, expected in ((1, 4.0), (2, 1.0), (6, 1.5), (0, 0.0)):
            nodes = table([[0, 1, 0, 3, -1, 1, -1, gate_bytes([visible] + [0xff] * 7)]])
            found = ops.decode_attention(q, k, v.contiguous(), nodes, modality)
            self.assertAlmostEqual(found[0, 0, 0].item(), expected, places=6)


class Choices(unittest.TestCase):
    def test_draws_follow_the_distribution(self):
        torch.manual_seed(0)
        hidden, head = torch.randn(6, 20), torch.randn(300, 20)
        for temperature in (1.0, 0.6):
            logits = F.linear(hidden.double(), head.double()) / temperature
            p = logits.softmax(-1)
            # The middle of each row's third likeliest token.
            wanted = p.topk(3).indices[:, 2]
            before = (p.cumsum(-1) - p).gather(1, wanted[:, None])[:, 0]
            uniforms = before + p.gather(1, wanted[:, None])[:, 0] / 2
            token, logprob, entropy = ops.head_choice(hidden, ops.pack_linear(head), 300, uniforms,
                                                      temperature=torch.full((6,), temperature))
            self.assertTrue(token.equal(wanted))
            expected = logits.log_softmax(-1)
            self.assertLess((logprob - expected.gather(1, wanted[:, None])[:, 0]).abs().max().item(), 1e-4)
            self.assertLess((entropy + (p * expected).sum(-1)).abs().max().item(), 1e-4)

    def test_greedy_and_limits(self):
        hidden, head = torch.ones(2, 1), torch.tensor([[1.0], [3.0], [2.0]])
        packed, late = ops.pack_linear(head), torch.full((2,), 0.999, dtype=torch.float64)
        greedy = ops.head_choice(hidden, packed, 3, late, temperature=torch.zeros(2))[0]
        self.assertEqual(greedy.tolist(), [1, 1])
        # All tokens; the two likeliest; the likeliest after the penalty.
        self.assertEqual(ops.head_choice(hidden, packed, 3, late)[0].tolist(), [2, 2])
        top = ops.head_choice(hidden, packed, 3, late, top_k=torch.tensor([1, 2]))[0]
        self.assertEqual(top.tolist(), [1, 2])
        seen = torch.tensor([[False, True, False], [False, False, False]])
        penalised = ops.head_choice(hidden, packed, 3, late, temperature=torch.zeros(2), seen=seen,
                                    repetition_penalty=torch.full((2,), 10.0))[0]
        self.assertEqual(penalised.tolist(), [2, 1])


if __name__ == '__main__':
    unittest.main()
