"""TRL's side of bench/preference: a DPOTrainer on pairs of ids. The end token, the last id, closes every completion."""

import os
import sys

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM
from trl import DPOConfig

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

from trl_side import common_settings, tokenizer, words  # noqa: E402


def trainer_of(kind, folder, pairs, settings, output, callbacks):
    args = DPOConfig(**common_settings(settings, output), max_steps=settings['steps'], max_length=None, beta=0.1)
    texts = {
        'prompt': [words(pair['prompt']) for pair in pairs],
        # A space parts a completion from its prompt.
        **{side: [f' {words(pair[side])}' for pair in pairs] for side in ('chosen', 'rejected')},
    }
    model, reference = (AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32) for _ in range(2))
    return kind(
        model=model,
        ref_model=reference,
        args=args,
        train_dataset=Dataset.from_dict(texts),
        processing_class=tokenizer(folder),
        callbacks=callbacks,
    )
