import { native } from '../../lib/runtime/index.js';
import { Generator } from '../../lib/tensor/generator.js';
import { restoreRng, saveRng, torch } from '../../lib/tensor/index.js';

test('states are those of the CPU and of the GPUs that are named; each generator goes on where it was', () => {
  // A generator of the CPU stands for that of a GPU.
  const gpu = new Generator().manualSeed(3);
  const asked: number[] = [];
  const found = jest.spyOn(native, 'cudaGenerator').mockImplementation((index: number) => {
    asked.push(index);
    return gpu.id;
  });
  torch.manualSeed(1);
  torch.rand([5]);
  torch.rand([3], { generator: gpu });
  const draw = () => [torch.rand([4]).toArray(), torch.rand([4], { generator: gpu }).toArray()];
  const state = saveRng(['cuda:1', 'cpu']);
  expect([...state.keys()]).toEqual(['cpu', 'cuda:1']);
  const [cpu, device] = draw();
  expect(draw()).not.toEqual([cpu, device]);
  restoreRng(new Map([...state].map(([name, bytes]) => [name, Uint8Array.from(bytes)])));
  expect(draw()).toEqual([cpu, device]);
  expect(asked).toEqual([1]);
  found.mockRestore();
});

test('a state that is none is refused', () => {
  expect(() => restoreRng(new Map([['cpu', new Uint8Array(3)]]))).toThrow(/state/);
});
