// What expanding one path takes, beside one generate call a rollout: three steps and an alternative to each, six rollouts of
// all. The model is the demo's small one with random weights, whose alternatives are sampled and then said to be steps. Both
// ways take turns; before each the sampler forgets what it has computed.

import { cpus, loadavg } from 'node:os';
import { hasBf16Products } from '../dist/cli/cpu-features.js';
import earsight from '../dist/index.js';
import { BenchmarkError, count } from './python.mjs';
import results from './results-page.cjs';
import { showPage } from './show-page.mjs';

const { nativeInfo, omni, processDpo, rollout, torch } = earsight;
const { digits, median, table } = results;
const targets = { tokens: 4, time: 3 };
const [selected, rollouts] = [3, 6];

/** Of clips by their seconds; what is sampled. */
const rows = [
  { title: 'clip of 4 s, continuations of 64 tokens', seconds: 4, maxNewTokens: 64 },
  { title: 'clip of 30 s, continuations of 64 tokens', seconds: 30, maxNewTokens: 64 },
];

export const options = {
  threads: { type: 'string', default: '2' },
  turns: { type: 'string', default: '5' },
};

export const help = [
  'Expanding one path, 3 steps x 2 x 6 rollouts, beside one generate call a rollout: prompt tokens and time.',
  '',
  '  --threads 2    of the sampler',
  '  --turns 5      of each way',
  '  --write        record the results in docs/results',
  '',
  'rows:',
  ...rows.map(({ title }) => `  ${title}`),
  '',
  'About a minute on 2 cores. Needs no Python.',
].join('\n');

const words = 'the square was red and the tone was low before it was seen'.split(' ');
const step = (i) =>
  `${i === 0 ? '' : '\n'}${[...words.slice(i), ...words.slice(0, i)].join(' ')}<end_of_step>`;
const path = [0, 1, 2, 3].map(step);
const alternative = `\nit was${step(5)}`;
const stop = ['<end_of_step>'];
const maxStepTokens = 64;

/** Frames of 64 x 64 at 2 a second, and sound, of noise that is the same everywhere. */
function clipOf(seconds) {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  const [frames, size, bins, rate] = [2 * seconds, 64, 80, 100];
  return {
    duration: seconds,
    video: {
      frames: Uint8Array.from({ length: frames * size * size * 3 }, () => next() >>> 24),
      shape: [frames, size, size],
      times: Array.from({ length: frames }, (_, i) => i / 2),
    },
    audio: {
      mel: Float32Array.from({ length: bins * seconds * rate }, () => next() / 2 ** 31 - 1),
      frames: seconds * rate,
    },
  };
}

function modelOf({ seconds }, sample) {
  torch.manualSeed(0);
  const model = omni.newSmallModel([{ ...sample, steps: [...path, alternative] }]);
  if (hasBf16Products()) model.graph.computeIn('bfloat16');
  const clip = clipOf(seconds);
  const { processor } = model;
  const { features } = processor;
  // The question that packs the weights has none.
  processor.features = (asked, pool) =>
    asked.video === undefined ? features.call(processor, asked, pool) : Promise.resolve(clip);
  const { samplePrompts } = model;
  model.samplePrompts = async (prompts, params, more) => {
    const groups = await samplePrompts.call(model, prompts, params, more);
    if (params.stop === undefined) return groups;
    return groups.map((group) => group.map((it) => ({ ...it, text: alternative, finishReason: 'stop' })));
  };
  return model;
}

/** All rollouts in one batch. */
async function together(model, sample, { maxNewTokens }) {
  const record = { sampleId: sample.id, seed: 0, path, answer: '', correct: false, tokens: 0 };
  const records = await processDpo.rolloutSteps({
    ...{ model, samples: [sample], rollouts, maxNewTokens, maxStepTokens },
    paths: [{ ...record, selected: [1, 2, 3] }],
  });
  if (records.length !== selected || records.some(({ correct }) => correct.length !== rollouts))
    throw new BenchmarkError('expansion: the path was not expanded');
  return records.reduce((sum, { tokens }) => sum + tokens, 0);
}

/** One generate call an alternative and a rollout. */
async function oneByOne(model, sample, { maxNewTokens }) {
  let tokens = 0;
  const generate = async (prefix, more) => {
    const { completions } = await model.generate(sample, { temperature: 1, topP: 0.9, prefix, ...more });
    tokens += completions[0].ids.length;
    return completions[0].text;
  };
  for (const i of [1, 2, 3]) {
    const before = path.slice(0, i);
    const other = await generate(before, { maxNewTokens: maxStepTokens, stop });
    for (const branch of [path[i], other])
      for (let seed = 0; seed < rollouts; seed += 1)
        await generate([...before, branch], { maxNewTokens, seed });
  }
  return tokens;
}

