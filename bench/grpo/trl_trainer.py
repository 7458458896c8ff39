"""TRL's side of bench/grpo: a GRPOTrainer on prompts of ids. A completion has as many tokens as it may have."""

import os
import sys

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM
from trl import GRPOConfig

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

from trl_side import common_settings, tokenizer, words  # noqa: E402


def even_ids(completion_ids, **_):
    """The share of even ids."""
    return [sum(i % 2 == 0 for i in ids) / len(ids) for ids in completion_ids]


def trainer_of(kind, folder, prompts, settings, output, callbacks):
    args = GRPOConfig(
        **common_settings(settings, output),
        max_steps=settings['steps'] * settings['iterations'],
        num_iterations=settings['iterations'],
        num_generations=settings['numGenerations'],
        max_completion_length=settings['completion'],
        generation_kwargs={'min_new_tokens': settings['completion']},
        loss_type='dapo',
        beta=0.0,
        shuffle_dataset=False,
    )
    return kind(
        model=AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32),
        args=args,
        reward_funcs=even_ids,
        train_dataset=Dataset.from_dict({'prompt': [words(ids) for ids in prompts]}),
        processing_class=tokenizer(folder),
        callbacks=callbacks,
    )
