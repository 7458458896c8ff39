"""TRL's side of the check of bench/grpo: what it computes from completions that it is given. Reads one job as JSON.

python trl_agreement.py FOLDER PROMPTS SETTINGS
"""

import contextlib
import json
import pathlib
import sys

from trl import GRPOTrainer
from trl_trainer import trainer_of

from jobs import answer  # noqa: E402
from trl_side import VERSION, Written, arguments, write  # noqa: E402

updates = []


class GivenCompletions(GRPOTrainer):
    """Trains on the completions of `steps`, and notes what it makes of them, in their order."""

    def _generate_single_turn(self, *_, **__):
        self.given = self.steps.pop(0)['completions']
        return self.given, None

    def _get_per_token_logps_and_entropies(self, *args, **kwargs):
        result = super()._get_per_token_logps_and_entropies(*args, **kwargs)
        self.logp = result[0].detach()
        return result

    def _compute_loss(self, model, inputs):
        loss = super()._compute_loss(model, inputs)
        # The trainer shuffles them.
        place = {tuple(ids): i for i, ids in enumerate(inputs['completion_ids'].tolist())}
        order = [place[tuple(ids)] for ids in self.given]
        updates.append({
            'loss': loss.item(),
            'logp': self.logp[order].tolist(),
            'advantages': inputs['advantages'][order].tolist(),
        })
        return loss


folder, _, settings = arguments()
print(VERSION, flush=True)
job = json.loads(sys.stdin.readline())
output = pathlib.Path(job['folder'])
prompts = [ids for step in job['steps'] for ids in step['prompts']]
trainer = trainer_of(GivenCompletions, folder, prompts, settings, str(output / 'trainer'), [Written(output, updates)])
trainer.steps = job['steps']
with contextlib.redirect_stdout(sys.stderr):  # it tells how it went
    trainer.train()
write(trainer.model, output / 'parameters', dict(trainer.model.named_parameters()))
answer({'theirs': updates, 'parameters': str(output / 'parameters')})
