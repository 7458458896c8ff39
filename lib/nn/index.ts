/** Modules, layers, initialisers, optimizers, schedules. */
export * from './activation.js';
export * from './containers.js';
export * from './conv.js';
export { currentFactory, type Factory, withFactory } from './factory.js';
export { functional } from './functional.js';
export * as init from './init.js';
export { AdaptableLayer, Embedding, Identity, type LayerAdapter, Linear } from './linear.js';
export { type AdapterParts, LoraAdapter } from './lora.js';
export type { LoraOptions } from './lora-options.js';
export * from './loss.js';
export { buffer, type IncompatibleKeys, Module, Parameter, parameter, type StateDict } from './module.js';
export type { ModuleSelection } from './module-names.js';
export * from './norm.js';
export * as optim from './optim/index.js';
