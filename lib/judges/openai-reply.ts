/** The score in the endpoint's reply. It is taken as it stands or not at all: nothing is searched for, converted or clamped. */
import { parseJson, shown } from '../runtime/index.js';
import { JudgeFailure } from './openai-failure.js';

export interface Judgement {
  score: number;
  reason: string;
}

/** As `response_format` wants it. The reason comes first, so that the score follows from it. */
export const replyFormat = {
  type: 'json_schema',
  json_schema: {
    name: 'judgement',
    strict: true,
    schema: {
      type: 'object',
      properties: { reason: { type: 'string' }, score: { type: 'number' } },
      required: ['reason', 'score'],
      additionalProperties: false,
    },
  },
} as const;

/**
 * @param text a JSON object, alone or as the one fenced block of the text
 * @throws JudgeFailure for anything else, and for a score that is no number from 0 to 1
 */
export function parseJudgement(text: string): Judgement {
  const fenced = /^```(?:json)?\s*\n([^`]*)\n\s*```$/.exec(text.trim());
  let value: unknown;
  try {
    value = parseJson(fenced?.[1] ?? text);
  } catch {
    throw wrong(`${shown(text)}, which is not JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(shown(value));
  const { score, reason = '' } = value as Record<string, unknown>;
  if (typeof score !== 'number' || !(score >= 0 && score <= 1)) throw wrong(`a score of ${shown(score)}`);
  if (typeof reason !== 'string') throw wrong(`a reason of ${shown(reason)}`);
  return { score, reason };
}

function wrong(got: string): JudgeFailure {
  return new JudgeFailure(
    'reply',
    `the reply is ${got}; expected {"reason": text, "score": number from 0 to 1}`,
    { retriable: true },
  );
}
