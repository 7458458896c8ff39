"""earsight::av_attention and av_plan from Python, against the dense float64 reference beside this file.

EARSIGHT_OPS names the operator library, EARSIGHT_CASES the number of random forests, EARSIGHT_DEVICE where q, k and v
live. Run with: python -m unittest -v test_av_attention  (in this folder)
"""

import os
import random
import unittest

import torch

import reference

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
torch.ops.load_library(os.environ.get('EARSIGHT_OPS', os.path.join(ROOT, 'build', 'Release', 'libearsight_ops.so')))
av_attention, av_plan = torch.ops.earsight.av_attention, torch.ops.earsight.av_plan

CASES = int(os.environ.get('EARSIGHT_CASES', '200'))
DEVICE = os.environ.get('EARSIGHT_DEVICE', 'cpu')
DENSE = os.environ.get('EARSIGHT_AV_ATTENTION') == 'dense'
ALL = -1  # a gate of eight 0xff bytes


def table(rows):
    return torch.tensor(rows, dtype=torch.int64).view(-1, 8)


def gate_bytes(values):
    word = sum(value << (8 * m) for m, value in enumerate(values))
    return word - (1 << 64) if word >> 63 else word


def random_parent(rng, levels, deep):
    """An earlier node, mostly the last one in a deep forest; -1 for a root."""
    parents = [i for i, level in enumerate(levels) if level < 16]
    if not parents or rng.random() >= (0.95 if deep else 0.7):
        return -1
    return rng.choice(parents[-rng.choice([1, 1, 1, 3]):] if deep else parents)


def random_forest(rng):
    """Node rows with shuffled query ranges, gaps, empty ranges, key ranges anywhere in a larger buffer."""
    nodes, levels, q, k = [], [], 0, rng.randrange(4)
    lengths = [0, 1, 1, 2, 3, 5, 8, 15, 16, 17, 30]
    deep = rng.random() < 0.3
    for _ in range(rng.choice([9, 18, 24] if deep else [1, 2, 3, 5, 9])):
        parent = random_parent(rng, levels, deep)
        queries = rng.choice(lengths)
        keys = queries if rng.random() < 0.6 else rng.choice(lengths)
        gate = rng.choice([ALL, ALL, 0, gate_bytes([rng.randrange(256) for _ in range(8)]), gate_bytes([5] * 8)])
        nodes.append([q, q + queries, k, k + keys, parent, int(rng.random() < 0.6),
                      rng.choice([-1, -1, -1, 0, 1, 4, 20, 1 << 62]), gate])
        levels.append(1 if parent < 0 else levels[parent] + 1)
        q += queries + rng.choice([0, 0, 2])
        k += keys + rng.choice([0, 0, 3])
    return nodes, q, k


