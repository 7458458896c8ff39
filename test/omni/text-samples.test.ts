/** Samples without a clip: what a model is asked, in every view, and models that take no clip. */
import type { Sample } from '../../lib/data/index.js';
import { newSmallModel } from '../../lib/omni/index.js';
import { scope, torch } from '../../lib/tensor/index.js';
import { tinyConfig } from './clips.js';
import { textModel } from './text-model.js';

const sample: Sample = {
  id: 'sum',
  system: 'Be short.',
  history: [{ question: 'One and one?', answer: 'two' }],
  question: 'Two and two?',
  options: ['four', 'five'],
  answer: 'four',
};
const rendered =
  '<|im_start|>system\nBe short.<|im_end|>\n<|im_start|>user\nOne and one?<|im_end|>\n<|im_start|>assistant\ntwo<|im_end|>\n' +
  '<|im_start|>user\nTwo and two?\nA. four\nB. five<|im_end|>\n<|im_start|>assistant\n';

test('a model of text alone is asked what its template writes, in the views av and none', async () => {
  const model = textModel();
  await scope(async () => {
    const { av, none } = await model.prepare([sample, { ...sample, id: 'again' }], { views: ['av', 'none'] });
    const [{ root, question, tokens }, again] = av;
    const ids = [...root.textIds, ...question];
    expect(model.tokenizer.decode(ids)).toBe(rendered);
    expect(root.spans).toEqual([{ kind: 'text', length: root.textIds.length }]);
    expect(tokens).toEqual({ text: ids.length, audio: 0, video: 0 });
    expect(again.root).toBe(root);
    expect(none).toEqual(av);
  });
  await expect(model.prepare([sample], { views: ['av', 'v'] })).rejects.toThrow(
    "prepare: views: the model takes no video and no audio: expected av or none, got 'v'",
  );
  expect((await model.generate(sample, { maxNewTokens: 3 })).completions[0].ids.length).toBeGreaterThan(0);
});

test('such a model refuses a sample with a clip by name, before the file is opened', async () => {
  const model = textModel();
  const clip = { ...sample, video: '/nowhere/clip.mp4' };
  const problem = /clip\.mp4.*the model takes text alone; leave out "video" and "audio".*sample 'sum'/;
  await expect(model.prepare([clip], { views: ['av'] })).rejects.toThrow(problem);
  await expect(model.processor.clips.probe(clip, model.media)).rejects.toThrow(problem);
  await expect(model.generate({ ...sample, audio: '/nowhere/a.wav' })).rejects.toThrow(
    /a\.wav.*sample 'sum'/,
  );
  await model.close();
});

test('a model with towers has one prompt for it, whatever the view', async () => {
  torch.manualSeed(1);
  const model = newSmallModel([sample], { config: tinyConfig });
  await scope(async () => {
    const views = ['av', 'v', 'a', 'none', 'shuffled'] as const;
    const { av, ...others } = await model.prepare([sample], { views });
    expect(av[0].tokens).toMatchObject({ audio: 0, video: 0 });
    for (const prompts of Object.values(others)) expect(prompts).toEqual(av);
  });
});
