"""TRL's side of bench/grpo: takes steps on request. Reads jobs as lines of JSON.

python trl_steps.py FOLDER PROMPTS SETTINGS
"""

import tempfile
import time

from trl import GRPOTrainer
from trl_trainer import trainer_of

from trl_side import VERSION, Turns, arguments  # noqa: E402

turns = Turns(generate=0)


class TimedTrainer(GRPOTrainer):
    def _generate_single_turn(self, *args, **kwargs):
        start = time.perf_counter()
        result = super()._generate_single_turn(*args, **kwargs)
        turns.parts['generate'] += time.perf_counter() - start
        return result


folder, prompts, settings = arguments()
with tempfile.TemporaryDirectory() as output:
    trainer = trainer_of(TimedTrainer, folder, prompts, settings, output, [turns])
    print(VERSION, flush=True)
    trainer.train()
