// What the page's script gets, in the page itself or from the live server. Types alone: the script is compiled for a
// browser.

export interface ReportView {
  /** After how many milliseconds the page asks its server for what is new; null: the page is a file and has no server. */
  refreshMs: number | null;
  runs: RunView[];
  /** Clips inside the page, as data URLs by the name that `ClipView.source` has. */
  media: Record<string, string>;
}

/** What the live server answers: the view and the parts of the page that are made there. */
export interface LiveView extends ReportView {
  sections: Section[];
}

/** A part of the page; the body is HTML. */
export interface Section {
  id: string;
  heading: string;
  body: string;
}

interface RunView {
  name: string;
  stages: StageView[];
  /** Of each stage that sampled paths. */
  paths: PathsView[];
}

interface StageView {
  name: string;
  metrics: Record<string, MetricPoints>;
  /** Null where the stage wrote no completions. */
  rollouts: RolloutsView | null;
}

/** The values of a metric in the order of the file. */
export interface MetricPoints {
  steps: number[];
  values: number[];
  /** Each so many logged values is there. */
  every: number;
}

export interface RolloutsView {
  /** Steps that the page can show, in their order. */
  steps: number[];
  /** How many the stage has written. */
  written: number;
  /** Those inside the page; a live page asks for them. */
  embedded: StepRollouts[];
}

/** All completions of a step, and the samples that they answer. */
export interface StepRollouts {
  step: number;
  completions: RolloutView[];
  samples: Record<string, SampleView>;
}

/** A line of completions.jsonl; its meaning stands in docs/logging.md. */
export interface RolloutView {
  sample: string;
  occurrence: number;
  index: number;
  view: string;
  completion: string;
  tokens: number;
  finishReason: string;
  spans: [number, number][];
  captions: string[];
  thinking: string | null;
  answer: string | null;
  rewards: Record<string, number | null>;
  failed: string[];
  reward: number | null;
  advantage: number | null;
  inLoss: boolean;
}

/** The paths of a stage, by sample. */
export interface PathsView {
  stage: string;
  /** Those that the page can show, in the order of the file. */
  samples: PathsSummary[];
  /** How many the stage has written. */
  written: number;
  /** Those inside the page; a live page asks for them. */
  embedded: SamplePaths[];
}

export interface PathsSummary {
  sample: string;
  /** Its first characters; '' where the run's data are not known. */
  question: string;
  paths: number;
  /** Of these, right ones. */
  right: number;
  /** Steps with rollouts. */
  expanded: number;
  pairs: number;
}

export interface SamplePaths {
  sample: string;
  about: SampleView | null;
  paths: PathView[];
}

/** A record of paths.jsonl, with what other files say of its steps (docs/process-dpo.md). */
export interface PathView {
  seed: number;
  answer: string;
  correct: boolean;
  tokens: number;
  steps: PathStep[];
  pairs: PathPairView[];
}

export interface PathStep {
  text: string;
  divergence: number | null;
  /** Place among the selected steps, 1: the largest divergence; null: it is not selected. */
  rank: number | null;
  /** Null where it was not rolled out. */
  expansion: StepExpansion | null;
}

export interface StepExpansion {
  /** Null: no try gave another text. */
  alternative: string | null;
  own: Outcomes;
  other: Outcomes;
  pair: { chosen: 'step' | 'alternative'; pChosen: number; pRejected: number; alpha: number } | null;
}

/** Of rollouts; `continuations` may be missing. */
export interface Outcomes {
  correct: boolean[];
  continuations: string[];
}

export interface PathPairView {
  /** Whether the path is the chosen side. */
  isChosen: boolean;
  /** The other side's place among the sample's paths; null: it is not there. */
  other: number | null;
  alpha: number;
}

export interface SampleView {
  question: string;
  options: string[];
  /** What the sample says is right. */
  answer: string | null;
  spans: [number, number][];
  kind: string | null;
  clip: ClipView | null;
}

export interface ClipView {
  name: string;
  kind: 'video' | 'audio';
  /** A name in `ReportView.media` or a path on the live server; null: it is not shown. */
  source: string | null;
  /** Why it is not shown. */
  note: string;
}
