// node make-model.mjs <folder> <dtype in the files> <dtype asked for> <config>: a folder of fresh weights, the same every time; prints
// their bytes in the second dtype.
import earsight from '../dist/index.js';

const { models, nn, torch } = earsight;
const [folder, stored, asked, config] = process.argv.slice(2);
torch.manualSeed(0);
const graph = nn.withFactory({ dtype: stored }, () => models.buildGraph(JSON.parse(config)));
models.saveGraph(graph, folder);
const parameters = graph.parameters().reduce((sum, tensor) => sum + tensor.numel(), 0);
process.stdout.write(`${JSON.stringify({ weights: parameters * (asked === 'float32' ? 4 : 2) })}\n`);
