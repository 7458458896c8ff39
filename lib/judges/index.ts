/** Judges: what scores captions, spans and answers by a model or a service, behind the rewards' interface `Judge`. */
export { type NecessityOptions, necessity } from './necessity.js';
export { type SelfCheckOptions, selfCheck } from './self-check.js';
