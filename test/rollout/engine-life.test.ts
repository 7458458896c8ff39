// How the engine's calls end, and the engine with its process, thread or graph.

import { AsyncLocalStorage } from 'node:async_hooks';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Prompt } from '../../lib/batch/index.js';
import type { Completion, SamplingParams } from '../../lib/data/index.js';
import type { DecoderDescription, FamilyGraph } from '../../lib/models/index.js';
import { DecodeEngine } from '../../lib/rollout/decode-engine.js';
import { sampleByEngine } from '../../lib/rollout/engine-sampler.js';
import { type SamplerOptions, SamplingError, sampleBatch, samplingStats } from '../../lib/rollout/index.js';
import { sampleTask } from '../../lib/rollout/sample-task.js';
import { finished } from '../../lib/rollout/sequence.js';
import { native } from '../../lib/runtime/index.js';
import { memoryStats, noGrad, scope } from '../../lib/tensor/index.js';
import { tinyGraph } from '../models/tiny.js';
import { decodeIds as decode, promptOf, textRoot, unrestricted } from './prompts.js';

const params: SamplingParams = { ...unrestricted, numGenerations: 2, maxNewTokens: 40 };
const shared = textRoot([1, 2, 3, 4]);
const prompts: Prompt[] = [promptOf('a', shared, [10, 11]), promptOf('b', shared, [20])];
const graph = tinyGraph();

type Settings = Partial<SamplingParams> & Partial<SamplerOptions>;
const split = (settings: Settings): [SamplingParams, SamplerOptions] => {
  const { stopIds = [], signal, onStep, onText, prefixes, ...rest } = settings;
  return [
    { ...params, ...rest },
    { stopIds, decode, signal, onStep, onText, prefixes },
  ];
};
const sample = (by: FamilyGraph, settings: Settings = {}, asked = prompts) =>
  sampleBatch(by, asked, ...split(settings));
const endless = 20_000;

