"""What TRL's sides of benchmarks share: arguments, a tokenizer whose words are the ids, steps on request, and what updates have.

SCRIPT.py FOLDER DATA SETTINGS
"""

import json
import pathlib
import sys
import time

import torch
import transformers
import trl
from jobs import answer, peak
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, TrainerCallback

VERSION = f'TRL {trl.__version__}, transformers {transformers.__version__}, torch {torch.__version__}'


def arguments():
    """The folder of the model, the data and the settings, as the command line has them."""
    folder, data, settings = sys.argv[1:]
    settings = json.loads(settings)
    torch.set_num_threads(settings['threads'])
    return folder, json.loads(pathlib.Path(data).read_text()), settings


def word(token):
    """Special tokens are found inside of words: no word begins with that of the first or the last id."""
    return f'w{token}'


def words(ids):
    return ' '.join(map(word, ids))


def tokenizer(folder):
    size = json.loads((pathlib.Path(folder) / 'config.json').read_text())['vocab_size']
    vocabulary = Tokenizer(models.WordLevel({word(i): i for i in range(size)}, unk_token=word(0)))
    vocabulary.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=vocabulary, pad_token=word(0), eos_token=word(size - 1))


def common_settings(settings, output):
    """Of a trainer's config: a constant learning rate, float32 on the CPU, nothing written or told."""
    return dict(
        output_dir=output,
        learning_rate=settings['learningRate'],
        lr_scheduler_type='constant',
        per_device_train_batch_size=settings['batch'],
        gradient_checkpointing=False,
        bf16=False,
        use_cpu=True,
        dataloader_pin_memory=False,
        logging_strategy='no',
        save_strategy='no',
        report_to='none',
        disable_tqdm=True,
    )


class Turns(TrainerCallback):
    """Lets the training take the steps that it is asked for, and waits in between. `parts`: seconds of a step, by what took them."""

    allowed = 0

    def __init__(self, **parts):
        self.parts = {**parts, 'optimizer': 0}

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
        self.parts['optimizer'] += time.perf_counter() - self.before

    def on_step_end(self, *_, **__):
        now = time.perf_counter(), time.process_time()
        self.steps.append({**self.parts, 'seconds': now[0] - self.mark[0], 'cpu': now[1] - self.mark[1]})
        self.parts.update(dict.fromkeys(self.parts, 0))
        self.mark = now
        self.allowed -= 1
        if self.allowed == 0:
            answer(self.steps)


class Written(TrainerCallback):
    """Writes the gradients that each update has, and notes where in the last of `updates`."""

    def __init__(self, output, updates):
        self.output, self.updates = output, updates

    def on_pre_optimizer_step(self, _, __, ___, model, **____):
        at = self.output / f'gradients-{len(self.updates)}'
        write(model, at, {name: parameter.grad for name, parameter in model.named_parameters()})
        self.updates[-1]['gradients'] = str(at)


def write(model, at, tensors):
    """A folder of tensors under the names of the model's weights."""
    model.save_pretrained(at, state_dict={name: tensor.clone() for name, tensor in tensors.items()})
