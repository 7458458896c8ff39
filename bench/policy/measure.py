"""Measures the rows of the policy benchmark. Reads a job as JSON from stdin:

    { library, threads, pairs, seconds, rows: [ { id, kind, alternatives, ... } ] }

and writes one JSON object a line to stdout: the machine's ceilings, one line a row, the ceilings again. A kind of row
is a module beside this file with BY_NAME[name](problem), whose run() is what is measured, and Problem(spec):
excerpt(result) keeps what is compared, errors(excerpts) compares it, a dictionary for each; TINY makes a spec small.
"""

import importlib
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import contest  # noqa: E402
from machine import guard, peak_memory, run_job, emit, seconds_of  # noqa: E402


class Turn:
    """One contestant, what it needs and its samples, in seconds a run. `fastest`: the least trial of others before it.
    Where one run tells (contest.py), it is the only one."""

    def __init__(self, contestant, problem, fastest, seconds):
        self.contestant = contestant
        results, start = [], time.perf_counter()
        self.memory = peak_memory(lambda: results.append(contestant.run()))
        first = time.perf_counter() - start
        self.excerpt = problem.excerpt(results.pop())
        self.only = contest.one_run_suffices(first, fastest, seconds)
        self.trial = first if self.only else seconds_of(contestant.run)
        self.runs = contest.runs_of(self.trial)
        self.samples = []

    def sample(self):
        start = time.perf_counter()
        for _ in range(self.runs):
            self.contestant.run()
        self.samples.append((time.perf_counter() - start) / self.runs)


def measure(spec, pairs, seconds):
    module = importlib.import_module(spec['kind'])
    problem, tiny = module.Problem(spec), module.Problem({**spec, **module.TINY})

    def turn_of(name, turns):
        module.BY_NAME[name](tiny).run()  # what a library loads on its first call is not its speed
        fastest = min((turn.trial for turn in turns[1:]), default=float('inf'))
        return Turn(module.BY_NAME[name](problem), problem, fastest, seconds)

    before = guard()
    turns, skipped = contest.start(spec, seconds, turn_of)
    fastest = min((turn.trial for turn in turns[1:]), default=0)
    contest.take_turns(turns, 0 if turns[0].only else pairs, seconds,
                       lambda turn: not turn.only and turn.trial <= contest.HOPELESS * fastest)
    after = guard()
    contestants = [
        {'name': turn.contestant.name, 'seconds': turn.samples or [turn.trial], 'bytes': turn.memory, 'errors': errors}
        for turn, errors in zip(turns, problem.errors([turn.excerpt for turn in turns]))
    ]
    emit('row', id=spec['id'], contestants=contestants, skipped=skipped, guard=[before, after])


run_job(measure)
