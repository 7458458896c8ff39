// The comparisons: each throws an AssertionError where the two disagree, and returns what stands in the page.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { newTokens } from './prompts.mjs';

/** Milliseconds after a turn in which the threads of the other program stop spinning. */
const turnPause = 200;

/** Largest difference of float32 logits, as a part of the largest logit: sums in other orders, over 30 layers. */
const tolerance = 1e-5;

/** Tokenizer and template: the same text and ids for each chat. */
export function comparePrompts({ Tokenizer, ChatTemplate }, folder, chats, prompts) {
  const tokenizer = Tokenizer.fromFolder(folder);
  const template = ChatTemplate.fromFolder(folder);
  for (const [i, messages] of chats.entries()) {
    const text = template.render(messages, { addGenerationPrompt: true });
    assert.equal(text, prompts[i].text);
    assert.deepEqual(tokenizer.encode(text), prompts[i].ids);
  }
  return tokenizer;
}

/** Logits of every token, float32 and bfloat16 weights. */
export async function compareLogits({ scope, torch }, graphs, reference, inputs, scratch) {
  const rows = [];
  for (const { name, ids } of inputs) {
    const file = (dtype) => join(scratch, `${dtype}.safetensors`);
    for (const dtype of ['float32', 'bfloat16'])
      await reference.ask({ do: 'logits', dtype, ids, file: file(dtype) });
    const row = scope(() => {
      const [exact, rounded] = ['float32', 'bfloat16'].map((dtype) => torch.load(file(dtype)).logits);
      const apart = (logits) => logits.detach().sub(exact).abs().max().item();
      return {
        ...{ name, tokens: ids.length, largest: exact.abs().max().item() },
        difference: apart(graphs.float32.logits({ inputIds: ids })),
        ours: apart(graphs.bfloat16.logits({ inputIds: ids })),
        theirs: apart(rounded),
      };
    });
    assert.ok(row.difference <= tolerance * row.largest, `${name}: logits differ by ${row.difference}`);
    assert.ok(row.ours <= 2 * row.theirs, `${name}: bfloat16 is off by ${row.ours}, theirs by ${row.theirs}`);
    rows.push(row);
  }
  return rows;
}

/** Ids and text of greedy decoding in float32: of the graph alone, and of the whole model as it answers questions. */
export async function compareGreedy({ graph, tokenizer, model }, reference, prompts, chats) {
  const rows = [];
  for (const [i, { ids }] of prompts.entries()) {
    const request = { do: 'generate', dtype: 'float32', ids, count: newTokens };
    const theirs = await reference.ask(request);
    const ours = graph.generateIds(ids, { maxNewTokens: newTokens });
    assert.deepEqual(ours, theirs.ids);
    assert.equal(tokenizer.decode(ours, { skipSpecialTokens: true }), theirs.text);
    const end = ours.indexOf(tokenizer.eosId);
    const text = tokenizer.decode(end < 0 ? ours : ours.slice(0, end));
    if (chats[i].length === 1) {
      const sample = { id: `${i}`, question: chats[i][0].content };
      const options = { temperature: 0, maxNewTokens: newTokens };
      const [answer] = (await model.generate(sample, options)).completions;
      assert.deepEqual(answer.ids, (await reference.ask({ ...request, stops: true })).ids);
      assert.equal(answer.text, text);
    }
    rows.push({ prompt: ids.length, text });
  }
  return rows;
}

/** A prompt of text as the sampler takes it. */
function promptOf(ids) {
  const root = { spans: [], textIds: [] };
  return {
    ...{ id: 'prompt', occurrence: 0, root, question: ids, text: '' },
    tokens: { text: ids.length, audio: 0, video: 0 },
  };
}

/** Tokens a second: `pairs` times ours, then theirs, after a turn of each that is not counted. */
export async function compareSpeed(earsight, graphs, reference, { short, long }, pairs) {
  const { scope, noGrad, rollout } = earsight;
  const copies = 8;
  const prompt = promptOf(short);
  const params = { maxNewTokens: newTokens, temperature: 0, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1 };
  const options = { stopIds: [], decode: () => '' };
  const rows = [];
  for (const dtype of ['float32', 'bfloat16']) {
    const graph = graphs[dtype];
    const kinds = {
      [`${newTokens} new tokens after ${short.length}`]: {
        tokens: newTokens,
        ours: () => graph.generateIds(short, { maxNewTokens: newTokens }),
        theirs: { do: 'generate', dtype, ids: short, count: newTokens },
      },
      [`${copies} times ${newTokens} new tokens after ${short.length}`]: {
        tokens: copies * newTokens,
        ours: () =>
          rollout.sampleBatch(graph, [prompt], { ...params, numGenerations: copies, seed: 0 }, options),
        theirs: { do: 'generate', dtype, ids: short, count: newTokens, copies },
      },
      [`logits of a text of ${long.length}`]: {
        tokens: long.length,
        ours: () => noGrad(() => scope(() => void graph.logits({ inputIds: long }))),
        theirs: { do: 'pass', dtype, ids: long },
      },
    };
    for (const [name, { tokens, ours, theirs }] of Object.entries(kinds)) {
      const samples = [];
      for (let pair = -1; pair < pairs; pair += 1) {
        await pause(turnPause);
        const start = performance.now();
        await ours();
        const seconds = (performance.now() - start) / 1e3;
        await pause(turnPause);
        const other = await reference.ask(theirs);
        if (pair >= 0) samples.push({ ours: tokens / seconds, theirs: tokens / other.seconds });
      }
      rows.push({ name, dtype, samples });
    }
  }
  return rows;
}
