/** What a graph is told of an adapter, and what it answers. */
import type { LoraOptions } from '../nn/index.js';

/** The default of `targetModules`: the linear layers of the text decoder. */
export type AdapterOptions = Omit<LoraOptions, 'targetModules'> & Partial<Pick<LoraOptions, 'targetModules'>>;

/** Names of the modules that have an update, by tower, and of the parameters that are trained whole. */
export interface AdapterReport {
  text: string[];
  vision: string[];
  audio: string[];
  saved: string[];
}
