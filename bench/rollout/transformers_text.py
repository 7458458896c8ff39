"""Hugging Face's side of the text rows of bench/rollout: generate, and log-probabilities of given completions. Reads jobs
as lines of JSON.

python transformers_text.py FOLDER DTYPE THREADS
"""

import os
import sys
import time

import torch
import transformers
from transformers import AutoModelForCausalLM, DynamicCache, GenerationConfig, StoppingCriteria

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from jobs import other_side, serve  # noqa: E402

folder, dtype, threads = sys.argv[1:]
torch.set_num_threads(int(threads))
model = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype)).eval()


class Clock(StoppingCriteria):
    """Notes the seconds of each token. After `halt` of them the other side has its turn."""

    def __init__(self, halt):
        self.halt = halt
        self.steps = []
        self.last = time.perf_counter()

    def __call__(self, ids, scores, **_):
        self.steps.append(time.perf_counter() - self.last)
        if len(self.steps) == self.halt:
            other_side()
        self.last = time.perf_counter()
        return torch.zeros(len(ids), dtype=torch.bool)


def shared_cache(prompt, count):
    """Keys and values of a prompt but its last token, computed once and repeated."""
    cache = DynamicCache(config=model.config)
    model(torch.tensor([prompt[:-1]]), past_key_values=cache, use_cache=True, logits_to_keep=1)
    cache.batch_repeat_interleave(count)
    return cache


def generate(prompts, numGenerations, newTokens, halt, prefilled=False):
    """Greedy. `prefilled`: decoding alone is measured, after a prefill that all completions of the prompt share."""
    config = GenerationConfig(
        do_sample=False, min_new_tokens=newTokens, max_new_tokens=newTokens, pad_token_id=0, use_cache=True)
    ids = torch.tensor(prompts).repeat_interleave(numGenerations, 0)
    cache = {'past_key_values': shared_cache(prompts[0], numGenerations)} if prefilled else {}
    clock = Clock(halt)
    out = model.generate(ids, attention_mask=torch.ones_like(ids), generation_config=config,
        stopping_criteria=[clock], **cache)
    return {'steps': clock.steps, 'ids': out[:, ids.shape[1]:].tolist()}


def score(prompts, completions):
    """Log-probabilities of the completions' tokens, each given those before."""
    out = []
    for prompt, completion in zip(prompts, completions):
        ids = torch.tensor([prompt + completion])
        logits = model(ids, logits_to_keep=len(completion) + 1).logits[0, :-1].float()
        target = torch.tensor(completion)
        out.append(logits.log_softmax(-1).gather(-1, target[:, None])[:, 0].tolist())
    return out


with torch.inference_mode():
    serve(f'transformers {transformers.__version__}, torch {torch.__version__}', {'generate': generate, 'score': score})
