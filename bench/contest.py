"""How contestants take turns in one process (A B C A B C ...), so that a busy machine disturbs all of them alike, and
when one is given up. A row's `seconds` are what its turns may take together; None: as long as they need."""

import gc
import time

SAMPLE_SECONDS = 0.03  # a sample repeats short work until it takes this long
HOPELESS = 1.4  # an alternative this many times slower than the fastest in its trial is not measured further
AT_FIRST = 2 * HOPELESS  # in its first run, which may load what later ones have


def runs_of(seconds):
    """Runs a sample, of work that takes so long."""
    return max(1, min(1000, round(SAMPLE_SECONDS / seconds)))


def one_run_suffices(first, fastest, seconds):
    """Whether a first run is all there will be: no chance against the fastest other, or no time for more."""
    return first > AT_FIRST * fastest or (seconds is not None and first > seconds / 2)


def too_slow(spec, seconds):
    """Why no alternative is worth a run: what PyTorch's matrix products alone would take. None where they are."""
    products = spec.get('productSeconds', 0)
    if seconds is None or products <= 2 * seconds:
        return None
    return f"torch.mm in {spec['dtype']} is so slow here that a run would take more than {products:.0f} s"


def start(spec, seconds, turn_of):
    """turn_of(name, turns so far) -> turns of those that run, ours first, and the reasons of those that do not."""
    turns, skipped = [], {}
    reason = too_slow(spec, seconds)
    if reason:
        skipped = dict.fromkeys(spec['alternatives'], reason)
    for name in ['earsight', *(spec['alternatives'] if not reason else [])]:
        try:
            turns.append(turn_of(name, turns))
        except Exception as error:  # an alternative may lack a package or its compiler; ours may not fail
            if name == 'earsight':
                raise
            skipped[name] = f'{type(error).__name__}: {(str(error) or "-").splitlines()[0]}'
    return turns, skipped


def take_turns(turns, pairs, seconds, wanted):
    """A sample a turn, `pairs` times: of ours always, of another where wanted(turn)."""
    gc.collect()
    gc.disable()
    start = time.monotonic()
    for pair in range(pairs):
        if pair > 0 and seconds is not None and time.monotonic() - start > seconds:
            break
        for turn in turns:
            if turn is turns[0] or wanted(turn):
                turn.sample()
    gc.enable()
