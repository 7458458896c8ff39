"""TRL's side of bench/grpo: takes steps on request. Reads jobs as lines of JSON.

python trl_steps.py FOLDER PROMPTS SETTINGS
"""

import json
import sys
import tempfile
import time

from transformers import TrainerCallback
from trl import GRPOTrainer
from trl_trainer import VERSION, arguments, trainer_of

from jobs import answer, peak  # noqa: E402

parts = {'generate': 0, 'optimizer': 0}


class TimedTrainer(GRPOTrainer):
    def _generate_single_turn(self, *args, **kwargs):
        start = time.perf_counter()
        result = super()._generate_single_turn(*args, **kwargs)
        parts['generate'] += time.perf_counter() - start
        return result


class Turns(TrainerCallback):
    """Lets the training take the steps that it is asked for, and waits in between."""

    allowed = 0

    def on_step_begin(self, *_, **__):
        if self.allowed > 0:
            return
        while line := sys.stdin.readline():
            job = json.loads(line)
            if job['job'] == 'take':
                self.allowed, self.steps = job['count'], []
                self.mark = time.perf_counter(), time.process_time()
                return
            answer(peak())
        sys.exit()

    def on_pre_optimizer_step(self, *_, **__):
        self.before = time.perf_counter()

    def on_optimizer_step(self, *_, **__):
        parts['optimizer'] += time.perf_counter() - self.before

    def on_step_end(self, *_, **__):
        now = time.perf_counter(), time.process_time()
        self.steps.append({**parts, 'seconds': now[0] - self.mark[0], 'cpu': now[1] - self.mark[1]})
        parts.update(generate=0, optimizer=0)
        self.mark = now
        self.allowed -= 1
        if self.allowed == 0:
            answer(self.steps)


folder, prompts, settings = arguments()
with tempfile.TemporaryDirectory() as output:
    trainer = trainer_of(TimedTrainer, folder, prompts, settings, output, [Turns()])
    print(VERSION, flush=True)
    trainer.train()
