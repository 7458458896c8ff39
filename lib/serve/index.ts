/** An OpenAI-compatible endpoint over one model. */
export { type ServeLimits, type ServeOptions, startServer } from './server.js';
