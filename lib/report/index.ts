// What a finished run shows of itself.

export { pickClips, type ReportClip } from './clips.js';
export { lineChart, type Series } from './line-chart.js';
export { type ReportOptions, writeClips, writeReport } from './report.js';
