// Part of same-results.mjs: samples completions with the package of a checkout and prints them as JSON.
const { join } = require('node:path');

module.exports = async (checkout, folder, file) => {
  const { OmniModel, data, torch } = require(join(checkout, 'dist/index.js'));
  torch.setNumThreads(2);
  const model = await OmniModel.fromPretrained(folder);
  const samples = data.readSamples(file).slice(0, 8);
  const results = {};
  for (const view of ['av', 'v', 'a', 'none']) {
    const settings = {
      view,
      numGenerations: 3,
      maxNewTokens: 32,
      seed: 3,
      temperature: 1.3,
      topP: 0.98,
      topK: 40,
    };
    const completions = (await model.generateBatch(samples, settings)).flat();
    results[`sampled ids, view ${view}`] = completions.map(({ ids }) => ids.join(' '));
    results[`sampled logprobs, view ${view}`] = completions.map(({ logprobs }) => logprobs.join(' '));
  }
  await model.close();
  process.stdout.write(JSON.stringify(results));
};
