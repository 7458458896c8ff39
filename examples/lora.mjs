// Trains a LoRA adapter on a text folder, saves it in PEFT's files, and merges it: node examples/lora.mjs [folder of a model]
//
// The base stays as it is: the adapter's few parameters are trained, and the same base serves with it, without it, or merged.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OmniModel, SFTTrainer } from 'earsight';
import { tinyModel } from './tiny-model.mjs';

const trainDataset = ['red', 'blue', 'green', 'black'].map((colour, i) => ({
  id: String(i),
  question: `The sky is ${colour}. Which colour has it?`,
  answer: colour,
}));

const temporary = mkdtempSync(join(tmpdir(), 'earsight-lora-'));
try {
  const folder = process.argv[2] ?? join(temporary, 'model');
  if (process.argv[2] === undefined) tinyModel().savePretrained(folder);

  const model = await OmniModel.fromPretrained(folder);
  const base = count(model.graph.parameters());
  const { text } = model.graph.addAdapter({ r: 8, alpha: 16 }); // all linear layers of the decoder
  const trained = model.graph.parameters().filter(({ requiresGrad }) => requiresGrad);
  console.log(`${text.length} layers adapted: ${count(trained)} parameters trained beside ${base}`);

  const trainer = new SFTTrainer({
    model,
    trainDataset,
    formatCompletion: ({ answer }) => answer,
    config: {
      learningRate: 2e-2,
      perDeviceTrainBatchSize: 4,
      maxSteps: 40,
      loggingSteps: 10,
      outputDir: null,
    },
    callbacks: [
      {
        onLog({ step }, _, { loss }) {
          console.log(`step ${step}: loss ${loss.toFixed(3)}`);
        },
      },
    ],
  });
  await trainer.train();

  model.graph.saveAdapter(join(temporary, 'adapter')); // adapter_config.json and adapter_model.safetensors
  const loaded = await OmniModel.fromPretrained(folder);
  loaded.graph.loadAdapter(join(temporary, 'adapter'));
  const answers = {
    'with the adapter': await ask(loaded),
    'without it': await loaded.graph.withoutAdapter(() => ask(loaded)),
  };
  loaded.graph.mergeAdapter();
  answers.merged = await ask(loaded);
  for (const [name, answer] of Object.entries(answers)) console.log(`${name}: ${JSON.stringify(answer)}`);
} finally {
  rmSync(temporary, { recursive: true });
}

async function ask(model) {
  const { completions } = await model.generate(trainDataset[0], { temperature: 0, maxNewTokens: 8 });
  return completions[0].text;
}

function count(parameters) {
  return parameters.reduce((sum, parameter) => sum + parameter.numel(), 0);
}
