// What a run shows of itself.

export { pickClips, type ReportClip } from './clips.js';
export { LiveReport, type LiveRun } from './live.js';
export { type ReportOptions, writeClips, writeReport, writeRunsReport } from './report.js';
