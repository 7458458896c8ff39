// node make.mjs <folder> <model of models.cjs>: a folder of fresh weights, in bfloat16: every dtype has the same.
import earsight from '../../dist/index.js';
import shapes from './models.cjs';

const { models, nn, torch } = earsight;
const [folder, name] = process.argv.slice(2);
torch.manualSeed(0);
models.saveGraph(
  nn.withFactory({ dtype: 'bfloat16' }, () => models.buildGraph(shapes.models[name])),
  folder,
);
