"""transformers beside us: answers one JSON line a request, so that the two can take turns.

    python reference.py FOLDER THREADS

Requests: {"do": "prompt", "messages"}, {"do": "logits", "dtype", "ids", "file"}, {"do": "generate", "dtype", "ids", "count", "copies",
"stops"}, {"do": "pass", "dtype", "ids"}. Seconds are of this process's own clock.
"""
import json
import sys
import time
from importlib.metadata import version

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()
folder = sys.argv[1]
torch.set_num_threads(int(sys.argv[2]))
tokenizer = AutoTokenizer.from_pretrained(folder)
models = {}


def model(dtype):
    if dtype not in models:
        models[dtype] = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype)).eval()
    return models[dtype]


def prompt(messages):
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return {"text": text, "ids": tokenizer.encode(text, add_special_tokens=False)}


def logits(dtype, ids, file):
    save_file({"logits": model(dtype)(torch.tensor([ids])).logits[0].float().contiguous()}, file)
    return {}


def generate(dtype, ids, count, copies=1, stops=False):
    row = torch.tensor([ids] * copies)
    options = dict(max_new_tokens=count, do_sample=False, pad_token_id=0)
    if not stops:
        options["eos_token_id"] = None
    runner = model(dtype)
    start = time.perf_counter()
    made = runner.generate(row, attention_mask=torch.ones_like(row), **options)[0, len(ids) :].tolist()
    seconds = time.perf_counter() - start
    return {"ids": made, "seconds": seconds, "text": tokenizer.decode(made, skip_special_tokens=True)}


def one_pass(dtype, ids):
    row = torch.tensor([ids])
    runner = model(dtype)
    start = time.perf_counter()
    runner(row, use_cache=False)
    return {"seconds": time.perf_counter() - start}


parts = {"prompt": prompt, "logits": logits, "generate": generate, "pass": one_pass}
print(json.dumps({name: version(name) for name in ("torch", "transformers")}), flush=True)
with torch.inference_mode():
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(parts[request.pop("do")](**request)), flush=True)
