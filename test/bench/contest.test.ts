/**
 * When the benchmarks give an alternative up (bench/contest.py, which any Python runs), with contestants that take no
 * time and say how long they would.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const python = process.env.EARSIGHT_PYTHON || 'python3';
const found = spawnSync(python, ['--version']).status === 0;
if (!found) console.warn(`turns of the benchmarks: not tested, ${python} does not run`);

/** What `code` prints as JSON. */
function answer(code: string): unknown {
  const program = `import json, contest\n${code}`;
  const { status, stdout, stderr } = spawnSync(python, ['-B', '-c', program], {
    cwd: join(__dirname, '..', '..', 'bench'),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const onPython = found ? test : test.skip;

onPython('one run tells of 2.8 times the fastest, or of half the time of a row', () => {
  const pairs = ['2.7, 1, 10', '2.9, 1, 10', '6, 5, 10', '6, 5, None', '15, 5, None'];
  const code = pairs.map((pair) => `contest.one_run_suffices(${pair})`).join(', ');
  expect(answer(`print(json.dumps([${code}]))`)).toEqual([false, true, true, false, true]);
});

onPython('turns are even, end in time, and leave out those that were given up', () => {
  const code = `
class Turn:
    def __init__(self):
        self.count = 0
    def sample(self):
        self.count += 1
def counts(pairs, seconds):
    turns = [Turn(), Turn(), Turn()]
    contest.take_turns(turns, pairs, seconds, lambda turn: turn is not turns[1])
    return [turn.count for turn in turns]
print(json.dumps([counts(10, None), counts(10, 0), counts(0, 10)]))`;
  expect(answer(code)).toEqual([
    [10, 0, 10],
    [1, 0, 1],
    [0, 0, 0],
  ]);
});

onPython("alternatives that the machine's products make hopeless do not run", () => {
  const code = `
def start(products, seconds):
    spec = {'alternatives': ['a', 'b'], 'dtype': 'bfloat16', 'productSeconds': products}
    return contest.start(spec, seconds, lambda name, turns: name)
print(json.dumps([start(30, 10), start(19, 10), start(30, None)]))`;
  const reason = 'torch.mm in bfloat16 is so slow here that a run would take more than 30 s';
  expect(answer(code)).toEqual([
    [['earsight'], { a: reason, b: reason }],
    [['earsight', 'a', 'b'], {}],
    [['earsight', 'a', 'b'], {}],
  ]);
});

onPython('an alternative that fails is skipped with its reason, ours is not', () => {
  const code = `
def turn_of(name, turns):
    if name != 'earsight':
        raise ImportError('no module of that name')
    return name
print(json.dumps(contest.start({'alternatives': ['a']}, 10, turn_of)))`;
  expect(answer(code)).toEqual([['earsight'], { a: 'ImportError: no module of that name' }]);
});
