export { AdamW, type AdamWOptions } from './adamw.js';
export { clipGradNorm } from './clip.js';
export { Muon, type MuonOptions } from './muon.js';
export { Optimizer, type OptimizerStateDict, type ParamGroup, type Params } from './optimizer.js';
export { constant, cosine, type Decay, linear, type Schedule, type WarmUp } from './schedules.js';
export { SGD, type SGDOptions } from './sgd.js';
