"""The contestants of the attention benchmark: earsight's operator, and PyTorch's ways to compute the same.

Each holds its own operands, laid out as it likes them best before the clock starts (PyTorch's heads first and
contiguous, its masks built). `forward()` gives a result, `backward(result)` the gradients, and
`packed(result, gradients)` brings both to [rows, heads, width] for comparison. `compiles`: the first run compiles.
"""

import torch
from torch.nn.functional import scaled_dot_product_attention


class Operands:
    """Random q, k, v and the gradient of the output, packed."""

    def __init__(self, spec, forest, device):
        generator = torch.Generator().manual_seed(1)
        dtype = getattr(torch, spec['dtype'])

        def normal(rows, heads):
            return torch.randn(rows, heads, spec['width'], generator=generator).to(device, dtype)

        self.q, self.dout = (normal(forest.tq, spec['heads']) for _ in range(2))
        self.k, self.v = (normal(forest.tk, spec['keyHeads']) for _ in range(2))


def leaf(tensor):
    return tensor.detach().clone(memory_format=torch.contiguous_format).requires_grad_()


def heads_first(x):
    """[rows, heads, width] -> [1, heads, rows, width]"""
    return x.transpose(0, 1)[None]


def rows_first(x):
    return x[0].transpose(0, 1)


class Earsight:
    """The plan is built in every forward, as if no layer shared it."""

    name = 'earsight'
    compiles = False

    def __init__(self, operands, forest):
        self.leaves = [leaf(x) for x in (operands.q, operands.k, operands.v)]
        self.dout, self.nodes, self.modality = operands.dout, forest.table(), forest.modality
        self.rows = forest.tq, forest.tk

    def forward(self):
        plan = torch.ops.earsight.av_plan(self.nodes, self.modality, None, *self.rows)
        return torch.ops.earsight.av_attention(*self.leaves, self.nodes, self.modality, plan=plan)[0]

    def backward(self, out):
        return torch.autograd.grad(out, self.leaves, self.dout)

    def packed(self, out, gradients):
        return out, *gradients


class Sdpa:
    """One call over nodes of equal size, as a batch."""

    name = 'sdpa'
    compiles = False

    def __init__(self, operands, forest):
        self.nodes = len(forest.rows)
        self.causal = bool(forest.rows[0][5])
        self.leaves = [leaf(self.batched(x)) for x in (operands.q, operands.k, operands.v)]
        self.dout = self.batched(operands.dout).contiguous()

    def batched(self, x):
        return x.view(self.nodes, -1, *x.shape[1:]).transpose(1, 2)

    def forward(self):
        return scaled_dot_product_attention(*self.leaves, is_causal=self.causal, enable_gqa=True)

    def backward(self, out):
        return torch.autograd.grad(out, self.leaves, self.dout)

    def packed(self, out, gradients):
        return [x.transpose(1, 2).flatten(0, 1) for x in (out, *gradients)]


class SdpaCallPerLeaf:
    """One causal call for each path from root to leaf, which computes the prompt again; a mask where there are gates."""

    name = 'sdpa_call_per_leaf'
    compiles = False

    def __init__(self, operands, forest):
        self.operands = operands
        self.calls = []
        first = set()  # nodes whose output has been taken from an earlier call
        for node in forest.leaves():
            path = forest.path(node)
            rows = forest.keys(node)  # q and k have the same rows here
            taken = torch.cat([torch.full((len(forest.queries(a)),), a not in first) for a in path])
            first.update(path)
            mask = None
            if forest.modality is not None and forest.rows[node][6] != 0xFF:
                mask = forest.dense_mask()[rows[:, None], rows]
                mask = torch.zeros(mask.shape, dtype=operands.q.dtype).masked_fill_(~mask, float('-inf'))
            dout = operands.dout[rows] * taken[:, None, None]
            leaves = [leaf(heads_first(x[rows])) for x in (operands.q, operands.k, operands.v)]
            self.calls.append((rows, taken, mask, leaves, heads_first(dout).contiguous()))

    def forward(self):
        return [scaled_dot_product_attention(*leaves, attn_mask=mask, is_causal=mask is None, enable_gqa=True)
                for _, _, mask, leaves, _ in self.calls]

    def backward(self, outs):
        return [torch.autograd.grad(out, leaves, dout) for out, (_, _, _, leaves, dout) in zip(outs, self.calls)]

    def packed(self, outs, gradients):
        total = [torch.zeros_like(x, dtype=torch.float32)
                 for x in (self.operands.q, self.operands.q, self.operands.k, self.operands.v)]
        for out, grads, (rows, taken, *_) in zip(outs, gradients, self.calls):
            total[0][rows[taken]] = rows_first(out)[taken].float()
            for sum_, grad in zip(total[1:], grads):
                sum_.index_add_(0, rows, rows_first(grad).float())
        return total


class SdpaDenseMask:
    """One call over everything, with an additive mask [rows, rows] in the operands' dtype."""

    name = 'sdpa_dense_mask'
    compiles = False

    def __init__(self, operands, forest):
        self.leaves = [leaf(heads_first(x)) for x in (operands.q, operands.k, operands.v)]
        self.dout = heads_first(operands.dout).contiguous()
        hidden = ~forest.dense_mask()
        self.mask = torch.zeros(hidden.shape, dtype=operands.q.dtype).masked_fill_(hidden, float('-inf'))

    def forward(self):
        return scaled_dot_product_attention(*self.leaves, attn_mask=self.mask, enable_gqa=True)

    def backward(self, out):
        return torch.autograd.grad(out, self.leaves, self.dout)

    def packed(self, out, gradients):
        return [rows_first(x) for x in (out, *gradients)]


class Flex:
    """FlexAttention, compiled, with the block mask built beforehand. PyTorch has no backward for it on the CPU."""

    name = 'flex'
    compiles = True
    backward = None

    def __init__(self, operands, forest):
        from torch.nn.attention.flex_attention import create_block_mask, flex_attention

        torch._dynamo.reset()
        node = torch.zeros(forest.tq, dtype=torch.int64)
        parent, gate = node.clone(), node.clone()
        for index, row in enumerate(forest.rows):
            rows = slice(*row[:2])
            node[rows], parent[rows], gate[rows] = index, row[4], row[6]
        modality = torch.zeros(forest.tk, dtype=torch.int64) if forest.modality is None else forest.modality.long()

        def visible(_batch, _head, q, k):
            on_path = ((node[q] == node[k]) & (q >= k)) | (parent[q] == node[k])
            return on_path & ((gate[q] >> modality[k]) & 1 == 1)

        self.operands = [heads_first(x).contiguous() for x in (operands.q, operands.k, operands.v)]
        self.mask = create_block_mask(visible, None, None, forest.tq, forest.tk, device='cpu')
        self.attention = torch.compile(flex_attention, dynamic=False)

    def forward(self):
        return self.attention(*self.operands, block_mask=self.mask, enable_gqa=True)

    def packed(self, out, _gradients):
        return [rows_first(out)]


BY_NAME = {kind.name: kind for kind in (Earsight, Sdpa, SdpaCallPerLeaf, SdpaDenseMask, Flex)}
