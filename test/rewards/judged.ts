// Judges and completions for tests of the rewards that ask judges.

import type { Judge, JudgeRequest } from '../../lib/rewards/index.js';

/** A judge that scores by a function, and what it was asked. */
export function judgeBy(score: (request: JudgeRequest) => number | null) {
  const requests: JudgeRequest[] = [];
  const judge: Judge = {
    name: 'by-function',
    judge(asked) {
      requests.push(...asked);
      return Promise.resolve(asked.map(score));
    },
  };
  return { judge, requests };
}

/** A judge that is down. */
export const down: Judge = { name: 'down', judge: () => Promise.reject(new Error('no route to host')) };

export const timed = (times: string, caption: string) => `<time>${times}</time><caption>${caption}</caption>`;

/** What `run` gives, and the warnings meanwhile. */
export async function withWarnings<T>(run: () => Promise<T>): Promise<{ result: T; warnings: string[] }> {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  try {
    const result = await run();
    return { result, warnings: warn.mock.calls.map(([text]) => String(text)) };
  } finally {
    warn.mockRestore();
  }
}
