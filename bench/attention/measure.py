"""Measures the rows of the attention benchmark. Reads a job as JSON from stdin:

    { library, torch, threads, pairs, rows: [ { id, nodes, modality, heads, keyHeads, width, dtype, alternatives } ] }

and writes one JSON object a line to stdout: the machine's ceilings, one line a row, the ceilings again.
"""

import os
import sys
import time

import torch

import reference
from contestants import BY_NAME, Operands
from forest import Forest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import contest  # noqa: E402
from machine import mm_rate, run_job, say  # noqa: E402


class Turn:
    """One contestant and its samples, in seconds a run."""

    def __init__(self, contestant, key_heads, group):
        self.contestant = contestant
        self.forward, self.backward = [], []
        self.results = self.warm(key_heads, reference.query_heads(key_heads, group))
        self.trial = self.once()
        self.runs = contest.runs_of(sum(self.trial))

    def warm(self, key_heads, heads):
        """The first run, which also gives the results to be compared: out, dq, dk and dv over some heads."""
        out = self.contestant.forward()
        gradients = self.contestant.backward(out) if self.contestant.backward else []
        packed = self.contestant.packed(out, gradients)
        return [x.detach()[:, chosen].double() for x, chosen in zip(packed, (heads, heads, key_heads, key_heads))]

    def once(self):
        """Seconds forward and backward."""
        start = time.perf_counter()
        out = self.contestant.forward()
        middle = time.perf_counter()
        if self.contestant.backward:
            self.contestant.backward(out)
        return middle - start, time.perf_counter() - middle

    def sample(self):
        forward, backward = (sum(times) / self.runs for times in zip(*[self.once() for _ in range(self.runs)]))
        self.forward.append(forward)
        if self.contestant.backward:
            self.backward.append(backward)

    def hopeless(self, fastest):
        """No chance to be the fastest alternative: `fastest` holds the least seconds of any, forward and backward."""
        slow = [own > contest.HOPELESS * best for own, best in zip(self.trial, fastest)]
        return all(slow if self.contestant.backward else slow[:1])


def least_seconds(turns):
    """Of the trials, forward and backward; those without a backward do not count there."""
    forward = [turn.trial[0] for turn in turns]
    backward = [turn.trial[1] for turn in turns if turn.contestant.backward]
    return min(forward, default=0), min(backward, default=0)


def relative_errors(results, wanted):
    return [((ours - true).norm() / true.norm()).item() for ours, true in zip(results, wanted)]


def measure(spec, pairs):
    forest = Forest(spec['nodes'], spec['modality'])
    operands = Operands(spec, forest, 'cpu')
    key_heads = sorted({0, spec['keyHeads'] - 1})
    guard = [mm_rate(torch.bfloat16, 1024)]
    group = spec['heads'] // spec['keyHeads']
    turns, skipped = contest.start(
        spec['alternatives'], lambda name, _: Turn(BY_NAME[name](operands, forest), key_heads, group))
    fastest = least_seconds(turns[1:])
    contest.take_turns(turns, pairs, lambda turn, pair: pair == 0 or not turn.hopeless(fastest))
    guard.append(mm_rate(torch.bfloat16, 1024))
    wanted = reference.attention(operands, forest, key_heads)
    contestants = [
        {'name': turn.contestant.name, 'forward': turn.forward, 'backward': turn.backward,
         'errors': relative_errors(turn.results, wanted)}
        for turn in turns
    ]
    say('row', id=spec['id'], contestants=contestants, skipped=skipped, guard=guard)


run_job(measure)
