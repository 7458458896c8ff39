"""Measures the rows of the policy benchmark. Reads a job as JSON from stdin:

    { library, torch, threads, pairs, rows: [ { id, kind, alternatives, ... } ] }

and writes one JSON object a line to stdout: the machine's ceilings, one line a row, the ceilings again. Contestants take
turns in this one process (A B C A B C ...), so that a busy machine disturbs all of them alike. A kind of row is a module
beside this file with BY_NAME[name](problem), whose run() is what is measured, and Problem(spec): excerpt(result) keeps what
is compared, errors(excerpts) compares it, a dictionary for each; TINY makes a spec small.
"""

import gc
import importlib
import os
import sys
import time

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from machine import mm_rate, peak_memory, run_job, say, seconds_of  # noqa: E402

SAMPLE_SECONDS = 0.03  # a sample repeats short work until it takes this long
HOPELESS = 1.4  # an alternative this many times slower than the fastest in its trial is not measured further


class Turn:
    """One contestant, what it needs and its samples, in seconds a run. `fastest`: the least trial of those before it; a
    first run far beyond that is its trial, too."""

    def __init__(self, contestant, problem, fastest):
        self.contestant = contestant
        results, start = [], time.perf_counter()
        self.memory = peak_memory(lambda: results.append(contestant.run()))
        first = time.perf_counter() - start
        self.excerpt = problem.excerpt(results.pop())
        self.trial = first if first > 2 * HOPELESS * fastest else seconds_of(contestant.run)
        self.runs = max(1, min(1000, round(SAMPLE_SECONDS / self.trial)))
        self.samples = []

    def sample(self):
        start = time.perf_counter()
        for _ in range(self.runs):
            self.contestant.run()
        self.samples.append((time.perf_counter() - start) / self.runs)


def start(spec, module, problem):
    """-> turns of those that run, reasons of those that do not."""
    turns, skipped = [], {}
    tiny = module.Problem({**spec, **module.TINY})
    for name in ['earsight', *spec['alternatives']]:
        try:
            module.BY_NAME[name](tiny).run()  # what a library loads on its first call is not its speed
            fastest = min((turn.trial for turn in turns), default=float('inf'))
            turns.append(Turn(module.BY_NAME[name](problem), problem, fastest))
        except Exception as error:  # an alternative may not be installed; ours may not fail
            if name == 'earsight':
                raise
            skipped[name] = f'{type(error).__name__}: {str(error).splitlines()[0]}'
    return turns, skipped


def measure(spec, pairs):
    module = importlib.import_module(spec['kind'])
    problem = module.Problem(spec)
    guard = [mm_rate(torch.bfloat16, 1024)]
    turns, skipped = start(spec, module, problem)
    fastest = min((turn.trial for turn in turns[1:]), default=0)
    gc.collect()
    gc.disable()
    for _ in range(pairs):
        for turn in turns:
            if turn is turns[0] or turn.trial <= HOPELESS * fastest:
                turn.sample()
    gc.enable()
    guard.append(mm_rate(torch.bfloat16, 1024))
    contestants = [
        {'name': turn.contestant.name, 'seconds': turn.samples or [turn.trial], 'bytes': turn.memory, 'errors': errors}
        for turn, errors in zip(turns, problem.errors([turn.excerpt for turn in turns]))
    ]
    say('row', id=spec['id'], contestants=contestants, skipped=skipped, guard=guard)


run_job(measure)
