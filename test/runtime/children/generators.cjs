// 40,000 generators, disposed or left to the collector: `node --expose-gc generators.cjs disposed|collected`. Prints the
// growth of resident memory in MiB.
const { torch } = require('../../../dist/tensor/index.js');

async function make(count, way) {
  for (let i = 0; i < count; i += 1) {
    const generator = new torch.Generator().manualSeed(i);
    if (way === 'disposed') generator.dispose();
    if (i % 500 === 499) {
      global.gc();
      await new Promise(setImmediate);
    }
  }
  global.gc();
  await new Promise(setImmediate);
}

async function main(way) {
  const kept = new torch.Generator().manualSeed(3);
  const first = torch.rand([4], { generator: kept }).toArray();
  await make(2000, way);
  const before = process.memoryUsage.rss();
  await make(40_000, way);
  const grown = (process.memoryUsage.rss() - before) / 2 ** 20;
  kept.manualSeed(3);
  const again = torch.rand([4], { generator: kept }).toArray();
  process.stdout.write(JSON.stringify({ grown, works: String(again) === String(first) }));
}

main(process.argv[2]);
