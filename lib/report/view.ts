// What the page's script gets, in the page itself or from the live server. Types alone: the script is compiled for a
// browser.

export interface ReportView {
  /** Whether the page asks its server for what is new. */
  live: boolean;
  runs: RunView[];
}

/** A part of the page; the body is HTML. */
export interface Section {
  id: string;
  heading: string;
  body: string;
}

export interface RunView {
  name: string;
  stages: StageView[];
}

interface StageView {
  name: string;
  metrics: Record<string, MetricPoints>;
}

/** The values of a metric in the order of the file. */
export interface MetricPoints {
  steps: number[];
  values: number[];
  /** Each so many logged values is there. */
  every: number;
}
