// The ESM door: re-exports the CommonJS implementation, so that both module systems see the same classes.

export * from './index.js';
