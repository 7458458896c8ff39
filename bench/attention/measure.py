"""Measures the rows of the attention benchmark. Reads a job as JSON from stdin:

    { library, threads, pairs, seconds,
      rows: [ { id, nodes, modality, heads, keyHeads, width, dtype, flops, alternatives } ] }

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
from machine import guard, run_job, emit  # noqa: E402


class Turn:
    """One contestant and its samples, in seconds a run; one run only where that suffices (contest.py)."""

    def __init__(self, contestant, key_heads, group, fastest, seconds):
        self.contestant = contestant
        self.forward, self.backward = [], []
        self.results, first = self.warm(key_heads, reference.query_heads(key_heads, group))
        self.only = not contestant.compiles and contest.one_run_suffices(sum(first), fastest, seconds)
        self.trial = first if self.only else self.once()
        self.runs = contest.runs_of(sum(self.trial))

    def warm(self, key_heads, heads):
        """The first run: the results to compare, out, dq, dk and dv over some heads, and its seconds."""
        start = time.perf_counter()
        out = self.contestant.forward()
        middle = time.perf_counter()
        gradients = self.contestant.backward(out) if self.contestant.backward else []
        seconds = middle - start, time.perf_counter() - middle
        packed = self.contestant.packed(out, gradients)
        chosen = zip(packed, (heads, heads, key_heads, key_heads))
        return [x.detach()[:, which].double() for x, which in chosen], seconds

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

    def samples(self):
        """The samples; the trial where there are none."""
        if self.forward:
            return self.forward, self.backward
        return [self.trial[0]], [self.trial[1]] if self.contestant.backward else []

    def hopeless(self, fastest):
        """No chance to be the fastest alternative: `fastest` holds the least seconds of any, forward and backward."""
        slow = [own > contest.HOPELESS * best for own, best in zip(self.trial, fastest)]
        return all(slow if self.contestant.backward else slow[:1])


def least_seconds(turns):
    """The least seconds of the trials, forward and backward; backward without contestants that have none."""
    forward = [turn.trial[0] for turn in turns]
    backward = [turn.trial[1] for turn in turns if turn.contestant.backward]
    return min(forward, default=0), min(backward, default=0)


def relative_errors(results, wanted):
    return [((ours - true).norm() / true.norm()).item() for ours, true in zip(results, wanted)]


def measure(spec, pairs, seconds):
    forest = Forest(spec['nodes'], spec['modality'])
    operands = Operands(spec, forest, 'cpu')
    key_heads = sorted({0, spec['keyHeads'] - 1})
    before = guard()
    group = spec['heads'] // spec['keyHeads']

    def turn_of(name, turns):
        fastest = min((sum(turn.trial) for turn in turns[1:] if turn.contestant.backward), default=float('inf'))
        return Turn(BY_NAME[name](operands, forest), key_heads, group, fastest, seconds)

    turns, skipped = contest.start(spec, seconds, turn_of)
    fastest = least_seconds(turns[1:])
    contest.take_turns(turns, 0 if turns[0].only else pairs, seconds,
                       lambda turn: not turn.only and not turn.hopeless(fastest))
    after = guard()
    wanted = reference.attention(operands, forest, key_heads)
    contestants = []
    for turn in turns:
        forward, backward = turn.samples()
        contestants.append({'name': turn.contestant.name, 'forward': forward, 'backward': backward,
                            'errors': relative_errors(turn.results, wanted)})
    emit('row', id=spec['id'], contestants=contestants, skipped=skipped, guard=[before, after])


run_job(measure)
