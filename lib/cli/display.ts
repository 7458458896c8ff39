/** What the engine of recipes shows, on the terminal. */
import type { Display } from '../recipe/index.js';
import { startProgress } from './progress.js';

export const terminal: Display = { log: (line) => console.log(line), progress: startProgress };
