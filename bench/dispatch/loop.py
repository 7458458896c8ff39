"""The Python contestant of bench/dispatch.mjs. Reads lines "case warm count", runs the case
`warm` times, then `count` times, and answers the nanoseconds of these."""

import sys
import time

import torch

torch.set_num_threads(1)
a = torch.ones(4)
b = torch.full((4,), 2.0)
m = torch.full((64, 64), 0.5)


def tiny(count):
    for _ in range(count):
        a.add(b)


def chain(count):
    for _ in range(count):
        a.add(b).mul(b).sub(a).div(b).relu().neg().exp().tanh().add(a).mul(b)


def matmul(count):
    for _ in range(count):
        m.matmul(m)


cases = {"tiny": tiny, "chain": chain, "matmul": matmul}
print(torch.__version__, flush=True)
for line in sys.stdin:
    name, warm, count = line.split()
    cases[name](int(warm))
    start = time.perf_counter_ns()
    cases[name](int(count))
    print(time.perf_counter_ns() - start, flush=True)