describe('a call', () => {
  test('that is aborted has the tokens so far; others that grow with it go on', async () => {
    const controller = new AbortController();
    const other = sample(graph, { maxNewTokens: 60 });
    let steps = 0;
    const aborted = await sample(graph, {
      maxNewTokens: endless,
      signal: controller.signal,
      onStep: () => {
        steps += 1;
        if (steps === 5) controller.abort();
      },
    });
    const whole = await sample(graph, { maxNewTokens: 200 });
    aborted.flat().forEach(({ ids, finishReason }, i) => {
      expect(finishReason).toBe('abort');
      expect(ids.length).toBeGreaterThanOrEqual(4);
      expect(ids.length).toBeLessThan(endless);
      const count = Math.min(ids.length, 200);
      expect(ids.slice(0, count)).toEqual(whole.flat()[i].ids.slice(0, count));
    });
    expect((await other).flat().map(({ ids }) => ids)).toEqual(
      whole.flat().map(({ ids }) => ids.slice(0, 60)),
    );
  });

  test('that is aborted between any two of its promises ends', async () => {
    await sample(graph);
    for (let ticks = 0; ticks < 40; ticks += 1) {
      const controller = new AbortController();
      const call = sample(graph, { maxNewTokens: 3000, signal: controller.signal });
      for (let i = 0; i < ticks; i += 1) await null;
      controller.abort();
      for (const { finishReason } of (await call).flat()) expect(finishReason).toBe('abort');
    }
  });

  test('that is aborted by who hears the end of a completion leaves that one as it ended', async () => {
    const [[free]] = await sample(graph, {}, [prompts[0]]);
    const stopId = free.ids[7];
    const controller = new AbortController();
    const ends: unknown[] = [];
    const completions = await sample(
      graph,
      {
        ...{ maxNewTokens: endless, stopIds: [stopId], signal: controller.signal },
        onText: ({ index, completion }) => {
          if (completion === undefined) return;
          ends.push([index, completion.finishReason]);
          controller.abort();
        },
      },
      [prompts[0]],
    );
    const reasons = completions[0].map(({ finishReason }) => finishReason);
    expect([...reasons].sort()).toEqual(['abort', 'stop']);
    const ended = reasons.indexOf('stop');
    expect(ends).toEqual([
      [ended, 'stop'],
      [1 - ended, 'abort'],
    ]);
  });

  test('that is aborted while its prompt is computed leaves the rest of it', async () => {
    const own = tinyGraph();
    const computed = () => samplingStats(own)?.prefilledTokens as number;
    const ids = Array.from({ length: 100_000 }, (_, i) => 1 + (i % 60));
    const [growing, long] = [new AbortController(), new AbortController()];
    let aborted: Promise<Completion[][]> | undefined;
    const other = sample(own, {
      maxNewTokens: endless,
      signal: growing.signal,
      onStep: () => {
        aborted ??= sample(own, { signal: long.signal }, [promptOf('long', textRoot(ids), [10])]);
        if (computed() > 600) long.abort();
      },
    });
    // The loop hears of the abort before these.
    const next = () => sample(own, { maxNewTokens: 3 }, [prompts[0]]);
    while (!long.signal.aborted) await next();
    await next();
    const before = computed();
    await next();
    expect(computed()).toBe(before);
    expect(before).toBeLessThan(ids.length);
    growing.abort();
    await other;
    const ends = (await aborted)?.flat().map(({ finishReason, ids: { length } }) => [finishReason, length]);
    expect(ends).toEqual([
      ['abort', 0],
      ['abort', 0],
    ]);
  });

  test('with a stop string ends where the text has it', async () => {
    const [[free]] = await sample(graph, {}, [prompts[0]]);
    const stop = decode([free.ids[7]]);
    const first = free.ids.indexOf(free.ids[7]);
    const [[stopped]] = await sample(graph, { stop: [stop] }, [prompts[0]]);
    expect(stopped).toMatchObject({ finishReason: 'stop', text: decode(free.ids.slice(0, first + 1)) });
    expect(stopped.ids).toEqual(free.ids.slice(0, first + 1));
  });

  test('fails with what its listener throws, and others go on', async () => {
    const other = sample(graph);
    const failing = sample(graph, {
      maxNewTokens: endless,
      onText: ({ text }) => {
        if (text !== '') throw new RangeError('full');
      },
    });
    await expect(failing).rejects.toThrow(new RangeError('full'));
    expect(await other).toEqual(await sample(graph));
  });

  test('hears in its own context', async () => {
    const storage = new AsyncLocalStorage<string>();
    const heard = new Set<unknown>();
    const listen = (name: string) =>
      storage.run(name, () =>
        sample(graph, { onStep: () => void heard.add(`${name} ${storage.getStore()}`) }),
      );
    await Promise.all([listen('x'), listen('y')]);
    expect(heard).toEqual(new Set(['x x', 'y y']));
  });

  test('whose weights cannot be packed fails, and those that grow fail with it', async () => {
    const own = tinyGraph();
    const expected = await sample(own, { maxNewTokens: 3 });
    let later: Promise<unknown> | undefined;
    const growing = sample(own, {
      maxNewTokens: endless,
      onStep: () => {
        if (later !== undefined) return;
        noGrad(() => own.headWeight.mul_(1));
        const { layers, ...rest } = own.decoder() as DecoderDescription;
        const failing = () => {
          throw new RangeError('no room to merge it');
        };
        own.decoder = () => ({ ...rest, layers: [layers[0], failing] });
        later = sample(own).catch((error) => error);
      },
    });
    await expect(growing).rejects.toThrow(/step \d+: no room to merge it$/);
    expect(await later).toEqual(new RangeError('no room to merge it'));
    delete (own as Partial<FamilyGraph>).decoder;
    expect(await sample(own, { maxNewTokens: 3 })).toEqual(expected);
  });

  test('whose prompt lost its beginning fails', async () => {
    const call = sample(graph);
    jest.spyOn(native, 'addPrompt').mockImplementationOnce(() => undefined);
    await expect(call).rejects.toThrow("sample 'a', completion 0, step 0: its prompt was released");
  });

  test('names sample, completion and step where logits are not finite', async () => {
    const spoilt = tinyGraph();
    noGrad(() => scope(() => spoilt.headWeight.setIndex([3], Number.NaN)));
    const failing = sample(spoilt);
    await expect(failing).rejects.toThrow(SamplingError);
    await expect(failing).rejects.toThrow(
      "generate: sample 'a', completion 0, step 0: its logits hold NaN or infinity",
    );
  });

  test('leaves the event loop free: timers fire between its tokens', async () => {
    let timers = 0;
    const timer = setInterval(() => {
      timers += 1;
    }, 1);
    const between = new Set<number>();
    await sample(graph, { maxNewTokens: 3000, onStep: () => void between.add(timers) });
    clearInterval(timer);
    expect(between.size).toBeGreaterThan(2);
  });

  test('leaves no tensor behind', async () => {
    const before = memoryStats().liveTensors;
    await sample(graph);
    expect(memoryStats().liveTensors).toBe(before);
  });
});

