// Samples while its process, its worker threads or its graph end, as the first argument names.
const { join } = require('node:path');
const { isMainThread, parentPort, Worker } = require('node:worker_threads');
const { spawnSync } = require('node:child_process');
const { readdirSync, readFileSync } = require('node:fs');
const { buildGraph, loadGraph } = require('../../../dist/models/index.js');
const { sampleBatch } = require('../../../dist/rollout/index.js');
const { torch } = require('../../../dist/tensor/index.js');

const folder = join(__dirname, '../../fixtures/models/hf/qwen2');
const load = () => loadGraph(folder);
const prompt = {
  id: 'a',
  root: { spans: [{ kind: 'text', length: 3 }], textIds: [1, 2, 3] },
  question: [4, 5],
  text: '',
  tokens: { text: 5, audio: 0, video: 0 },
};
const params = { seed: 1, temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1 };

/** @param onStep hears after each pass */
const sample = (graph, maxNewTokens, onStep, numGenerations = 8) =>
  sampleBatch(
    graph,
    [prompt],
    { ...params, numGenerations, maxNewTokens },
    { stopIds: [], decode: String, onStep },
  );
const endless = 20_000;
const print = (value) => process.stdout.write(JSON.stringify(value));
const threads = () => readdirSync('/proc/self/task').length;

/** After three passes. */
function afterSome(act) {
  let passes = 0;
  return () => {
    passes += 1;
    if (passes === 3) act();
  };
}

function runWorker(kind, onMessage) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { argv: [kind] });
    worker.on('error', reject);
    worker.on('message', (message) => onMessage(message, worker));
    worker.on('exit', resolve);
  });
}

const ways = {
  'the program ends': async () => {
    const [completions] = await sample(load(), 4);
    print(completions.map(({ ids }) => ids.length));
  },
  'nobody holds the graph or waits': async () => {
    sample(load(), 400).then(([completions]) => print(completions.map(({ ids }) => ids.length)));
    for (let i = 0; i < 5; i += 1) {
      gc();
      await new Promise(setImmediate);
    }
  },
  'memory is short': async () => {
    // A page of keys and values takes 64 MiB.
    const graph = buildGraph({
      ...{
        model_type: 'qwen3',
        vocab_size: 16,
        hidden_size: 16,
        intermediate_size: 16,
        num_hidden_layers: 32,
      },
      ...{ num_attention_heads: 64, num_key_value_heads: 64, head_dim: 128, tie_word_embeddings: false },
    });
    await sample(graph, 3, undefined, 1);
    const size = /VmSize:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1] * 1024;
    spawnSync('prlimit', ['--pid', process.pid, `--as=${size + 200 * 2 ** 20}`], { stdio: 'inherit' });
    const { name, message } = await sample(graph, 40).catch((error) => error);
    const [completions] = await sample(graph, 3, undefined, 1);
    print({ name, message, again: completions.map(({ ids }) => ids.length) });
  },
  'threads are short': async () => {
    const expected = await sample(load(), 4);
    const graph = load();
    torch.setNumThreads(16);
    // Room for the stacks of some threads, of 2 or 8 MiB each.
    const size = /VmSize:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1] * 1024;
    const limit = (most) =>
      spawnSync('prlimit', ['--pid', process.pid, `--as=${most}:`], { stdio: 'inherit' });
    limit(size + 28 * 2 ** 20);
    const before = threads();
    let more;
    const found = await sample(graph, 4, () => {
      if (more !== undefined) return;
      more = threads() - before;
      limit('unlimited');
    });
    print({ isSame: JSON.stringify(found) === JSON.stringify(expected), more });
  },
  'process.exit': () =>
    sample(
      load(),
      endless,
      afterSome(() => process.exit(7)),
    ),
  'process.exit in a timer': () =>
    sample(
      load(),
      endless,
      afterSome(() => setTimeout(() => process.exit(7), 1)),
    ),
  'an uncaught error': () =>
    sample(
      load(),
      endless,
      afterSome(() =>
        setTimeout(() => {
          throw new Error('uncaught');
        }, 1),
      ),
    ),
  'worker threads': async () => {
    const seen = [];
    for (let round = 0; round < 4; round += 1) {
      await Promise.all([
        ...['samples', 'samples'].map((kind) => runWorker(kind, (ids) => seen.push(ids))),
        ...['grows', 'exits'].map((kind) => runWorker(kind, (_, worker) => worker.terminate())),
      ]);
    }
    const [completions] = await sample(load(), 4);
    print({ own: completions.map(({ ids }) => ids), seen });
  },
  samples: async () => {
    const [completions] = await sample(load(), 4);
    parentPort.postMessage(completions.map(({ ids }) => ids));
  },
  grows: () =>
    sample(
      load(),
      endless,
      afterSome(() => parentPort.postMessage('grows')),
    ),
  exits: () =>
    sample(
      load(),
      endless,
      afterSome(() => process.exit(0)),
    ),
  'the graph is collected': async () => {
    torch.setNumThreads(2);
    const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
    const held = [];
    let during = 0;
    for (let round = 0; round < 4; round += 1) {
      let graph = load();
      await sample(graph, 4);
      if (round === 0) during = threads();
      held.push(new WeakRef(graph));
      graph = null;
    }
    // Finalizers come in tasks of their own, and threads take their time to end.
    for (let i = 0; i < 4000 && threads() >= during; i += 1) {
      gc();
      await turn();
    }
    print({ areHeld: held.map((graph) => graph.deref() !== undefined), during, after: threads() });
  },
};

const act = ways[process.argv[2]];
if (isMainThread)
  Promise.resolve(act()).catch((error) => {
    console.error(error);
    process.exit(9);
  });
else act();
