// Measures a row of text prompts: our sampler and its peer, a process each, which take turns. The peer's call is halted in
// between, so that a busy machine disturbs both.

import results from '../results-page.cjs';
import { checksOf } from './checks.mjs';
import { models, readBytes } from './models.cjs';
import { modelFolder, startLlama, startOwn, startTransformers } from './programs.mjs';
import { promptsOf } from './prompts.mjs';

const { median } = results;
/** Seconds: the peer's calls of a case are repeated until they have taken so long together, */
const enough = 3;
/** or so often. */
const mostTurns = 8;
/** Of ours where there is no peer. */
const aloneTurns = 3;
/** Seconds of a call that is too short to be measured once. */
const shortCall = 0.5;
/** Tokens of a trial, and of its prompts: which dtype is faster. */
const trialTokens = 6;
const trialPrompt = 32;
/** Sequences whose prompts the peer computes one by one where all would take minutes; the rest are counted like these. */
const measuredPrompts = 8;
/** Steps that are measured then. */
const measuredSteps = 16;

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** Seconds until the first token, of each further one, and of the whole call. */
const figures = (first, call, newTokens) => ({ first, step: (call - first) / (newTokens - 1), call });

let calls = 0;
/** Seconds of a call of ours. No call has another's prompts: nothing that was kept serves it. */
async function ownSeconds(program, prompts, numGenerations, newTokens) {
  calls += 1;
  const fresh = prompts.map(([, ...rest]) => [calls, ...rest]);
  return (await program.ask({ job: 'generate', prompts: fresh, numGenerations, newTokens })).seconds;
}

/** Our call. What its prompts take is known from one that ends with the first token. */
async function ownCall(program, prompts, numGenerations, newTokens) {
  const first = await ownSeconds(program, prompts, numGenerations, 1);
  return figures(first, await ownSeconds(program, prompts, numGenerations, newTokens), newTokens);
}

/** The peer's. Between its halves it waits for `between`. */
async function peerCall(program, prompts, numGenerations, newTokens, between = null) {
  const halt = between === null ? 0 : Math.ceil(newTokens / 2);
  let answer = await program.ask({ job: 'generate', prompts, numGenerations, newTokens, halt });
  if (answer.steps === undefined) {
    await between();
    answer = await program.ask({});
  }
  const { steps } = answer;
  return figures(steps[0], sum(steps), newTokens);
}

/**
 * The peer's call of one prompt in parts, for rollouts that would take minutes: the prompt of some, and steps of all (or of
 * as many as there is memory for) after a prompt that was computed once.
 */
async function peerParts(program, { prompts, numGenerations, newTokens, config, measured }) {
  const { first } = await peerCall(program, prompts, measured, 2);
  const length = prompts[0].length + measuredSteps;
  const { steps, rows } = await stepsThatFit(program, { prompts, numGenerations, config, length });
  const passes = numGenerations / rows;
  const whole = (first * numGenerations) / measured;
  const step = passes * median(steps.slice(1));
  return { first: whole, step, call: whole + step * (newTokens - 1), rows };
}

async function stepsThatFit(program, { prompts, numGenerations, config, length }) {
  let rows = numGenerations;
  // Keys and values in float32, which a step copies.
  while (rows > 1 && 3 * rows * readBytes(config, 1, length, 4).keys > process.availableMemory()) rows /= 2;
  const job = {
    job: 'generate',
    prompts,
    numGenerations: rows,
    newTokens: measuredSteps,
    halt: 0,
    prefilled: true,
  };
  return { rows, ...(await program.ask(job)) };
}

/** The dtype whose program makes the call in the least time, by a trial: some steps of all sequences, one whole prompt. */
async function fastest(programs, call, prompts, { numGenerations }, { of, newTokens }) {
  const short = prompts.map((prompt) => prompt.slice(0, trialPrompt));
  const seconds = {};
  for (const [dtype, program] of Object.entries(programs)) {
    // The first call of a program loads and allocates.
    await call(program, short, numGenerations, 2);
    if (Object.keys(programs).length === 1) return dtype;
    const trial = await call(program, short, numGenerations, trialTokens);
    const { step } = trial.call < shortCall ? await call(program, short, numGenerations, newTokens) : trial;
    seconds[dtype] = step * newTokens;
    if (of === 'step') continue;
    const { first } = await call(program, prompts.slice(0, 1), 1, 2);
    seconds[dtype] += first * prompts.length * numGenerations;
  }
  return Object.keys(seconds).sort((a, b) => seconds[a] - seconds[b])[0];
}

/** The turns of our program in one case, and what the probe reads before and after each. */
class OwnTurns {
  #firsts = [];
  #calls = [];

  constructor(program, prompts, { numGenerations }, newTokens, probe) {
    Object.assign(this, { program, prompts, numGenerations, newTokens, probe });
    this.reads = [probe()];
  }

