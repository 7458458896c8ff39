"""Attention over a node forest in the simplest form: one dense mask from one predicate, in float64.

Shares no method with native/ops (no blocks, no running maximum), so that a common mistake is unlikely.
"""

import torch


def mask_of(nodes, modality, query_modality):
    """mask[i][j]: does row i of q see row j of k?"""
    modality, query_modality = modality.tolist(), query_modality.tolist()
    mask = [[False] * len(modality) for _ in query_modality]
    for a, (q0, q1, k0, k1, _, causal, window, gate) in enumerate(nodes):
        path = [a]
        while nodes[path[0]][4] >= 0:
            path.insert(0, nodes[path[0]][4])
        keys = [(b, j) for b in path for j in range(nodes[b][2], nodes[b][3])]  # along the path, root first
        for i in range(q0, q1):
            here = len(keys) - (q1 - i)  # the last query has the position of the last key
            for there, (b, j) in enumerate(keys):
                future = b == a and causal and there > here
                far = window >= 0 and (here - there if causal else abs(here - there)) > window
                mask[i][j] = not future and not far and bool(gate >> (8 * query_modality[i] + modality[j]) & 1)
    return torch.tensor(mask, dtype=torch.bool).view(len(query_modality), len(modality))


def rotated(x, cos, sin, dtype=None):
    half = x.shape[-1] // 2
    c, s = cos.to(x.dtype)[:, None], sin.to(x.dtype)[:, None]
    result = torch.cat([x[..., :half] * c - x[..., half:] * s, x[..., half:] * c + x[..., :half] * s], -1)
    if dtype is None:
        return result
    # Forward rounds to dtype through float32, in which kernels rotate; the gradient passes unchanged.
    return result + (result.float().to(dtype).double() - result).detach()


def attention(q, k, v, nodes, modality=None, query_modality=None, cos=None, sin=None, key_cos=None, key_sin=None, scale=None,
              rotated_dtype=None, dtype=torch.float64):
    """-> out [Tq, Hq, Dv], lse [Hq, Tq], mass [Hq, Tq, 8], all of `dtype`. rotated_dtype: what rotated rows are rounded to."""
    q, k, v = q.to(dtype), k.to(dtype), v.to(dtype)
    modality = torch.zeros(k.shape[0], dtype=torch.uint8) if modality is None else modality
    query_modality = torch.zeros(q.shape[0], dtype=torch.uint8) if query_modality is None else query_modality
    if cos is not None:
        q = rotated(q, cos, sin, rotated_dtype)
        k = rotated(k, cos if key_cos is None else key_cos, sin if key_sin is None else key_sin, rotated_dtype)
    group = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
    seen = mask_of(nodes, modality, query_modality)
    alive = seen.any(1)
    scores = torch.einsum('ihd,jhd->hij', q, k) * (q.shape[-1] ** -0.5 if scale is None else scale)
    weights = torch.zeros_like(scores)
    lse = torch.full(scores.shape[:2], float('-inf'), dtype=dtype)
    if alive.any():
        live = scores[:, alive].masked_fill(~seen[alive], float('-inf'))
        weights = weights.index_copy(1, alive.nonzero()[:, 0], live.softmax(-1))
        lse = lse.index_copy(1, alive.nonzero()[:, 0], live.logsumexp(-1))
    columns = torch.nn.functional.one_hot(modality.long(), 8).to(dtype)
    return torch.einsum('hij,jhd->ihd', weights, v), lse, weights @ columns