describe('a cache of few bytes', () => {
  // 2 layers of 2 key heads of 16 widths: keys take 2 KiB a page and head, values 4 KiB.
  const page = 2 * 2 * (2048 + 4096);
  const sampled = async (engine: DecodeEngine, settings: Settings, asked = prompts) => {
    const [own, options] = split(settings);
    const sequences = await sampleByEngine(engine, sampleTask(graph, asked, own, options));
    return sequences.map((sequence) => finished(sequence, options));
  };

  test('serves one request after the other, with the same bits and no more bytes', async () => {
    // A page for the root, one for each question, one or two for a completion of 40 tokens: 2 requests at a time.
    const engine = DecodeEngine.of(graph, { cacheBytes: 7 * page }) as DecodeEngine;
    const own = await sampled(engine, { numGenerations: 9 });
    expect(own).toEqual((await sample(graph, { numGenerations: 9 })).flat());
    expect(engine.stats.peakKvBytes).toBeGreaterThan(3 * page);
    expect(engine.stats.peakKvBytes).toBeLessThanOrEqual(7 * page);
    engine.close('it is done');
  });

  test('fails a request that is larger, and goes on with those that wait', async () => {
    const engine = DecodeEngine.of(graph, { cacheBytes: 7 * page }) as DecodeEngine;
    const [before, failing, after] = [
      sampled(engine, {}),
      sampled(engine, { maxNewTokens: 400 }),
      sampled(engine, {}),
    ];
    await expect(failing).rejects.toThrow(SamplingError);
    // 13 pages of its own, and the root's and the question's.
    await expect(failing).rejects.toThrow(
      new RegExp(
        `^generate: sample 'a', completion 0, step 0: its keys and values need ${15 * page} bytes, .* ${7 * page} bytes`,
      ),
    );
    const expected = (await sample(graph)).flat();
    expect([await before, await after]).toEqual([expected, expected]);
    engine.close('it is done');
  });
});

describe('a model that is disposed', () => {
  test('fails the calls under way, and those that have not begun', async () => {
    const own = tinyGraph();
    await sample(own);
    let steps = 0;
    const growing = sample(own, {
      maxNewTokens: endless,
      onStep: () => {
        steps += 1;
        if (steps === 3) own.dispose();
      },
    });
    await expect(growing).rejects.toThrow(SamplingError);
    await expect(growing).rejects.toThrow(/sample '[ab]', completion [01], step \d+: the model was disposed/);
    await expect(sample(own)).rejects.toThrow();

    const other = tinyGraph();
    const starting = sample(other);
    other.dispose();
    await expect(starting).rejects.toThrow('generate: the model was disposed');
  });

  test('fails requests that grow in several calls', async () => {
    const own = tinyGraph();
    const calls = [1, 2].map(() => sample(own, { maxNewTokens: endless }).catch((error) => error));
    await new Promise((resolve) => setTimeout(resolve, 30));
    own.dispose();
    for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(SamplingError);
  });
});

/** Runs children/engine.cjs. */
function child(way: string): { status: number | null; signal: unknown; stdout: string; stderr: string } {
  const script = join(__dirname, 'children/engine.cjs');
  return spawnSync(process.execPath, ['--expose-gc', script, way], { encoding: 'utf8', timeout: 60_000 });
}

describe('a process', () => {
  // prlimit(1) of util-linux sets the limit of a process that runs.
  const limits = spawnSync('prlimit', ['--version']).status === 0;
  (limits ? test : test.skip)(
    'whose memory is short fails what grows with a typed error, and samples on',
    () => {
      const { status, stdout, stderr } = child('memory is short');
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(JSON.parse(stdout)).toEqual({
        name: 'SamplingError',
        message: expect.stringMatching(
          /^generate: sample 'a', completion 0, step \d+: there is no memory for its keys and values$/,
        ),
        again: [3],
      });
    },
  );

  (limits ? test : test.skip)('that gets no more threads samples with those that it has', () => {
    const { status, stdout, stderr } = child('threads are short');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { isSame, more } = JSON.parse(stdout);
    expect(isSame).toBe(true);
    expect(more).toBeGreaterThanOrEqual(1);
    expect(more).toBeLessThan(16);
  });

  test('ends when its program ends', () => {
    expect(child('the program ends')).toMatchObject({ status: 0, stdout: '[4,4,4,4,4,4,4,4]', stderr: '' });
  });

  test('lives on while requests grow, though nobody holds the graph', () => {
    const expected = JSON.stringify(Array(8).fill(400));
    expect(child('nobody holds the graph or waits')).toMatchObject({
      status: 0,
      stdout: expected,
      stderr: '',
    });
  });

  test.each(['process.exit', 'process.exit in a timer'])('%s: ends while requests grow', (way) => {
    expect(child(way)).toMatchObject({ status: 7, signal: null, stderr: '' });
  });

  test('an uncaught error ends it while requests grow', () => {
    const { status, signal, stderr } = child('an uncaught error');
    expect({ status, signal }).toEqual({ status: 1, signal: null });
    expect(stderr).toContain('Error: uncaught');
  });

  test('has worker threads that sample, and end or are terminated while requests grow', () => {
    const { status, stdout, stderr } = child('worker threads');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { own, seen } = JSON.parse(stdout);
    expect(seen).toEqual(Array(8).fill(own));
  }, 60_000);

  test('frees the threads of a graph that is collected', () => {
    const { status, stdout, stderr } = child('the graph is collected');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { areHeld, during, after } = JSON.parse(stdout);
    expect(areHeld).toEqual([false, false, false, false]);
    // The first of four graphs has two threads of its own.
    expect(after).toBeLessThan(during);
  });
});
