"""The GPU kernels of av_attention, against the dense float64 reference beside this file: the widths, dtypes and lengths
that they support. EARSIGHT_DEVICE is `cuda` for them; with `cpu` the same cases run on the CPU kernels.

Run with: EARSIGHT_DEVICE=cuda python -m unittest -v test_av_attention_gpu  (in this folder)
"""

import random
import unittest

import torch

import reference
from test_av_attention import ALL, CASES, DEVICE, av_attention, av_plan, gate_bytes, random_parent, relative, table

# Relative Frobenius error of out and of gradients. Rotated rows of q and k are rounded to their dtype before the
# products, as they are where a model rotates them itself; the reference rotates in float64.
UNROTATED, ROTATED = (4e-3, 5e-3), (8e-3, 1e-2)


def long_forest(rng):
    """Node rows with full, partial and shared tiles and blocks."""
    nodes, levels, q, k = [], [], 0, rng.randrange(4)
    lengths = [0, 1, 2, 17, 31, 32, 33, 63, 64, 65, 96, 127, 129, 200]
    deep = rng.random() < 0.3
    for _ in range(rng.choice([9, 18]) if deep else rng.choice([1, 2, 3, 5])):
        parent = random_parent(rng, levels, deep)
        queries = rng.choice(lengths)
        keys = queries if rng.random() < 0.6 else rng.choice(lengths)
        gate = rng.choice([ALL, ALL, 0, gate_bytes([rng.randrange(256) for _ in range(8)]), gate_bytes([5] * 8)])
        nodes.append([q, q + queries, k, k + keys, parent, int(rng.random() < 0.6),
                      rng.choice([-1, -1, 0, 1, 20, 100]), gate])
        levels.append(1 if parent < 0 else levels[parent] + 1)
        q += queries + rng.choice([0, 0, 2])
        k += keys + rng.choice([0, 0, 5])
    return nodes, q, k