def random_case(seed):
    rng = random.Random(seed)
    nodes, tq, tk = random_forest(rng)
    same_length = rng.random() < 0.3
    if same_length:
        tq = tk = max(tq, tk)
    generator = torch.Generator().manual_seed(seed)
    heads, group = rng.choice([(1, 1), (2, 1), (1, 3), (2, 2), (1, 7)])
    width, value_width = 2 * rng.choice([1, 4, 16, 33]), rng.choice([1, 8, 32, 40])

    def normal(*shape):
        return torch.randn(*shape, dtype=torch.float64, generator=generator)

    case = {'nodes': nodes, 'q': normal(tq, heads * group, width), 'k': normal(tk, heads, width),
            'v': normal(tk, heads, value_width)}
    if rng.random() < 0.7:
        case['modality'] = torch.randint(0, 8 if rng.random() < 0.5 else 2, (tk,), generator=generator).to(torch.uint8)
    if rng.random() < 0.5:
        case['query_modality'] = torch.randint(0, 8, (tq,), generator=generator).to(torch.uint8)
    if rng.random() < 0.5:
        angles = normal(tq, width // 2)
        case['cos'], case['sin'] = angles.cos().float(), angles.sin().float()
        if tq != tk or rng.random() < 0.5:
            angles = normal(tk, width // 2)
            case['key_cos'], case['key_sin'] = angles.cos().float(), angles.sin().float()
    if rng.random() < 0.3:
        case['scale'] = rng.uniform(0.2, 1.5) * width**-0.5
    return case


def tuned_case(width, seed):
    """A prompt with children and a window beside it, several tiles long and with edges in them; 7 query heads a key head."""
    rng, generator = random.Random(seed), torch.Generator().manual_seed(seed)
    nodes, end = [], 0
    for parent, causal, gate in [(-1, 1, ALL), (0, 1, ALL), (0, 1, gate_bytes([5] * 8)), (1, 1, ALL), (-1, 0, ALL)]:
        length = rng.choice([31, 33, 64, 95, 129, 193])
        nodes.append([end, end + length, end, end + length, parent, causal, -1, gate])
        end += length
    angles = torch.randn(end, width // 2, generator=generator)
    q, k, v = (torch.randn(end, heads, width, dtype=torch.float64, generator=generator) for heads in (14, 2, 2))
    return {'nodes': nodes, 'q': q, 'k': k, 'v': v, 'cos': angles.cos(), 'sin': angles.sin(),
            'modality': torch.randint(0, 3, (end,), generator=generator).to(torch.uint8)}


def call(case, dtype, device=DEVICE, **more):
    """-> leaves q, k, v and the operator's results."""
    case = dict(case)
    leaves = [case.pop(name).to(device, dtype).requires_grad_() for name in 'qkv']
    nodes = table(case.pop('nodes'))
    options = {name: value.to(device) if name.endswith(('cos', 'sin')) else value for name, value in case.items()}
    return leaves, av_attention(*leaves, nodes, **options, **more)


def expected(case, dtype, rotated_dtype=None):
    case = dict(case)
    leaves = [case.pop(name).to(dtype).double().requires_grad_() for name in 'qkv']
    return leaves, reference.attention(*leaves, **case, rotated_dtype=rotated_dtype)


def relative(a, b):
    return ((a.double().cpu() - b).norm() / b.norm().clamp_min(1e-30)).item()


TOLERANCE = {
    # out, gradients (relative Frobenius), lse and mass (absolute)
    torch.float64: (1e-12, 1e-11, 1e-12, 1e-12),
    torch.float32: (1e-5, 5e-5, 1e-5, 1e-5),
    torch.bfloat16: (4e-3, 5e-3, 1e-4, 2e-3),
}


class Random(unittest.TestCase):
    def check(self, seed, dtype, case=None):
        case = case or random_case(seed)
        if dtype == torch.bfloat16 and case.get('cos') is not None:
            # Products in bf16 round rotated rows to bf16, as models do; kernels that widen to float32 do not.
            try:
                return self.compare(seed, dtype, case, rotated_dtype=dtype)
            except AssertionError:
                pass
        self.compare(seed, dtype, case)

    def compare(self, seed, dtype, case, rotated_dtype=None):
        tolerance_out, tolerance_grad, tolerance_lse, tolerance_mass = TOLERANCE[dtype]
        if rotated_dtype is not None:
            # float32 may round a rotated element to the other side of a tie: one unit of bf16 in one product of the sum.
            q, k = (2 ** 0.5 * case[name].abs().max().item() if case[name].numel() else 0 for name in 'qk')
            tolerance_lse = max(tolerance_lse, 2 ** -7 * (case.get('scale') or case['q'].shape[-1] ** -0.5) * q * k)
        generator = torch.Generator().manual_seed(seed + 1)
        (out_leaves, actual), (ref_leaves, wanted) = call(case, dtype, mass_mode='head'), expected(case, dtype, rotated_dtype)
        for tensor, shape in zip(actual, wanted):
            self.assertEqual(tensor.shape, shape.shape)
            self.assertTrue(tensor.is_contiguous())
        self.assertEqual(actual[0].dtype, dtype)
        self.assertEqual(actual[1].dtype, torch.float64 if dtype == torch.float64 else torch.float32)
        self.assertEqual(actual[2].dtype, actual[1].dtype)
        out, lse, mass = (x.detach() for x in wanted)
        self.assertLessEqual(relative(actual[0].detach(), out), tolerance_out)
        alive = lse.isfinite()
        self.assertTrue(torch.equal(actual[1].detach().cpu().isneginf(), ~alive))
        if alive.any():
            self.assertLessEqual((actual[1].detach().cpu().double() - lse)[alive].abs().max().item(), tolerance_lse)
            self.assertLessEqual((actual[2].detach().cpu().sum(-1)[alive] - 1).abs().max().item(), 1e-5)
        if mass.numel():
            self.assertLessEqual((actual[2].detach().cpu().double() - mass).abs().max().item(), tolerance_mass)

        weights = [torch.randn(x.shape, dtype=torch.float64, generator=generator) for x in wanted]
        # The upstream gradient is rounded as the output is, so that only the operator's own error is measured.
        weights[0] = weights[0].to(dtype).double()

        def loss(results):
            total = 0
            for result, weight in zip(results, weights):
                weight = weight.to(result.device, result.dtype)
                total = total + (result.masked_fill(result.isneginf(), 0) * weight).double().sum()
            return total

        loss(actual).backward()
        if wanted[0].requires_grad and alive.any():
            loss(wanted).backward()
        eager_leaves = [None] * 3
        if dtype == torch.bfloat16 and alive.any():
            # The error of a few rows in bf16 is no average: its limit is PyTorch's error in the same arithmetic.
            eager_leaves = [x.detach().cpu().clone().requires_grad_() for x in out_leaves]
            inputs = {name: value for name, value in case.items() if name not in 'qkv'}
            loss(reference.attention(*eager_leaves, **inputs, dtype=dtype)).backward()
        for leaf, ref, eager in zip(out_leaves, ref_leaves, eager_leaves):
            grad = torch.zeros_like(ref) if ref.grad is None else ref.grad
            self.assertTrue(leaf.grad.isfinite().all())
            if grad.norm() > 1e-9:
                allowed = tolerance_grad
                if eager is not None and eager.grad is not None:
                    allowed = max(allowed, 1.1 * relative(eager.grad, grad))
                self.assertLessEqual(relative(leaf.grad, grad), allowed)
            else:
                self.assertLessEqual(leaf.grad.double().norm().item(), 1e-3 if dtype == torch.bfloat16 else 1e-6)

    def test_forests_in_float64(self):
        for seed in range(CASES):
            with self.subTest(seed=seed):
                self.check(seed, torch.float64)

    def test_forests_in_float32(self):
        for seed in range(CASES):
            with self.subTest(seed=seed):
                self.check(10_000 + seed, torch.float32)

    def test_forests_in_bfloat16(self):
        for seed in range(CASES // 2):
            with self.subTest(seed=seed):
                self.check(20_000 + seed, torch.bfloat16)

    def test_shapes_that_kernels_are_tuned_for(self):
        for dtype in (torch.bfloat16, torch.float32):
            for width in (32, 64, 72, 80, 96, 128):
                with self.subTest(width=width, dtype=dtype):
                    self.check(50_000 + width, dtype, tuned_case(width, width))

    def test_mean_and_node_mass_follow_from_head_mass(self):
        for seed in range(30_000, 30_000 + CASES // 4):
            with self.subTest(seed=seed):
                case = random_case(seed)
                _, (_, _, mass) = expected(case, torch.float64)
                _, (_, _, mean) = call(case, torch.float64, mass_mode='mean')
                _, (_, _, by_node) = call(case, torch.float64, mass_mode='node')
                _, (_, _, none) = call(case, torch.float64)
                wanted = torch.zeros(len(case['nodes']), 8, 8, dtype=torch.float64)
                for a, node in enumerate(case['nodes']):
                    for i in range(node[0], node[1]):
                        m = int(case['query_modality'][i]) if 'query_modality' in case else 0
                        wanted[a, m] += mass[:, i].mean(0)
                torch.testing.assert_close(mean.cpu(), mass.mean(0), rtol=0, atol=1e-12)
                torch.testing.assert_close(by_node.cpu(), wanted, rtol=0, atol=1e-11)
                self.assertEqual(none.numel(), 0)

    def test_a_plan_changes_nothing(self):
        for seed in range(40_000, 40_000 + CASES // 4):
            with self.subTest(seed=seed):
                case = random_case(seed)
                plan = av_plan(table(case['nodes']), case.get('modality'), case.get('query_modality'),
                               case['q'].shape[0], case['k'].shape[0])
                for with_plan, without in zip(call(case, torch.float32, plan=plan)[1], call(case, torch.float32)[1]):
                    self.assertTrue(torch.equal(with_plan, without))


class Gradients(unittest.TestCase):
    NODES = [[0, 3, 2, 6, -1, 1, -1, ALL], [3, 5, 6, 8, 0, 1, -1, gate_bytes([5] * 8)], [5, 8, 8, 10, 0, 0, 2, ALL],
             [8, 9, 10, 12, 2, 1, -1, 0], [9, 10, 12, 14, 2, 1, 3, ALL]]

    def inputs(self):
        generator = torch.Generator().manual_seed(5)
        shapes = [(11, 4, 4), (15, 2, 4), (15, 2, 3)]
        leaves = [torch.randn(*s, dtype=torch.float64, generator=generator, requires_grad=True) for s in shapes]
        modality = torch.arange(15).remainder(3).to(torch.uint8)
        angles = torch.randn(26, 2, generator=generator)
        tables = {'cos': angles[:11].cos(), 'sin': angles[:11].sin(), 'key_cos': angles[11:].cos(), 'key_sin': angles[11:].sin()}
        return leaves, modality, tables

    def function(self, modality, tables, mass_mode):
        def run(q, k, v):
            out, lse, mass = av_attention(q, k, v, table(self.NODES), modality, mass_mode=mass_mode, **tables)
            return out, lse.masked_fill(lse.isneginf(), 0), mass
        return run

    def test_gradcheck_through_out_lse_and_mass(self):
        leaves, modality, tables = self.inputs()
        for mode in ['head', 'mean', 'node']:
            self.assertTrue(torch.autograd.gradcheck(self.function(modality, tables, mode), leaves))

    def test_gradgradcheck(self):
        leaves, modality, tables = self.inputs()
        run = self.function(modality, tables, 'mean')
        self.assertTrue(torch.autograd.gradgradcheck(run, leaves, fast_mode=True))


class Edges(unittest.TestCase):
    def normal(self, *shape):
        return torch.randn(*shape, generator=self.generator).to(DEVICE)

    def setUp(self):
        self.generator = torch.Generator().manual_seed(7)

    def test_nothing_visible_gives_zeros_and_zero_gradients(self):
        for nodes, tq, tk in [([], 3, 4), ([], 0, 0), ([[0, 3, 0, 0, -1, 1, -1, ALL]], 3, 4), ([[0, 3, 0, 4, -1, 1, -1, 0]], 3, 4),
                              ([[0, 0, 0, 4, -1, 0, -1, ALL]], 3, 4)]:
            leaves = [self.normal(*s).requires_grad_() for s in [(tq, 2, 4), (tk, 1, 4), (tk, 1, 6)]]
            for mode, shape in [('head', (2, tq, 8)), ('mean', (tq, 8)), ('node', (len(nodes), 8, 8)), ('none', (0,))]:
                out, lse, mass = av_attention(*leaves, table(nodes), mass_mode=mode)
                self.assertEqual((tuple(out.shape), tuple(lse.shape), tuple(mass.shape)), ((tq, 2, 6), (2, tq), shape))
                self.assertTrue((out == 0).all() and lse.isneginf().all() and (mass == 0).all())
                grads = torch.autograd.grad(out.sum() + mass.sum(), leaves)
                self.assertTrue(all((grad == 0).all() for grad in grads))

    def test_nan_outside_every_node_has_no_effect(self):
        nan = float('nan')
        q, k, v = self.normal(8, 2, 4), self.normal(9, 2, 4), self.normal(9, 2, 4)
        nodes = table([[0, 3, 0, 3, -1, 1, -1, ALL], [3, 7, 3, 8, -1, 0, -1, ALL]])
        wanted = av_attention(q, k, v, nodes)[0][:7]
        for tensor, row in [(q, 7), (k, 8), (v, 8)]:
            tensor[row] = nan
        self.assertTrue(torch.equal(av_attention(q, k, v, nodes)[0][:7], wanted))

    def test_a_nan_key_reaches_only_the_rows_that_see_it(self):
        q, k, v = self.normal(6, 2, 4), self.normal(6, 2, 4), self.normal(6, 2, 4)
        k[3] = float('nan')
        out = av_attention(q, k, v, table([[0, 6, 0, 6, -1, 1, -1, ALL]]))[0]
        self.assertTrue(out[:3].isfinite().all() and out[3:].isnan().all())

    def test_logits_of_ten_thousand(self):
        q, k, v = self.normal(4, 1, 8) * 300, self.normal(40, 1, 8) * 300, self.normal(40, 1, 3)
        nodes = [[0, 0, 0, 20, -1, 0, -1, ALL], [0, 4, 20, 40, 0, 1, -1, ALL]]
        out, lse, _ = av_attention(q, k, v, table(nodes))
        wanted_out, wanted_lse, _ = reference.attention(q.cpu(), k.cpu(), v.cpu(), nodes)
        torch.testing.assert_close(out.cpu().double(), wanted_out, rtol=1e-2, atol=1e-2)
        torch.testing.assert_close(lse.cpu().double(), wanted_lse, rtol=1e-5, atol=0)

    def test_any_strides(self):
        packed = self.normal(12, 10, 8)
        q, k, v = packed[:, :4], packed[:, 4:6], packed.transpose(1, 2)[:, 6:8, :5]
        nodes = table([[0, 12, 0, 12, -1, 1, -1, ALL]])
        wanted = av_attention(q.contiguous(), k.contiguous(), v.contiguous(), nodes)
        for got, want in zip(av_attention(q, k, v, nodes), wanted):
            self.assertTrue(torch.equal(got, want))

    # Memory that is not written costs nothing there.
    @unittest.skipUnless(DEVICE == 'cpu' and not DENSE, 'kernels on the CPU only')
    def test_elements_beyond_two_to_the_31(self):
        rows = 2**24 + 40
        far = slice(rows - 40, rows)
        q, k, v = (torch.randn(40, 1, 128, generator=self.generator).bfloat16() for _ in range(3))
        large_k, large_v = (torch.empty(rows, 1, 128, dtype=torch.bfloat16) for _ in range(2))
        large_k[far], large_v[far] = k, v
        out = av_attention(q, large_k, large_v, table([[0, 40, rows - 40, rows, -1, 1, -1, ALL]]))[0]
        self.assertTrue(torch.equal(out, av_attention(q, k, v, table([[0, 40, 0, 40, -1, 1, -1, ALL]]))[0]))

    def test_the_same_bits_on_any_thread_count(self):
        case = random_case(4)
        threads, results = torch.get_num_threads(), []
        for count in (1, 2):
            torch.set_num_threads(count)
            leaves, (out, lse, mass) = call(case, torch.float32, mass_mode='head')
            (out.sum() + lse.masked_fill(lse.isneginf(), 0).sum() + mass.square().sum()).backward()
            results.append([out, lse, mass] + [leaf.grad for leaf in leaves])
        torch.set_num_threads(threads)
        self.assertTrue(all(torch.equal(a, b) for a, b in zip(*results)))


class Errors(unittest.TestCase):
    GOOD = [0, 2, 0, 3, -1, 1, -1, ALL]

    def plan(self, *rows, tq=8, tk=9, modality=None):
        return av_plan(table(rows), modality, None, tq, tk)

    def test_messages_of_node_tables(self):
        def changed(column, value, row=self.GOOD):
            row = list(row)
            row[column] = value
            return row

        child = [2, 3, 3, 4, 0, 1, -1, ALL]
        for rows, message in [
            ([changed(0, -1)], r'node 0, column q0: expected 0..8 \(rows of q\), got -1'),
            ([changed(1, 9)], r'node 0, column q1: expected 0..8 \(from q0 to the rows of q\), got 9'),
            ([changed(3, 10)], r'node 0, column k1: .* got 10'),
            ([changed(2, 4)], r'node 0, column k1: expected 4..9 .* got 3'),
            ([changed(4, 0)], r'node 0, column parent: expected -1..-1 .* got 0'),
            ([self.GOOD, changed(4, -2, child)], r'node 1, column parent: .* got -2'),
            ([changed(5, 2)], r'node 0, column causal: expected 0..1 .* got 2'),
            ([changed(6, -2)], r'node 0, column window: .* got -2'),
            ([self.GOOD, changed(0, 1, child)], r'node 1, column q0: query rows \[1, 3\) overlap those of node 0 \[0, 2\)'),
            ([self.GOOD, changed(2, 2, child)], r'node 1, column k0: key rows \[2, 4\) overlap those of its ancestor node 0'),
            ([[0, 0, 0, 0, i - 1, 0, -1, ALL] for i in range(17)],
             r'node 16, column parent: node 15 is at level 16 and a forest has at most 16 levels'),
        ]:
            with self.subTest(message=message):
                self.assertRaisesRegex(ValueError, message, self.plan, *rows)

    def test_messages_of_tensors(self):
        x, nodes = torch.zeros(3, 2, 4), table([[0, 3, 0, 3, -1, 1, -1, ALL]])
        bytes_ = torch.zeros(3, dtype=torch.uint8)
        cos = torch.zeros(3, 2)
        for error, message, args, options in [
            (ValueError, 'q: expected shape', (x[0], x, x), {}),
            (TypeError, 'k: expected q.s dtype Float, got Double', (x, x.double(), x), {}),
            (TypeError, 'q: expected float32', (x.int(), x.int(), x.int()), {}),
            (ValueError, 'k: expected q.s width 4, got 3', (x, x[..., :3], x), {}),
            (ValueError, 'v: expected k.s rows', (x, x, x[:2]), {}),
            (ValueError, 'q: expected a multiple of k.s 2 heads, got 3', (torch.zeros(3, 3, 4), x, x), {}),
            (TypeError, 'modality: expected dtype uint8, got Long', (x, x, x), {'modality': bytes_.long()}),
            (ValueError, r'modality: expected shape \[3\]', (x, x, x), {'modality': bytes_[:2]}),
            (ValueError, 'query_modality: row 0: expected a modality 0..7, got 8', (x, x, x), {'query_modality': bytes_ + 8}),
            (ValueError, 'sin: missing', (x, x, x), {'cos': cos}),
            (ValueError, r'sin: expected shape \[3, 2\]', (x, x, x), {'cos': cos, 'sin': cos[:2]}),
            (ValueError, 'even head width, got 3', (x[..., :3], x[..., :3], x), {'cos': cos, 'sin': cos}),
            (ValueError, 'key_cos: needed where', (x[:2], x, x), {'cos': cos[:2], 'sin': cos[:2]}),
            (ValueError, 'mass_mode: expected none, head, mean or node, got max', (x, x, x), {'mass_mode': 'max'}),
        ]:
            with self.subTest(message=message):
                rows = table([[0, 2, 0, 3, -1, 1, -1, ALL]]) if args[0].dim() == 3 and args[0].shape[0] == 2 else nodes
                self.assertRaisesRegex(error, message, av_attention, *args, rows, **options)
        self.assertRaisesRegex(TypeError, 'nodes: expected dtype int64', av_attention, x, x, x, nodes.int())
        self.assertRaisesRegex(ValueError, r'nodes: expected shape \[N, 8\]', av_attention, x, x, x, nodes[:, :7])

    def test_plans_of_another_input(self):
        x, nodes = torch.zeros(3, 2, 4), table([[0, 3, 0, 3, -1, 1, -1, ALL]])
        plan = av_plan(nodes, None, None, 3, 3)
        other = table([[0, 3, 0, 3, -1, 0, -1, ALL]])
        modality = torch.ones(3, dtype=torch.uint8)
        for message, rows, options in [
            ('made from another node table', other, {'plan': plan}),
            ('made from other modalities', nodes, {'plan': plan, 'modality': modality}),
            ('made for 4 rows of q and 3 of k, got 3 and 3', nodes, {'plan': av_plan(nodes, None, None, 4, 3)}),
            ('expected the tensor that av_plan returned', nodes, {'plan': plan[:-1].clone()}),
            ('expected the tensor that av_plan returned', nodes, {'plan': torch.zeros(100)}),
        ]:
            with self.subTest(message=message):
                self.assertRaisesRegex(ValueError, message, av_attention, x, x, x, rows, **options)


if __name__ == '__main__':
    unittest.main()
