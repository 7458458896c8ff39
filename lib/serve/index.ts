/** HTTP servers: an OpenAI-compatible endpoint over one model, and the live page of runs. */

export { startReportServer } from './report-server.js';
export { type ServeLimits, type ServeOptions, startServer } from './server.js';
