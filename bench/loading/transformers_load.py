"""python transformers_load.py <folder> <dtype> <threads>: bytes of memory and seconds of from_pretrained and of a first pass."""

import json
import re
import sys
import time

import torch
from transformers import AutoModelForCausalLM, Qwen2Config, Qwen2ForCausalLM

folder, dtype, threads = sys.argv[1:]
dtype = getattr(torch, dtype)


def resident(field):
    """Bytes; VmHWM is the most that was resident."""
    with open("/proc/self/status") as status:
        return 1024 * int(re.search(rf"{field}:\s*(\d+)", status.read())[1])


def forward(model):
    with torch.no_grad():
        model(torch.tensor([[1, 2, 3]]))


torch.set_num_threads(int(threads))
sizes = dict(vocab_size=64, hidden_size=1024, intermediate_size=4096, num_hidden_layers=1)
forward(Qwen2ForCausalLM(Qwen2Config(**sizes, num_attention_heads=16, num_key_value_heads=8)).to(dtype))
with open("/proc/self/clear_refs", "w") as refs:
    refs.write("5")  # VmHWM begins anew
before = resident("VmRSS")
start = time.perf_counter()
model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
load_seconds = time.perf_counter() - start
loaded = resident("VmHWM") - before
start = time.perf_counter()
forward(model)
pass_seconds = time.perf_counter() - start
passed = resident("VmHWM") - before
print(json.dumps(dict(loaded=loaded, passed=passed, loadSeconds=load_seconds, passSeconds=pass_seconds)))
