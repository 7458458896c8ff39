/** Turns of a conversation as questions with what was replied to each. */
import { DataError, type Place } from '../errors.js';
import type { Turn } from './turns.js';

export interface Exchange {
  question: Turn;
  reply?: string;
  /** The right answer, where a turn of its own gives it. */
  reference?: string;
}

interface Conversation {
  system?: string;
  /** At least one. */
  exchanges: Exchange[];
}

/** @throws DataError unless questions and replies take turns, after at most one system message */
export function readConversation(turns: readonly Turn[], field: string, where: Place): Conversation {
  const count = (speaker: string): number => turns.filter((turn) => turn.speaker === speaker).length;
  const fail = (expected: string): DataError =>
    new DataError(
      { ...where, field },
      `got ${count('user')} user and ${count('assistant')} assistant messages` +
        `${turns.length > 0 ? ` (${listed(turns)})` : ''}, expected ${expected}`,
      'write each question before its reply, a system message before them, or split the row',
    );
  const exchanges: Exchange[] = [];
  let system: string | undefined;
  for (const [i, turn] of turns.entries()) {
    const current = exchanges.at(-1);
    if (turn.speaker === 'system') {
      if (i > 0) throw fail('one system message at most, as the first');
      system = turn.text || undefined;
    } else if (turn.speaker === 'user') {
      if (current !== undefined && current.reply === undefined)
        throw fail('a reply to every question but the last');
      exchanges.push({ question: turn });
    } else if (current === undefined) {
      throw fail(`a ${field === 'messages' ? 'user' : 'human'} turn first`);
    } else if (turn.speaker === 'assistant') {
      if (current.reply !== undefined) throw fail('one reply to a question');
      current.reply = turn.text;
    } else if (turn.speaker === 'reference') {
      current.reference = turn.text;
    }
  }
  if (exchanges.length === 0) throw fail(`a ${field === 'messages' ? 'user' : 'human'} turn`);
  return { system, exchanges };
}

function listed(turns: readonly Turn[]): string {
  const names = turns.slice(0, 6).map(({ speaker }) => speaker);
  return [...names, ...(turns.length > 6 ? ['...'] : [])].join(', ');
}
