"""Measures attention on a GPU. Reads a job as JSON from stdin:

    { library, torch, samples, rows: [ { id, nodes, modality, heads, keyHeads, width, dtype } ] }

and writes one JSON object a line to stdout: `skipped` with a reason where there is no GPU, else the device and its
ceilings, one line a row, the ceilings again. Contestants take turns; times are from CUDA events.
"""

import json
import os
import sys

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

import reference
from contestants import Earsight, Operands, Sdpa, SdpaDenseMask, heads_first, rows_first
from forest import Forest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import contest  # noqa: E402
from machine import emit  # noqa: E402

DEVICE = 'cuda'
LARGEST_CHECKED = 5000  # rows; the float64 reference is a dense square


def milliseconds(function):
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    result = function()
    end.record()
    end.synchronize()
    return start.elapsed_time(end), result


def median(values):
    return sorted(values)[len(values) // 2]


def ceilings():
    """FLOP/s of a bfloat16 matrix product, bytes a second of a copy (read and written)."""
    a, b = (torch.randn(8192, 8192, device=DEVICE, dtype=torch.bfloat16) for _ in range(2))
    source = torch.randn(1 << 29, device=DEVICE)
    target = torch.empty_like(source)
    product = median([milliseconds(lambda: a @ b)[0] for _ in range(10)])
    copy = median([milliseconds(lambda: target.copy_(source))[0] for _ in range(10)])
    return {'mmBfloat16': 2e3 * 8192**3 / product, 'copy': 2e3 * source.nbytes / copy}


class Planned(Earsight):
    """The plan is built once a batch: layers share it."""

    def __init__(self, operands, forest):
        super().__init__(operands, forest)
        self.plan = torch.ops.earsight.av_plan(self.nodes, self.modality, None, *self.rows)

    def forward(self):
        return torch.ops.earsight.av_attention(*self.leaves, self.nodes, self.modality, plan=self.plan)[0]


def sdpa_on(backend):
    class OnBackend(Sdpa):
        def forward(self):
            with sdpa_kernel(backend):
                return super().forward()

    return OnBackend


class DenseMask(SdpaDenseMask):
    def __init__(self, operands, forest):
        super().__init__(operands, forest)
        self.mask = self.mask.to(DEVICE)


class Flex:
    """FlexAttention, compiled, with the block mask built beforehand."""

    def __init__(self, operands, forest):
        from torch.nn.attention.flex_attention import create_block_mask, flex_attention

        torch._dynamo.reset()
        index = torch.full((forest.tq,), -1, device=DEVICE)
        # Rows of q and k are the same here, and a forest has two levels.
        parent, gate, causal = index.clone(), index.clone(), index.clone()
        for number, row in enumerate(forest.rows):
            rows = slice(*row[:2])
            index[rows], parent[rows], causal[rows], gate[rows] = number, row[4], row[5], row[6]
        modality = torch.zeros_like(index) if forest.modality is None else forest.modality.to(DEVICE).long()

        def visible(_batch, _head, q, k):
            own = (index[q] == index[k]) & ((q >= k) | (causal[q] == 0))
            return (own | (parent[q] == index[k])) & (((gate[q] >> modality[k]) & 1) == 1)

        self.leaves = [heads_first(x).contiguous().requires_grad_() for x in (operands.q, operands.k, operands.v)]
        self.dout = heads_first(operands.dout).contiguous()
        self.mask = create_block_mask(visible, None, None, forest.tq, forest.tk, device=DEVICE)
        self.attention = torch.compile(flex_attention, dynamic=False)

    def forward(self):
        return self.attention(*self.leaves, block_mask=self.mask, enable_gqa=True)

    def backward(self, out):
        return torch.autograd.grad(out, self.leaves, self.dout)

    def packed(self, out, gradients):
        return [rows_first(x) for x in (out, *gradients)]


ALTERNATIVES = {
    'sdpa_flash': sdpa_on(SDPBackend.FLASH_ATTENTION),
    'sdpa_cudnn': sdpa_on(SDPBackend.CUDNN_ATTENTION),
    'sdpa_dense_mask': DenseMask,
    'flex': Flex,
}


def suits(name, forest):
    """One SDPA call needs independent nodes of equal size; the others need the same rows of q and k."""
    if name.startswith('sdpa_') and name != 'sdpa_dense_mask':
        sizes = {(row[1] - row[0], row[3] - row[2], row[5]) for row in forest.rows}
        return len(sizes) == 1 and all(row[4] < 0 for row in forest.rows) and forest.modality is None
    if name == 'sdpa_dense_mask':
        return forest.tq * forest.tk <= 1 << 27
    return name != 'flex' or forest.tq == forest.tk


def errors(contestant, operands, forest):
    """Relative Frobenius errors of out, dq, dk, dv over the first key head."""
    out = contestant.forward()
    packed = contestant.packed(out, contestant.backward(out))
    heads = reference.query_heads([0], operands.q.shape[1] // operands.k.shape[1])
    ours = [x.detach()[:, chosen].double().cpu() for x, chosen in zip(packed, (heads, heads, [0], [0]))]
    for name in 'q', 'k', 'v', 'dout':
        setattr(operands, name, getattr(operands, name).cpu())
    wanted = reference.attention(operands, forest, [0])
    return [((mine - true).norm() / true.norm()).item() for mine, true in zip(ours, wanted)]


class Turn:
    """One contestant and its samples, in milliseconds."""

    def __init__(self, name, contestant):
        self.name, self.contestant = name, contestant
        self.forward, self.backward = [], []
        for _ in range(3):
            contestant.backward(contestant.forward())

    def sample(self):
        time, out = milliseconds(self.contestant.forward)
        self.forward.append(time)
        self.backward.append(milliseconds(lambda: self.contestant.backward(out))[0])


def measure(spec, samples):
    forest = Forest(spec['nodes'], spec['modality'])
    operands = Operands(spec, forest, DEVICE)
    alternatives = [name for name in ALTERNATIVES if suits(name, forest)]
    kinds = {'earsight': Planned, **ALTERNATIVES}
    turns, skipped = contest.start(alternatives, lambda name, _: Turn(name, kinds[name](operands, forest)))
    contest.take_turns(turns, samples, lambda *_: True)
    times = {turn.name: {'forward': median(turn.forward), 'backward': median(turn.backward)} for turn in turns}
    checked = forest.tq <= LARGEST_CHECKED
    emit('row', id=spec['id'], times=times, skipped=skipped,
        errors=errors(turns[0].contestant, operands, forest) if checked else None)


def main():
    job = json.load(sys.stdin)
    if torch.__version__ != job['torch']:
        sys.exit(f"this Python has torch {torch.__version__}, the library was built for {job['torch']}")
    if not torch.cuda.is_available():
        return emit('skipped', reason='torch finds no GPU')
    torch.ops.load_library(job['library'])
    ceilings()  # warm
    emit('start', device=torch.cuda.get_device_name(), torch=torch.__version__, before=ceilings())
    for spec in job['rows']:
        measure(spec, job['samples'])
    emit('end', after=ceilings())


main()
