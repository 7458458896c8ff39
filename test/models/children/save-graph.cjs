// node save-graph.cjs <from> <folder> <n>: saves the graph in `from`, in shards, over the one in `folder`; killed at its n-th change.
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { models } = require('../../../dist/index.js');
const { killAt } = require('../../files/children/kill-at.cjs');

const [from, folder, n] = process.argv.slice(2);
const graph = models.loadGraph(from);
killAt(Number(n));
models.saveGraph(graph, folder, {
  maxShardSize: '60KB',
  also: {
    write: (partial) => writeFileSync(join(partial, 'tokenizer.json'), from),
    replaced: (name) => name === 'merges.txt',
  },
});
