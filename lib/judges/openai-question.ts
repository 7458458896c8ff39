/** A judge's request as what the endpoint is sent: instructions, material, and the spans of the clip that it sees. */
import { questionText } from '../data/index.js';
import type { JudgeRequest } from '../rewards/index.js';
import { JudgeFailure } from './openai-failure.js';
import { soundRules, systemPrompts } from './openai-prompts.js';

export type MediaKind = keyof typeof soundRules;

export interface Question {
  system: string;
  /** JSON. */
  material: string;
  /** Seconds; null: no media. */
  spans: [number, number][] | null;
}

/** @throws JudgeFailure for a sample without the reference answer that the request needs */
export function questionOf(request: JudgeRequest, media: MediaKind): Question {
  const system = systemPrompts[request.kind].replace('{sound}', soundRules[media]);
  const material = JSON.stringify(materialOf(request));
  switch (request.kind) {
    case 'consistency':
      return { system, material, spans: [request.span] };
    case 'completeness':
      return { system, material, spans: request.spans };
    case 'answer':
      return { system, material, spans: null };
  }
}

function materialOf(request: JudgeRequest): Record<string, string> {
  if (request.kind === 'consistency') return { caption: request.caption };
  const { id, answer } = request.sample;
  if (answer === undefined)
    throw new JudgeFailure(
      'request',
      `sample ${id} has no "answer", which a judgement of ${request.kind} needs`,
    );
  const common = { question: questionText(request.sample), rightAnswer: answer };
  return request.kind === 'answer' ? { ...common, answer: request.answer } : common;
}
