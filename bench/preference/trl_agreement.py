"""TRL's side of the check of bench/preference: the losses and gradients of updates. Reads one job as JSON.

python trl_agreement.py FOLDER PAIRS SETTINGS
"""

import contextlib
import json
import pathlib
import sys

from trl import DPOTrainer
from trl_trainer import trainer_of

from jobs import answer  # noqa: E402
from trl_side import VERSION, Written, arguments, write  # noqa: E402

updates = []


class Noted(DPOTrainer):
    def _compute_loss(self, *args, **kwargs):
        loss = super()._compute_loss(*args, **kwargs)
        updates.append({'loss': loss.item()})
        return loss


folder, pairs, settings = arguments()
print(VERSION, flush=True)
output = pathlib.Path(json.loads(sys.stdin.readline())['folder'])
with contextlib.redirect_stdout(sys.stderr):  # it tells how it went
    trainer = trainer_of(Noted, folder, pairs, settings, str(output / 'trainer'), [Written(output, updates)])
    trainer.train()
write(trainer.model, output / 'parameters', dict(trainer.model.named_parameters()))
answer({'theirs': updates, 'parameters': str(output / 'parameters')})
