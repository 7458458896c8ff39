// Policy gradient with a reward of one's own, on any JSONL of clips: node examples/custom-training.mjs samples.jsonl
import { algorithms, batch, data, omni, optim, scope, torch, train } from 'earsight';

const samples = data.readSamples(process.argv[2]).slice(0, 2);
torch.manualSeed(0);
const model = omni.newSmallModel(samples);
const optimizer = new optim.AdamW(model.graph.parameters(), { lr: 1e-3 });
const reward = ({ text }) => -text.length; // any function of a completion
for (let step = 0; step < 10; step += 1) {
  await scope(async () => {
    const { av: prompts } = await model.prepare(samples, { views: ['av'] });
    const groups = await model.samplePrompts(prompts, { numGenerations: 8, maxNewTokens: 16, seed: step });
    const completionIds = groups.map((group) => group.map(({ ids }) => ids));
    const trees = prompts.map((prompt, i) => batch.completionTree(prompt, completionIds[i]));
    const rewards = torch.tensor(groups.flat().map(reward));
    const advantages = algorithms.groupAdvantage(rewards, torch.arange(0, rewards.numel() + 1, 8));
    const { logp, cuSeqlens } = train.completionLogprobs(model.graph, trees);
    algorithms.policyLoss(logp, { type: 'grpo', advantages, cuSeqlens }).loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    console.log(`step ${step}: reward ${rewards.mean().item()}`);
  });
}
await model.close();
