/**
 * Decode steps on a GPU as captured graphs: one for the completions that grow, made anew when half of them have ended. The
 * first step of each runs as usual, the second is captured, and from then on each is a replay.
 */
import { int64 } from '../batch/index.js';
import type { NodeRow } from '../kernels/index.js';
import type { KvCache, ModelGraph } from '../models/index.js';
import { CudaGraph, keep, scope, type Tensor } from '../tensor/index.js';
import { FixedStep } from './fixed-step.js';
import type { Sequence } from './sequence.js';

interface Recorded {
  graph: Pick<CudaGraph, 'replay' | 'dispose'>;
  /** Each replay overwrites it. */
  result: Tensor;
}

/** How launches are recorded; `CudaGraph` is one. */
export interface Recorder {
  warmUp(device: string, launch: () => Tensor): Tensor;
  capture(device: string, launch: () => Tensor): Recorded;
}

/** null: the graph's steps cannot be replayed, and go through the modules one by one. */
export function recorderOf(graph: ModelGraph): Recorder | null {
  const { device, dtype } = graph.headWeight;
  const hasKernels = dtype === 'bfloat16' || dtype === 'float16';
  const isFixed = (graph.fixedSteps ?? null) !== null;
  return device.startsWith('cuda') && hasKernels && isFixed && CudaGraph.isBuilt() ? CudaGraph : null;
}

/** What the steps of one call have in common. */
interface Steps {
  graph: ModelGraph;
  cache: KvCache;
  /** Nodes of the prompts, without queries. */
  ancestors: readonly NodeRow[];
  /** First row of each sequence's own keys. */
  rows: ReadonlyMap<Sequence, number>;
  /** Rows that each has. */
  room: number;
}

/** Of the completions that grew when it was made. */
interface Capture {
  members: ReadonlyMap<Sequence, number>;
  fixed: FixedStep;
  isWarm: boolean;
  recorded: Recorded | null;
}

let isRefusalSaid = false;

export class CapturedSteps {
  readonly #steps: Steps;
  #recorder: Recorder | null;
  #capture: Capture | null = null;

  constructor(steps: Steps, recorder: Recorder | null) {
    this.#steps = steps;
    this.#recorder = recorder;
  }

  /**
   * Feeds the token that was sampled for each sequence at `step`. What it makes for later steps belongs to the current scope,
   * which must last until `dispose`.
   *
   * @returns hidden states that predict the next tokens; null: this step cannot be replayed
   */
  next(growing: readonly Sequence[], step: number): Tensor | null {
    const recorder = this.#recorder;
    if (recorder === null) return null;
    const { members, fixed } = this.#fit(growing);
    const places = growing.map((sequence) => members.get(sequence) as number);
    fixed.feed(
      growing.map(({ ids, end }, i) => ({
        member: places[i],
        id: ids[step],
        position: end.next + step,
        step,
      })),
    );
    return scope(() => {
      const hidden = this.#run(recorder);
      return hidden?.indexSelect(0, int64(places, hidden.device)) ?? null;
    });
  }

  /** One that the growing sequences are members of, at least half of them. */
  #fit(growing: readonly Sequence[]): Capture {
    if (this.#capture !== null && this.#capture.members.size <= 2 * growing.length) return this.#capture;
    this.dispose();
    const { graph, cache, ancestors, rows, room } = this.#steps;
    const members = growing.map((sequence) => ({
      parent: sequence.end.node,
      first: rows.get(sequence) as number,
      room,
    }));
    this.#capture = {
      members: new Map(growing.map((sequence, i) => [sequence, i])),
      fixed: new FixedStep(graph, cache, ancestors, members),
      isWarm: false,
      recorded: null,
    };
    return this.#capture;
  }

  /** -> the hidden states of all members */
  #run(recorder: Recorder): Tensor | null {
    const capture = this.#capture as Capture;
    const { device } = this.#steps.graph.headWeight;
    const compute = (): Tensor => scope(() => capture.fixed.compute());
    if (!capture.isWarm) {
      capture.isWarm = true;
      return recorder.warmUp(device, compute);
    }
    try {
      capture.recorded ??= record(recorder, device, compute);
    } catch (error) {
      this.#giveUp(error as Error);
      return null;
    }
    capture.recorded.graph.replay();
    return capture.recorded.result;
  }

  #giveUp({ message }: Error): void {
    this.dispose();
    this.#recorder = null;
    if (isRefusalSaid) return;
    isRefusalSaid = true;
    process.emitWarning(`sampling: steps on the GPU are not captured as a graph: ${message}`);
  }

  dispose(): void {
    this.#capture?.recorded?.graph.dispose();
    this.#capture?.recorded?.result.dispose();
    this.#capture = null;
  }
}

function record(recorder: Recorder, device: string, compute: () => Tensor): Recorded {
  const recorded = recorder.capture(device, compute);
  keep(recorded.result);
  return recorded;
}
