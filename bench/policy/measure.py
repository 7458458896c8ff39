"""Measures the rows of the policy benchmark. Reads a job as JSON from stdin:

    { library, torch, threads, pairs, rows: [ { id, kind, alternatives, ... } ] }

and writes one JSON object a line to stdout: the machine's ceilings, one line a row, the ceilings again. A kind of row
is a module beside this file with BY_NAME[name](problem), whose run() is what is measured, and Problem(spec):
excerpt(result) keeps what is compared, errors(excerpts) compares it, a dictionary for each; TINY makes a spec small.
"""

import importlib
import os
import sys
import time

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import contest  # noqa: E402
from machine import mm_rate, peak_memory, run_job, say, seconds_of  # noqa: E402


class Turn:
    """One contestant, what it needs and its samples, in seconds a run. `fastest`: the least trial of those before it; a
    first run far beyond that is its trial, too."""

    def __init__(self, contestant, problem, fastest):
        self.contestant = contestant
        results, start = [], time.perf_counter()
        self.memory = peak_memory(lambda: results.append(contestant.run()))
        first = time.perf_counter() - start
        self.excerpt = problem.excerpt(results.pop())
        self.trial = first if first > 2 * contest.HOPELESS * fastest else seconds_of(contestant.run)
        self.runs = contest.runs_of(self.trial)
        self.samples = []

    def sample(self):
        start = time.perf_counter()
        for _ in range(self.runs):
            self.contestant.run()
        self.samples.append((time.perf_counter() - start) / self.runs)


def measure(spec, pairs):
    module = importlib.import_module(spec['kind'])
    problem, tiny = module.Problem(spec), module.Problem({**spec, **module.TINY})

    def turn_of(name, turns):
        module.BY_NAME[name](tiny).run()  # what a library loads on its first call is not its speed
        fastest = min((turn.trial for turn in turns), default=float('inf'))
        return Turn(module.BY_NAME[name](problem), problem, fastest)

    guard = [mm_rate(torch.bfloat16, 1024)]
    turns, skipped = contest.start(spec['alternatives'], turn_of)
    fastest = min((turn.trial for turn in turns[1:]), default=0)
    contest.take_turns(turns, pairs, lambda turn, _: turn.trial <= contest.HOPELESS * fastest)
    guard.append(mm_rate(torch.bfloat16, 1024))
    contestants = [
        {'name': turn.contestant.name, 'seconds': turn.samples or [turn.trial], 'bytes': turn.memory, 'errors': errors}
        for turn, errors in zip(turns, problem.errors([turn.excerpt for turn in turns]))
    ]
    say('row', id=spec['id'], contestants=contestants, skipped=skipped, guard=guard)


run_job(measure)
