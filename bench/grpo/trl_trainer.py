"""TRL's side of bench/grpo: a GRPOTrainer on prompts of ids, with a tokenizer whose words are the ids. A completion has as many
tokens as it may have."""

import json
import os
import pathlib
import sys

import torch
import transformers
import trl
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

VERSION = f'TRL {trl.__version__}, transformers {transformers.__version__}, torch {torch.__version__}'


def arguments():
    """The folder of the model, the prompts and the settings, as the command line has them."""
    folder, prompts, settings = sys.argv[1:]
    settings = json.loads(settings)
    torch.set_num_threads(settings['threads'])
    return folder, json.loads(pathlib.Path(prompts).read_text()), settings


def word(token):
    """Special tokens are found inside of words: no word begins with that of the first or the last id."""
    return f'w{token}'


def words(ids):
    return ' '.join(map(word, ids))


def tokenizer(size):
    vocabulary = Tokenizer(models.WordLevel({word(i): i for i in range(size)}, unk_token=word(0)))
    vocabulary.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=vocabulary, pad_token=word(0), eos_token=word(size - 1))


def even_ids(completion_ids, **_):
    """The share of even ids."""
    return [sum(i % 2 == 0 for i in ids) / len(ids) for ids in completion_ids]


def trainer_of(kind, folder, prompts, settings, output, callbacks):
    config = json.loads((pathlib.Path(folder) / 'config.json').read_text())
    args = trl.GRPOConfig(
        output_dir=output,
        learning_rate=settings['learningRate'],
        lr_scheduler_type='constant',
        max_steps=settings['steps'] * settings['iterations'],
        num_iterations=settings['iterations'],
        num_generations=settings['numGenerations'],
        per_device_train_batch_size=settings['batch'],
        max_completion_length=settings['completion'],
        generation_kwargs={'min_new_tokens': settings['completion']},
        loss_type='dapo',
        beta=0.0,
        shuffle_dataset=False,
        gradient_checkpointing=False,
        bf16=False,
        use_cpu=True,
        dataloader_pin_memory=False,
        logging_strategy='no',
        save_strategy='no',
        report_to='none',
        disable_tqdm=True,
    )
    return kind(
        model=AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32),
        args=args,
        reward_funcs=even_ids,
        train_dataset=Dataset.from_dict({'prompt': [words(ids) for ids in prompts]}),
        processing_class=tokenizer(config['vocab_size']),
        callbacks=callbacks,
    )
