// What scopes do with results that are hard to walk: deep, cyclic, or with getters that throw.

import { memoryStats, scope, type Tensor, torch } from '../../lib/tensor/index.js';

/** Not fewer when the garbage collector finds what earlier tests left behind. */
const live = (): number => memoryStats().liveTensors + memoryStats().freedByGc;

let before: number;
beforeEach(() => {
  before = live();
});

describe('results that are hard to walk', () => {
  type Chain = { next?: Chain; value?: Tensor };

  test.each([12_000, 1_000_000])('a chain of %i objects with a tensor at its end', (depth) => {
    const result = scope(() => {
      torch.ones([7]);
      let chain: Chain = { value: torch.ones([1]) };
      for (let i = 0; i < depth; i += 1) chain = { next: chain };
      return chain;
    });
    let end = result;
    while (end.next !== undefined) end = end.next;
    expect(end.value?.item()).toBe(1);
    expect(live()).toBe(before + 1);
    end.value?.dispose();
  });

  test('arrays nested 12,000 deep', () => {
    type Nested = (Nested | Tensor)[];
    const result = scope(() => {
      let list: Nested = [torch.full([1], 4)];
      for (let i = 0; i < 12_000; i += 1) list = [list, torch.ones([1])];
      return list;
    });
    expect(live()).toBe(before + 12_001);
    let list: Nested | Tensor = result;
    while (Array.isArray(list)) {
      (list[1] as Tensor | undefined)?.dispose();
      list = list[0];
    }
    expect(list.item()).toBe(4);
    list.dispose();
    expect(live()).toBe(before);
  });

  test('a getter that throws hides its own value only', () => {
    const result = scope(() => {
      const hidden = torch.ones([3]);
      return {
        first: torch.ones([1]),
        get broken(): Tensor {
          throw new Error(`not ready: ${hidden.handle}`);
        },
        last: torch.ones([1]),
      };
    });
    expect(result.first.add(result.last).item()).toBe(2);
    expect(() => result.broken).toThrow('not ready');
    result.first.dispose();
    result.last.dispose();
    expect(live()).toBe(before + 1); // the sum
  });

  test('a getter of `then` that throws ends the scope, as `await` would', () => {
    const failing = () =>
      scope(() => ({
        tensor: torch.ones([1]),
        // biome-ignore lint/suspicious/noThenProperty: what is tested
        get then(): unknown {
          throw new Error('no promise');
        },
      }));
    expect(failing).toThrow('no promise');
    expect(live()).toBe(before);
  });

  test.each(['ownKeys', 'getPrototypeOf', 'get'] as const)(
    'a Proxy whose trap for %s throws frees what only it could reach',
    (trap) => {
      const refuse = () => {
        throw new Error('no');
      };
      const result = scope(() => [
        new Proxy({ inside: torch.ones([1]) }, { [trap]: refuse }),
        torch.ones([1]),
      ]);
      expect((result[1] as Tensor).item()).toBe(1);
      (result[1] as Tensor).dispose();
      expect(live()).toBe(before);
    },
  );
});