/** One turn: seconds, tokens that calls brought in prompts, that were computed, that passed the towers, and that were sampled. */
async function turn(way, model, sample, row) {
  await model.close();
  // Packs the weights.
  await model.generate({ id: 'other', question: 'was it?' }, { maxNewTokens: 1 });
  const before = rollout.samplingStats(model.graph);
  const { graph } = model;
  const { encodeMedia } = graph;
  let encoded = 0;
  graph.encodeMedia = (media) => {
    const tokens = encodeMedia.call(graph, media);
    encoded += (tokens.vision?.shape[0] ?? 0) + (tokens.audio?.shape[0] ?? 0);
    return tokens;
  };
  const started = performance.now();
  const sampled = await way(model, sample, row);
  const seconds = (performance.now() - started) / 1e3;
  delete graph.encodeMedia;
  const after = rollout.samplingStats(model.graph);
  const computed = after.prefilledTokens - before.prefilledTokens;
  return {
    seconds,
    brought: computed + after.sharedTokens - before.sharedTokens,
    computed,
    encoded,
    sampled,
  };
}

async function measure(row, turns) {
  const sample = {
    ...{ id: 'clip', video: 'clip', question: `${words.join(' ')}?` },
    ...{ options: ['red', 'blue'], answer: 'red' },
  };
  const model = modelOf(row, sample);
  const ways = { together, oneByOne };
  const found = { together: [], oneByOne: [] };
  for (let i = 0; i <= turns; i += 1)
    for (const [name, way] of Object.entries(ways)) {
      const figures = await turn(way, model, sample, row);
      // The first turn of each warms up.
      if (i > 0) found[name].push(figures);
    }
  await model.close();
  const of = (name, figure) => median(found[name].map((it) => it[figure]));
  return { of, pairs: found.together.map((it, i) => found.oneByOne[i].seconds / it.seconds) };
}

const verdict = (ratio, target) => `${ratio.toFixed(1)}x (${ratio >= target ? 'met' : 'missed'})`;

export async function run({ write, ...given }) {
  const threads = count('threads', given.threads ?? options.threads.default);
  const turns = count('turns', given.turns ?? options.turns.default);
  torch.setNumThreads(threads);
  const [load] = loadavg();
  const lines = [];
  for (const row of rows) {
    const { of, pairs } = await measure(row, turns);
    const cells = (name) => [
      ...['brought', 'computed', 'encoded', 'sampled'].map((figure) => `${Math.round(of(name, figure))}`),
      digits(1e3 * of(name, 'seconds')),
    ];
    const tokens = of('oneByOne', 'brought') / of('together', 'computed');
    lines.push([row.title, 'one batch', ...cells('together'), '', '']);
    lines.push([
      ...['', 'a call a rollout', ...cells('oneByOne')],
      ...[verdict(tokens, targets.tokens), verdict(median(pairs), targets.time)],
    ]);
  }
  const page = [
    '# Expanding a path',
    '',
    `One path of four steps, of which ${selected} are rolled out: an alternative to each, ${rollouts} rollouts of each step and each alternative,`,
    `${selected * 2 * rollouts} in all. One batch: \`processDpo.rolloutSteps\`. A call a rollout: \`model.generate\` for every alternative and every rollout.`,
    `Same model, same run, in turns; medians of ${turns} turns. Before each turn the sampler forgets what it has computed. The model is`,
    "the demo's small one with random weights.",
    '',
    ...table(
      [
        ...[
          '',
          '',
          'prompt tokens of the calls',
          'computed by the decoder',
          'through the towers',
          'sampled',
          'ms',
        ],
        ...[`prompt tokens (target ${targets.tokens}x)`, `time (target ${targets.time}x)`],
      ],
      lines,
    ),
    '',
    'Prompt tokens of the calls: media, question and steps before, of every request that the sampler gets. Those that it has not',
    'computed before in the same turn are computed by the decoder: it finds the prompt of a call in that of the calls before,',
    'whether they are rollouts or not. The ratio of prompt tokens is that of the tokens that calls bring to those that one batch',
    'computes. Through the towers: tokens of pictures and sound, which each call encodes anew.',
    '',
    `${cpus()[0].model}, ${threads} threads, Node ${process.version}, libtorch ${nativeInfo().libtorch.version}; load average ${load.toFixed(1)} at the start.`,
  ];
  showPage('expansion', page, write);
}
