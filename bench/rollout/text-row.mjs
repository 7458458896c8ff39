// Measures a row of text prompts: our sampler and its peer, a process each, which take turns. The peer's call is halted in
// between, so that a busy machine disturbs both.

import { promptsOf } from '../prompts.mjs';
import results from '../results-page.cjs';
import { checksOf } from './checks.mjs';
import { models, readBytes } from './models.cjs';
import { modelFolder, startLlama, startOwn, startTransformers } from './programs.mjs';

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
const mostTried = 8;
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
 * The peer's call of one prompt in parts, as whole ones take minutes: the prompt of some rollouts, which `first` is of, and
 * steps of all (or of as many as there is memory for) after a prompt that was computed once.
 */
async function peerParts(program, { prompts, numGenerations, newTokens, config, measured, first }) {
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

/** Seconds until the first token of one whole prompt. */
const firsts = {
  own: (program, prompt) => ownSeconds(program, [prompt], 1, 1),
  peer: async (program, prompt) => (await peerCall(program, [prompt], 1, 2)).first,
};
const callsOf = { own: ownCall, peer: peerCall };

/** Of the cases of a row the one that is tried before the others: the largest with few sequences. */
const tried = ({ cases }) => cases.findLast((it) => it.prompts * it.numGenerations <= mostTried) ?? cases[0];

/** The dtype whose program makes the call in the least time, by a trial: some steps of all sequences, one whole prompt. */
async function fastest(side, programs, row) {
  const call = callsOf[side];
  const { prompts: count, numGenerations } = tried(row);
  const prompts = promptsOf(count, row.promptTokens, models[row.model].vocab_size);
  const short = prompts.map((prompt) => prompt.slice(0, trialPrompt));
  const seconds = {};
  for (const [dtype, program] of Object.entries(programs)) {
    // The first call of a program loads and allocates.
    await call(program, short, numGenerations, 2);
    if (Object.keys(programs).length === 1) return dtype;
    const trial = await call(program, short, numGenerations, trialTokens);
    const { step } =
      trial.call < shortCall ? await call(program, short, numGenerations, row.newTokens) : trial;
    const first = row.of === 'step' ? 0 : await firsts[side](program, prompts[0]);
    seconds[dtype] = step * row.newTokens + first * count * numGenerations;
  }
  return Object.keys(seconds).sort((a, b) => seconds[a] - seconds[b])[0];
}

/** { dtype, program } of a side's faster one; the others end. */
async function fasterSide(side, programs, row) {
  const faster = await fastest(side, programs, row);
  for (const [dtype, program] of Object.entries(programs)) if (dtype !== faster) program.stop();
  return { dtype: faster, program: programs[faster] };
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
    return figures(Math.min(...this.#firsts), Math.min(...this.#calls), this.newTokens);
  }
}

/** What a turn without disturbance takes, part by part. */
const least = (turns) =>
  Object.fromEntries(
    ['first', 'step', 'call'].map((part) => [part, Math.min(...turns.map((turn) => turn[part]))]),
  );

async function sideOf({ dtype, program }, turn, sequences, newTokens) {
  return {
    dtype,
    ...turn,
    decodeRate: sequences / turn.step,
    rate: (sequences * newTokens) / turn.call,
    bytes: await program.ask({ job: 'peak' }),
  };
}

/** The peer's figures in one case; between them and in their middle ours has its turns. */
async function peerTurns(row, it, program, own, prompts, { quick, firstOf }) {
  const { newTokens } = row;
  const { numGenerations } = it;
  if (row.peerInParts) {
    const measured = quick ? 1 : measuredPrompts;
    await own.take();
    const first = firstOf.get(measured) ?? (await peerCall(program, prompts, measured, 2)).first;
    firstOf.set(measured, first);
    const config = models[row.model];
    const parts = await peerParts(program, { prompts, numGenerations, newTokens, config, measured, first });
    await own.take();
    return { measured, ...parts };
  }
  const turns = [];
  while (turns.length === 0 || (sum(turns.map(({ call }) => call)) < enough && turns.length < mostTurns)) {
    await own.take();
    turns.push(await peerCall(program, prompts, numGenerations, newTokens, () => own.take()));
  }
  return least(turns);
}

/** One case of a row. No peer: ours beside the probe. `firstOf`: of the peer, seconds until the first token by rollouts. */
async function measureCase(row, it, { own, peer, probe, quick, firstOf }) {
  const config = models[row.model];
  const { newTokens, promptTokens } = row;
  const prompts = promptsOf(it.prompts, promptTokens, config.vocab_size);
  const sequences = it.prompts * it.numGenerations;
  const turns = new OwnTurns(own.program, prompts, it, newTokens, probe);
  await own.program.ask({ job: 'peak' });
  let peerSide = null;
  if (peer === null) {
    for (let turn = 0; turn < aloneTurns; turn += 1) await turns.take();
  } else {
    await peer.program.ask({ job: 'peak' });
    const measured = await peerTurns(row, it, peer.program, turns, prompts, { quick, firstOf });
    peerSide = await sideOf(peer, measured, sequences, newTokens);
  }
  const ownSide = await sideOf(own, turns.figures, sequences, newTokens);
  const read = Math.max(...turns.reads);
  const elementBytes = own.dtype === 'float32' ? 4 : 2;
  const bytes = readBytes(config, sequences, promptTokens + newTokens / 2, elementBytes);
  const ratios =
    peerSide === null
      ? { read: (bytes.weights + bytes.keys) / ownSide.step / read }
      : { step: peerSide.step / ownSide.step, call: peerSide.call / ownSide.call };
  return {
    title: it.title,
    own: ownSide,
    peer: peerSide,
    machine: { read, ...(await own.program.ask({ job: 'productRate' })) },
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
    const peer = programs.peer === null ? null : await fasterSide('peer', programs.peer, row);
    const own = await fasterSide('own', programs.own, row);
    const cases = [];
    const given = { ...context, own, peer, firstOf: new Map() };
    for (const it of row.cases) {
      cases.push(await measureCase(row, it, given));
      context.onCase(cases.at(-1));
    }
    return { cases, checks, peer: peer?.program.version ?? null };
  } finally {
    for (const program of started) program.stop();
  }
}
