// node load-memory.cjs <dist> <folder> <dtype>: bytes that loading a folder, and then a pass, add to the memory of a process.
const { readFileSync, writeFileSync } = require('node:fs');
const [, , dist, folder, dtype] = process.argv;
const { models, torch, noGrad, scope } = require(`${dist}/index.js`);

/** Of /proc/self/status, in bytes. VmHWM: the most that was resident. */
const status = (field) =>
  1024 * Number(new RegExp(`${field}:\\s*(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))[1]);

torch.setNumThreads(1);
// Memory of the libraries, which the first pass takes.
const sizes = { vocab_size: 64, hidden_size: 512, intermediate_size: 2048, num_hidden_layers: 1 };
const small = models.buildGraph({
  model_type: 'qwen2',
  ...sizes,
  num_attention_heads: 4,
  num_key_value_heads: 4,
});
const pass = (graph) => noGrad(() => scope(() => graph.logits({ inputIds: [1, 2, 3] })));
pass(small);
writeFileSync('/proc/self/clear_refs', '5'); // VmHWM begins anew
const before = status('VmRSS');
const graph = models.loadGraph(folder, { dtype });
const loaded = status('VmHWM') - before;
pass(graph);
console.log(JSON.stringify({ loaded, passed: status('VmHWM') - before }));
