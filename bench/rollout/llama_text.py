"""llama-cpp-python's side of the text rows of bench/rollout, one sequence: greedy tokens, and log-probabilities of given ones. Reads
jobs as lines of JSON.

python llama_text.py FILE THREADS
"""

import os
import sys
import time

import llama_cpp as llama
import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from jobs import other_side, serve  # noqa: E402

file, threads = sys.argv[1:]
CONTEXT = 1024
llama.llama_backend_init()
model = llama.llama_model_load_from_file(file.encode(), llama.llama_model_default_params())
params = llama.llama_context_default_params()
params.n_ctx = CONTEXT
params.n_batch = CONTEXT
params.n_threads = params.n_threads_batch = int(threads)
context = llama.llama_init_from_model(model, params)
vocabulary = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model))


def forget():
    llama.llama_memory_clear(llama.llama_get_memory(context), True)


def logits():
    return numpy.ctypeslib.as_array(llama.llama_get_logits_ith(context, -1), shape=(vocabulary,))


def read(ids):
    """Logits after the last of the ids, which follow those read before."""
    tokens = (llama.llama_token * len(ids))(*ids)
    if llama.llama_decode(context, llama.llama_batch_get_one(tokens, len(ids))) != 0:
        raise RuntimeError('llama_decode failed')
    return logits()


def generate(prompts, numGenerations, newTokens, halt):
    """Greedy. After `halt` tokens the other side has its turn."""
    if len(prompts) != 1 or numGenerations != 1:
        raise ValueError('one sequence')
    forget()
    given, ids, steps = prompts[0], [], []
    for count in range(1, newTokens + 1):
        start = time.perf_counter()
        given = [int(read(given).argmax())]
        steps.append(time.perf_counter() - start)
        ids += given
        if count == halt:
            other_side()
    return {'steps': steps, 'ids': [ids]}


def score(prompts, completions):
    """Log-probabilities of the completions' tokens, each given those before, token by token."""
    out = []
    for prompt, completion in zip(prompts, completions):
        forget()
        given, scores = prompt, []
        for token in completion:
            values = read(given).astype(numpy.float64)
            scores.append(float(values[token] - values.max() - numpy.log(numpy.exp(values - values.max()).sum())))
            given = [token]
        out.append(scores)
    return out


serve(f'llama-cpp-python {llama.__version__}', {'generate': generate, 'score': score})