class Case:
    """Leaves on the device in `dtype`, the same numbers in float64 on the CPU, options of the call."""

    def __init__(self, seed, dtype):
        rng = random.Random(seed)
        self.nodes, tq, tk = long_forest(rng)
        generator = torch.Generator().manual_seed(seed)
        key_heads, group = rng.choice([(1, 1), (2, 1), (1, 3), (2, 2), (1, 7)])
        width = rng.choice([8, 32, 64, 72, 80, 96, 128])
        value_width = width if rng.random() < 0.6 else rng.choice([8, 24, 64, 80])
        shapes = [(tq, key_heads * group, width), (tk, key_heads, width), (tk, key_heads, value_width)]
        leaves = [torch.randn(*shape, generator=generator).to(dtype) for shape in shapes]
        self.exact = [x.double().requires_grad_() for x in leaves]
        self.leaves = [x.to(DEVICE).requires_grad_() for x in leaves]
        self.options = {}
        if rng.random() < 0.7:
            self.options['modality'] = torch.randint(0, 8, (tk,), generator=generator).to(torch.uint8)
        if rng.random() < 0.5:
            self.options['query_modality'] = torch.randint(0, 8, (tq,), generator=generator).to(torch.uint8)
        self.tables = {}
        if rng.random() < 0.4:
            for prefix, rows in ('', tq), ('key_', tk):
                angles = torch.randn(rows, width // 2, generator=generator)
                self.tables |= {prefix + 'cos': angles.cos(), prefix + 'sin': angles.sin()}
        self.weights = [torch.randn(*shape, generator=generator).to(kind).double()
                        for shape, kind in (((tq, key_heads * group, value_width), dtype),
                                            ((key_heads * group, tq), torch.float32),
                                            ((key_heads * group, tq, 8), torch.float32))]

    def actual(self, **more):
        tables = {name: x.to(DEVICE) for name, x in self.tables.items()}
        return av_attention(*self.leaves, table(self.nodes), **self.options, **tables, mass_mode='head', **more)

    def wanted(self):
        return reference.attention(*self.exact, nodes=self.nodes, **self.options, **self.tables)

    def loss(self, results):
        """Of out, lse and mass, each with a random weight an element."""
        return sum((x.masked_fill(x.isneginf(), 0) * w.to(x.device, x.dtype)).double().sum()
                   for x, w in zip(results, self.weights))

    def score_doubt(self):
        """The largest change of a score by rounding rotated q and k."""
        if not self.tables or 0 in (x.shape[0] for x in self.exact):
            return 0
        q, k = (x.detach().norm(dim=-1).max().item() for x in self.exact[:2])
        return 2 * torch.finfo(self.leaves[0].dtype).eps / 2 * q * k * self.exact[0].shape[2] ** -0.5


class Kernels(unittest.TestCase):
    def check(self, seed, dtype):
        case = Case(seed, dtype)
        for_out, for_gradients = ROTATED if case.tables else UNROTATED
        actual, wanted = case.actual(), case.wanted()
        out, lse, mass = (x.detach().cpu().double() for x in actual)
        true_out, true_lse, true_mass = (x.detach() for x in wanted)
        alive = true_lse.isfinite()
        self.assertLessEqual(relative(out, true_out), for_out)
        self.assertTrue(torch.equal(lse.isneginf(), ~alive))
        self.assertEqual(mass[~alive].abs().sum().item(), 0)
        if alive.any():
            doubt = case.score_doubt()
            self.assertLessEqual((lse - true_lse)[alive].abs().max().item(), 1e-4 + doubt)
            self.assertLessEqual((mass[alive].sum(-1) - 1).abs().max().item(), 1e-5)
            self.assertLessEqual((mass - true_mass).abs().max().item(), 2e-3 + doubt)
        gradients = torch.autograd.grad(case.loss(actual), case.leaves)
        if not alive.any():
            self.assertTrue(all((x == 0).all() for x in gradients))
            return
        for got, true in zip(gradients, torch.autograd.grad(case.loss(wanted), case.exact)):
            # Rows that see a single key have no gradient but what rounding leaves.
            error = (got.cpu().double() - true).norm() / (true.norm() + 1e-3 * true.numel() ** 0.5)
            self.assertLessEqual(error.item(), for_gradients)

    def test_forests_in_bfloat16(self):
        for seed in range(CASES):
            with self.subTest(seed=seed):
                self.check(seed, torch.bfloat16)

    def test_forests_in_float16(self):
        for seed in range(50_000, 50_000 + CASES):
            with self.subTest(seed=seed):
                self.check(seed, torch.float16)

    def test_the_same_bits_in_every_run(self):
        for seed in range(60_000, 60_000 + max(1, CASES // 8)):
            with self.subTest(seed=seed):
                case = Case(seed, torch.bfloat16)
                runs = []
                for _ in range(3):
                    actual = case.actual()
                    runs.append([*actual, *torch.autograd.grad(case.loss(actual), case.leaves)])
                self.assertTrue(all(torch.equal(a, b) for run in runs[1:] for a, b in zip(runs[0], run)))

    def test_a_plan_changes_nothing(self):
        case = Case(3, torch.bfloat16)
        rows = case.leaves[0].shape[0], case.leaves[1].shape[0]
        modalities = case.options.get('modality'), case.options.get('query_modality')
        plan = av_plan(table(case.nodes), *modalities, *rows)
        self.assertTrue(all(torch.equal(a, b) for a, b in zip(case.actual(plan=plan), case.actual())))


class Layouts(unittest.TestCase):
    NODES = [[0, 70, 0, 70, -1, 1, -1, ALL], [70, 150, 70, 150, 0, 1, -1, ALL]]

    def normal(self, *shape):
        return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape))).bfloat16().to(DEVICE)

    def attend(self, *leaves):
        leaves = [x.detach().requires_grad_() for x in leaves]
        out = av_attention(*leaves, table(self.NODES))[0]
        return [out, *torch.autograd.grad(out.float().square().sum(), leaves)]

    def test_heads_of_one_projection_and_unaligned_memory(self):
        packed = self.normal(150, 8, 64)
        apart = self.normal(150 * 8 * 64 + 3)[3:].view(150, 8, 64)
        for x in packed, apart, packed.transpose(0, 1).contiguous().transpose(0, 1):
            views = x[:, :4], x[:, 4:6], x[:, 6:]
            for got, want in zip(self.attend(*views), self.attend(*(view.contiguous().clone() for view in views))):
                self.assertTrue(torch.equal(got, want))

    def test_unwritten_rows_of_a_cache(self):
        q, k, v = (self.normal(150, heads, 128) for heads in (4, 2, 2))
        wanted = self.attend(q, k, v)
        nothing = torch.full((40, 2, 128), float('nan'), dtype=torch.bfloat16, device=DEVICE)
        actual = self.attend(q, torch.cat([k, nothing]), torch.cat([v, nothing]))
        for got, want in zip(actual, wanted):
            self.assertTrue(torch.equal(got[:150], want))
        self.assertTrue(all((x[150:] == 0).all() for x in actual[2:]))

    def test_a_shared_prompt_equals_one_prompt_each(self):
        q, k, v = (self.normal(100 + 3 * 20, heads, 64) for heads in (4, 2, 2))
        children = [[100 + 20 * i, 120 + 20 * i, 100 + 20 * i, 120 + 20 * i, 0, 1, -1, ALL] for i in range(3)]
        shared = av_attention(q, k, v, table([[0, 100, 0, 100, -1, 1, -1, ALL], *children]))[0]
        for child in children:
            rows = torch.cat([torch.arange(100), torch.arange(*child[:2])]).to(DEVICE)
            alone = av_attention(q[rows], k[rows], v[rows], table([[0, 120, 0, 120, -1, 1, -1, ALL]]))[0]
            self.assertLessEqual(relative(shared[rows], alone.double().cpu()), 1e-3)

    def test_gates_equal_removed_keys(self):
        q, k, v = (self.normal(200, heads, 80) for heads in (3, 3, 3))
        modality = torch.arange(200).remainder(5).clamp_max(1).to(torch.uint8)
        kept = (modality == 1).nonzero().flatten().to(DEVICE)
        gated = av_attention(q, k, v, table([[0, 200, 0, 200, -1, 0, -1, gate_bytes([2] * 8)]]), modality)[0]
        fewer = av_attention(q, k[kept], v[kept], table([[0, 200, 0, len(kept), -1, 0, -1, ALL]]))[0]
        self.assertLessEqual(relative(gated, fewer.double().cpu()), 1e-3)


if __name__ == '__main__':
    unittest.main()