  /** What prompts take is measured once where it is long. */
  async take() {
    const run = (newTokens) => ownSeconds(this.program, this.prompts, this.numGenerations, newTokens);
    if (this.#firsts.length === 0 || this.#firsts[0] < shortCall) this.#firsts.push(await run(1));
    this.#calls.push(await run(this.newTokens));
    this.reads.push(this.probe());
  }

  get figures() {
    return figures(median(this.#firsts), median(this.#calls), this.newTokens);
  }
}

const middle = (turns) =>
  Object.fromEntries(
    ['first', 'step', 'call'].map((part) => [part, median(turns.map((turn) => turn[part]))]),
  );

async function sideOf(program, dtype, turn, sequences, newTokens) {
  return {
    dtype,
    ...turn,
    decodeRate: sequences / turn.step,
    rate: (sequences * newTokens) / turn.call,
    bytes: await program.ask({ job: 'peak' }),
  };
}

/** The peer's figures in one case; between them and in their middle ours has its turns. */
async function peerTurns(row, it, program, own, prompts, quick) {
  const { newTokens } = row;
  const { numGenerations } = it;
  if (row.of === 'call' && (quick || numGenerations > measuredPrompts)) {
    const measured = quick ? 1 : measuredPrompts;
    const config = models[row.model];
    await own.take();
    const parts = await peerParts(program, { prompts, numGenerations, newTokens, config, measured });
    await own.take();
    return { measured, ...parts };
  }
  const turns = [];
  while (turns.length === 0 || (sum(turns.map(({ call }) => call)) < enough && turns.length < mostTurns)) {
    await own.take();
    turns.push(await peerCall(program, prompts, numGenerations, newTokens, () => own.take()));
  }
  return middle(turns);
}

/** One case of a row. `own`, `peer`: programs by dtype; no peer: ours beside the probe. */
async function measureCase(row, it, { own, peer, probe, quick }) {
  const config = models[row.model];
  const { newTokens, promptTokens } = row;
  const prompts = promptsOf(it.prompts, promptTokens, config.vocab_size);
  const sequences = it.prompts * it.numGenerations;
  const ownDtype = await fastest(own, ownCall, prompts, it, row);
  const program = own[ownDtype];
  const turns = new OwnTurns(program, prompts, it, newTokens, probe);
  await program.ask({ job: 'peak' });
  let peerSide = null;
  if (peer === null) {
    for (let turn = 0; turn < aloneTurns; turn += 1) await turns.take();
  } else {
    const peerDtype = await fastest(peer, peerCall, prompts, it, row);
    await peer[peerDtype].ask({ job: 'peak' });
    const measured = await peerTurns(row, it, peer[peerDtype], turns, prompts, quick);
    peerSide = await sideOf(peer[peerDtype], peerDtype, measured, sequences, newTokens);
  }
  const ownSide = await sideOf(program, ownDtype, turns.figures, sequences, newTokens);
  const read = Math.max(...turns.reads);
  const elementBytes = ownDtype === 'float32' ? 4 : 2;
  const bytes = readBytes(config, sequences, promptTokens + newTokens / 2, elementBytes);
  const ratios =
    peerSide === null
      ? { read: (bytes.weights + bytes.keys) / ownSide.step / read }
      : { step: peerSide.step / ownSide.step, call: peerSide.call / ownSide.call };
  return {
    title: it.title,
    own: ownSide,
    peer: peerSide,
    machine: { read, ...(await program.ask({ job: 'productRate' })) },
    readBytes: bytes,
    ratios,
    of: row.of,
    target: it.target,
  };
}

/** Both sides' programs by dtype, and one that scores completions in float32; those that run go to `started`. */
async function startPrograms(row, context, started) {
  const { folder, threads } = context;
  const model = () => modelFolder(folder, row.model);
  const keep = async (starting) => {
    const programs = await starting;
    started.push(...Object.values(programs));
    return programs;
  };
  const transformers = (dtypes) => keep(startTransformers(model(), dtypes, threads));
  const sides = {
    transformers: async () => {
      const peer = await transformers(['float32', 'bfloat16']);
      return { peer, reference: peer.float32 };
    },
    'llama.cpp': async () => {
      const peer = await keep(startLlama(model, context));
      return { peer, reference: (await transformers(['float32'])).float32 };
    },
    probe: async () => ({ peer: null, reference: null }),
  };
  const { peer, reference } = await sides[row.peer]();
  const dtypes = Object.keys(peer ?? { bfloat16: null });
  return { own: await keep(startOwn(model(), dtypes, threads)), peer, reference };
}

/** @returns { cases, checks, peer: its version } */
export async function measureTextRow(row, context) {
  const started = [];
  try {
    const programs = await startPrograms(row, context, started);
    const checks = programs.peer === null ? [] : await checksOf(row, programs);
    const cases = [];
    for (const it of row.cases) {
      cases.push(await measureCase(row, it, { ...context, ...programs }));
      context.onCase(cases.at(-1));
    }
    const { version = null } = Object.values(programs.peer ?? {})[0] ?? {};
    return { cases, checks, peer: version };
  } finally {
    for (const program of started) program.stop();
  }
}
