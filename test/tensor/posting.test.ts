// A tensor lives in its own thread: it is neither cloned nor posted, and JSON gets a description.

import { deserialize, serialize } from 'node:v8';
import { MessageChannel } from 'node:worker_threads';
import { scope, type Tensor, torch } from '../../lib/tensor/index.js';

const disposed = torch.ones([1]);
disposed.dispose();
const withGradient = torch.ones([2], { requiresGrad: true });
withGradient.mul(2).sum().backward();
withGradient.grad;

const tensors: [string, Tensor][] = [
  ['outside all scopes', torch.ones([2])],
  ['whose metadata are known', (() => { const t = torch.ones([2]); t.shape; return t; })()],
  ['with a gradient', withGradient],
  ['disposed', disposed],
]; // biome-ignore format: one tensor a line

const refusal =
  /A Tensor belongs to the thread that made it: post its data\(\) and shape.*could not be cloned/;

function failure(run: () => unknown): { name: string; message: string } {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}

const { port1 } = new MessageChannel();
afterAll(() => port1.close());

describe.each(tensors)('a tensor %s', (_, tensor) => {
  test.each<[string, (value: unknown) => unknown]>([
    ['structuredClone', (value) => structuredClone(value)],
    ['postMessage', (value) => port1.postMessage(value)],
    ['v8.serialize', (value) => serialize(value)],
  ])('%s refuses it, alone and inside a message', (_name, send) => {
    for (const value of [tensor, [tensor], { deep: { tensor } }, new Map([['a', tensor]])]) {
      const { message } = failure(() => send(value));
      expect(message).toMatch(refusal);
    }
    expect(failure(() => structuredClone(tensor)).name).toBe('DataCloneError');
  });
});

test('neither is one that a scope owns', () => {
  scope(() => {
    torch.ones([3]);
    expect(failure(() => structuredClone({ tensor: torch.ones([2]) })).message).toMatch(refusal);
  });
});

test('nor a generator', () => {
  const refused = /A Generator belongs to the thread that made it: post the data\(\) of its getState/;
  expect(failure(() => structuredClone({ generator: new torch.Generator() })).message).toMatch(refused);
});

test('the documented way: its data and shape', async () => {
  const source = torch.arange(6).reshape(2, 3).to('float32');
  const message = deserialize(serialize({ data: await source.data(), shape: [...source.shape] }));
  const copy = torch.fromBuffer(message.data, message.shape, 'float32');
  expect(copy.toArray()).toEqual([
    [0, 1, 2],
    [3, 4, 5],
  ]);
});

describe('JSON.stringify', () => {
  test('describes a tensor', () => {
    const weight = torch.ones([2, 3], { dtype: 'bfloat16' });
    expect(JSON.stringify({ weight, bias: torch.ones([]), steps: [torch.tensor([1n])] })).toBe(
      '{"weight":"Tensor bfloat16 [2, 3]","bias":"Tensor float32 []","steps":["Tensor int64 [1]"]}',
    );
    expect(JSON.stringify(disposed)).toBe('"a disposed Tensor"');
  });
});
