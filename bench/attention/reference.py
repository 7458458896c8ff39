"""Attention and its gradients in float64, a node and a head at a time, for the errors of the attention benchmark."""

import torch


def attention(operands, forest, key_heads):
    """-> out and dq over the query heads of `key_heads`, dk and dv over these: float64 [rows, heads, width]."""
    group = operands.q.shape[1] // operands.k.shape[1]
    scale = operands.q.shape[2] ** -0.5
    heads = query_heads(key_heads, group)
    q, dout = operands.q[:, heads].double(), operands.dout[:, heads].double()
    k, v = operands.k[:, key_heads].double(), operands.v[:, key_heads].double()
    out, dq, dk, dv = (torch.zeros_like(x) for x in (q, q, k, v))
    for node in range(len(forest.rows)):
        rows, keys, visible = forest.queries(node), forest.keys(node), forest.visible(node)
        for h in range(len(heads)):
            kh = h // group
            scores = (q[rows, h] @ k[keys, kh].T * scale).masked_fill_(~visible, float('-inf'))
            weights = scores.softmax(-1)
            out[rows, h] = weights @ v[keys, kh]
            dv[keys, kh] += weights.T @ dout[rows, h]
            dscores = dout[rows, h] @ v[keys, kh].T
            dscores -= (dscores * weights).sum(-1, keepdim=True)
            dscores *= weights * scale
            dq[rows, h] = dscores @ k[keys, kh]
            dk[keys, kh] += dscores.T @ q[rows, h]
    return out, dq, dk, dv


def query_heads(key_heads, group):
    return [head * group + i for head in key_heads for i in range(group)]
