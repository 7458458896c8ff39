// node wire-fuzz.cjs <calls> <seed>: messages that TypeScript would never write, straight into the wire buffer. Every
// call must end with a status, and the tensors that no message names must live on with their values. Under the address
// sanitizer (test/runtime/wire.test.ts) a read or write beyond a buffer ends the process.
const { openSync } = require('node:fs');
const { memoryStats, torch } = require('../../../dist/tensor/index.js');
const {
  CallMessage,
  Disposals,
  errorCodes,
  firstSlot,
  native,
  slots,
  spilledStatus,
  statusSlot,
  Tag,
} = require('../../../dist/runtime/index.js');

const [calls, seed] = process.argv.slice(2).map(Number);
const disposals = new Float64Array(native.disposals);

// xorshift32
let state = (seed * 2654435761) | 1;
function random(limit) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % limit;
}
const pick = (list) => list[random(list.length)];
const around = (center) => center + random(7) - 3;

const watched = Array.from({ length: 50 }, (_, i) => torch.full([3], i));
/** Made anew before a call, for messages to name and to free. */
let named = [];
const fresh = () => {
  for (const tensor of named) tensor.dispose();
  named = Array.from({ length: 4 }, () => torch.ones([2, 2], { requiresGrad: random(2) === 1 }));
};

const portion = 200;
const number = () =>
  pick([
    () => random(12),
    () => -random(12),
    () => around(slots.length),
    () => -around(slots.length),
    () => around(slots.length / 2),
    () => around(portion),
    () =>
      pick([NaN, Infinity, -Infinity, 0.5, -0.5, 1e6, -1e6, 2 ** 31, 2 ** 53, 2 ** 63, -(2 ** 63), 1e300]),
    () => 2 ** 32 * (1 + random(3)) + 1000 + random(100_000), // never a watched one
    () => pick(named).handle,
  ])();

const tagged = () =>
  pick([
    () => [Tag.Tensor, pick(named).handle],
    () => [Tag.Int, pick([0, 1, 2, -1, 4])],
    () => [Tag.Double, 1.5],
    () => [Tag.None],
    () => [Tag.List, number()],
    () => [Tag.BigInt, pick([0, -1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]), pick([0, 1, 2 ** 32 - 1])],
    () => [Tag.List, 2, Tag.Double, pick([-0, 0.5, 2 ** 53, NaN]), Tag.BigInt, 2 ** 31, 7],
    () => [Tag.List, 2, Tag.Tensor, pick(named).handle, Tag.Tensor, pick(named).handle],
    () => [random(14), number(), number()],
  ])();

/** Fills the slots with what `next` gives, to the end or for a few numbers. */
function fill(next, from = firstSlot) {
  const end = pick([slots.length, from + random(40), from + portion * 3]);
  for (let at = from; at < end; ) {
    const values = [next()].flat();
    for (const value of values) slots[at++] = value;
  }
}

const ids = ['_foreach_add.ScalarList', 'fill_.Scalar', 'cat', 'stack', 'unbind.int', 'view', 'add.Tensor', 'add_.Tensor', 'split.Tensor', 'sum', 'to.device', 'index.Tensor']
  .map((name) => name.split('.'))
  .map(([name, overload = '']) => native.resolve(`aten::${name}`, overload).id); // biome-ignore format: one list

function call() {
  fill(pick([tagged, number]), CallMessage.arguments);
  slots[CallMessage.operator] = random(20) === 0 ? pick([number(), around(Math.max(...ids))]) : pick(ids);
  slots[CallMessage.gradMode] = random(2);
  slots[CallMessage.argumentCount] = random(4) === 0 ? number() : random(8) - 3;
  native.call();
}

/** A handle list with a true count, staged or not, or with a false one. */
function handles(at) {
  const length = pick([0, 1, 2, portion, around(portion), around(slots.length - at)]);
  slots[at] = random(3) === 0 ? number() : length;
  const end = Math.min(slots.length, at + 1 + length);
  for (let i = at + 1; i < end; i += 1) slots[i] = random(50) === 0 ? number() : pick(named).handle;
  return end;
}

function lists(count) {
  let at = firstSlot;
  for (let i = 0; i < count && at < slots.length; i += 1) at = handles(at);
  for (let i = at; i < Math.min(at + 8, slots.length); i += 1)
    slots[i] = random(3) === 0 ? number() : random(2);
}

function shape() {
  const rank = pick([random(4), around(portion), around(slots.length - 2), 1e6]);
  slots[firstSlot] = random(3) === 0 ? number() : rank;
  slots.fill(1, firstSlot + 1);
  if (random(2) === 0) slots[firstSlot + 1 + random(6)] = number();
}

const bytes = new ArrayBuffer(64);
const mapping = native.mapFile(openSync(__filename, 'r'));
const one = (entry) => () => {
  slots[firstSlot] = random(2) === 0 ? number() : pick(named).handle;
  slots[firstSlot + 1] = number();
  native[entry]();
};

const entries = [
  call,
  call,
  call,
  () => {
    fill(number);
    native.free();
  },
  () => {
    fill(number);
    native.stage(number(), number());
  },
  () => native.stage(random(10), around(slots.length)),
  () => native.dropStaged(),
  () => native.takeResults(),
  () => {
    disposals.fill(random(2) === 0 ? number() : pick(named).handle);
    disposals[Disposals.count] = random(2) === 0 ? number() : around(disposals.length);
    native.free();
  },
  () => {
    lists(3);
    native.backward();
  },
  () => {
    lists(3);
    native.grad();
  },
  () => {
    lists(4);
    native.applyFunction();
  },
  () => {
    lists(1);
    native.callbackReturn();
  },
  () => {
    shape();
    native.fromBytes(
      bytes,
      pick([0, number()]),
      pick([0, 1, number()]),
      pick([0, 6, number()]),
      pick([0, 7, number()]),
    );
  },
  () => {
    shape();
    native.mappedTensor(mapping, pick([0, number()]), pick([0, 1, number()]), pick([0, 6, number()]));
  },
  one('describe'),
  one('item'),
  one('gradOf'),
  one('setGrad'),
  one('setRequiresGrad'),
  one('isLeaf'),
  one('gradFunctionName'),
  one('savedTensors'),
  one('removeHook'),
];

const counts = {};
for (let i = 0; i < calls; i += 1) {
  fresh();
  pick(entries)();
  const status = slots[statusSlot];
  const word = status === spilledStatus ? 'SPILLED' : errorCodes[status];
  if (word === undefined) throw new Error(`call ${i} left the status ${status}`);
  counts[word] = (counts[word] ?? 0) + 1;
}
for (const [i, tensor] of watched.entries()) {
  if (tensor.toArray().join() !== [i, i, i].join()) throw new Error(`tensor ${i} holds ${tensor.toArray()}`);
}
if (memoryStats().liveTensors < watched.length) throw new Error(`${memoryStats().liveTensors} tensors live`);
process.stdout.write(JSON.stringify(counts));
