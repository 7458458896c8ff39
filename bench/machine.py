"""What the benchmarks that run in Python share: lines of JSON to the program that started them, the machine's ceilings,
and the most memory that a piece of work holds."""

import ctypes
import gc
import json
import os
import sys
import time

import torch


def emit(kind, **fields):
    print(json.dumps({'kind': kind, **fields}), flush=True)


def seconds_of(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


SLOW = 1  # seconds of a first run that no other follows


def best_rate(work, function, runs):
    first = seconds_of(function)
    return work / first if first > SLOW else max(work / seconds_of(function) for _ in range(runs))


def mm_rate(dtype, size, runs=3):
    """FLOP/s of torch.mm."""
    a, b = (torch.randn(size, size).to(dtype) for _ in range(2))
    return best_rate(2 * size**3, lambda: torch.mm(a, b), runs)


def best_mm_rate(dtype, sizes):
    """FLOP/s of the best of `sizes`, rising; those that would take long are left out."""
    best = 0
    for size in sizes:
        if best and 2 * size**3 / best > SLOW:
            break
        best = max(best, mm_rate(dtype, size))
    return best


def guard():
    """FLOP/s of a matrix product that every processor is fast at: apart before and after a row, the machine was busy."""
    return mm_rate(torch.float32, 1024)


def ceilings():
    """FLOP/s of the best matrix products, bytes a second of a copy (read and written)."""
    source = torch.ones(64 << 20)
    target = torch.empty_like(source)
    return {
        'mmBfloat16': best_mm_rate(torch.bfloat16, (512, 1024, 2048, 4096)),
        'mmFloat32': best_mm_rate(torch.float32, (512, 1024, 2048)),
        'copy': best_rate(2 * source.nbytes, lambda: target.copy_(source), 3),
    }


def status(field):
    with open('/proc/self/status') as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))


def peak_memory(function):
    """Bytes of resident memory that `function` holds at most above what there was before; None where the system does
    not tell. Freed memory goes back to the system first, or what it needs would be there already."""
    if not os.access('/proc/self/clear_refs', os.W_OK):
        return None
    gc.collect()
    torch.ops.earsight.empty_cache()
    ctypes.CDLL(None).malloc_trim(0)
    with open('/proc/self/clear_refs', 'w') as file:
        file.write('5')  # the high-water mark starts anew
    before = status('VmRSS:')
    function()
    return max(0, status('VmHWM:') - before)


def run_job(measure):
    """Reads the job from stdin and says its rows, measured by measure(spec, pairs, seconds), between the ceilings."""
    job = json.load(sys.stdin)
    torch.set_num_threads(job['threads'])
    torch.ops.load_library(job['library'])
    before = ceilings()
    emit('start', isa=torch.ops.earsight.isa(), torch=torch.__version__,
        capability=torch.backends.cpu.get_cpu_capability(), before=before)
    rates = {'bfloat16': before['mmBfloat16'], 'float32': before['mmFloat32']}
    for spec in job['rows']:
        if 'flops' in spec:
            spec['productSeconds'] = spec['flops'] / rates[spec['dtype']]
        measure(spec, job['pairs'], job['seconds'])
    emit('end', after=ceilings())
