// Scores texts in worker threads, each with its own copy of a model: node examples/workers.mjs [folder of a model]
//
// A thread that loads earsight has an environment of its own: tensors, scopes and memoryStats() belong to it. Tensors are
// not posted; their data and shape are, and become a tensor of the other thread there.
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { memoryStats, models, noGrad, scope, torch } from 'earsight';
import { tinyModel } from './tiny-model.mjs';

if (isMainThread) await main();
else await work(workerData);

async function main() {
  const texts = ['a bell rings', 'a dog barks twice', 'nothing is heard', 'glass breaks', 'rain', 'a door'];
  const temporary = mkdtempSync(join(tmpdir(), 'earsight-workers-'));
  try {
    const folder = process.argv[2] ?? join(temporary, 'model');
    if (process.argv[2] === undefined) tinyModel().savePretrained(folder);
    const count = 3;
    const threads = Math.max(1, Math.floor(availableParallelism() / count));
    const results = await Promise.all(
      Array.from({ length: count }, (_, index) => {
        const mine = texts.filter((_, i) => i % count === index);
        return resultOf(
          new Worker(new URL(import.meta.url), { workerData: { folder, texts: mine, threads } }),
        );
      }),
    );
    for (const { index, scored, liveTensors } of results.map((result, index) => ({ index, ...result })))
      for (const { text, data, shape } of scored) {
        const logprobs = torch.fromBuffer(data, shape, 'float32');
        console.log(`worker ${index} (${liveTensors} tensors): ${text}: ${logprobs.sum().item().toFixed(3)}`);
        logprobs.dispose();
      }
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

function resultOf(worker) {
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
}

/** Log-probabilities of the bytes of each text, given those before. */
async function work({ folder, texts, threads }) {
  torch.setNumThreads(threads); // of this thread
  const graph = models.loadGraph(folder);
  const scored = [];
  for (const text of texts) {
    const ids = [...Buffer.from(text)];
    const logprobs = scope(() =>
      noGrad(() => {
        const logits = graph.logits({ inputIds: ids.slice(0, -1) });
        return logits.logSoftmax(-1).gather(1, torch.tensor(ids.slice(1), { dtype: 'int64' }).unsqueeze(1));
      }),
    );
    scored.push({ text, data: await logprobs.data(), shape: logprobs.shape });
    logprobs.dispose();
  }
  parentPort.postMessage({ scored, liveTensors: memoryStats().liveTensors });
}
