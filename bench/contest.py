"""How contestants take turns in one process (A B C A B C ...), so that a busy machine disturbs all of them alike."""

import gc

SAMPLE_SECONDS = 0.03  # a sample repeats short work until it takes this long
HOPELESS = 1.4  # an alternative this many times slower than the fastest in its trial is not measured further


def runs_of(seconds):
    """Runs a sample, of work that takes so long."""
    return max(1, min(1000, round(SAMPLE_SECONDS / seconds)))


def start(alternatives, turn_of):
    """turn_of(name, turns so far) -> turns of those that run, ours first, and the reasons of those that do not."""
    turns, skipped = [], {}
    for name in ['earsight', *alternatives]:
        try:
            turns.append(turn_of(name, turns))
        except Exception as error:  # an alternative may lack a package or its compiler; ours may not fail
            if name == 'earsight':
                raise
            skipped[name] = f'{type(error).__name__}: {(str(error) or "-").splitlines()[0]}'
    return turns, skipped


def take_turns(turns, pairs, wanted):
    """A sample a turn, `pairs` times: of ours always, of another where wanted(turn, pair)."""
    gc.collect()
    gc.disable()
    for pair in range(pairs):
        for turn in turns:
            if turn is turns[0] or wanted(turn, pair):
                turn.sample()
    gc.enable()
