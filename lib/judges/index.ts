/** Judges: what scores captions, spans and answers by a model or a service, behind the rewards' interface `Judge`. */
export { type JudgeDefinition, judgeList } from './list.js';
export { type NecessityOptions, necessity } from './necessity.js';
export { type OpenAIJudge, openAI } from './openai.js';
export type { OpenAIJudgeMetrics } from './openai-metrics.js';
export type { OpenAIJudgeOptions } from './openai-options.js';
export { type SelfCheckOptions, selfCheck } from './self-check.js';
