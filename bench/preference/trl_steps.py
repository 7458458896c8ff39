"""TRL's side of bench/preference: takes steps on request. Reads jobs as lines of JSON.

python trl_steps.py FOLDER PAIRS SETTINGS
"""

import contextlib
import sys
import tempfile

from trl import DPOTrainer
from trl_trainer import trainer_of

from trl_side import VERSION, Turns, arguments  # noqa: E402

folder, pairs, settings = arguments()
with tempfile.TemporaryDirectory() as output:
    with contextlib.redirect_stdout(sys.stderr):  # it tells how it went
        trainer = trainer_of(DPOTrainer, folder, pairs, settings, output, [Turns()])
    print(VERSION, flush=True)
    trainer.train()
