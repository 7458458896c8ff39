/**
 * Fields of the request that not every server takes. One that a server refuses is left out or renamed from then on: servers
 * without structured output reply with text, and OpenAI's reasoning models have no temperature and another name for the limit.
 */
import { RefusedFailure } from './openai-failure.js';
import { replyFormat } from './openai-reply.js';

interface OptionalField {
  value: object;
  /** What the message of a server that refuses it holds. */
  refusal: RegExp;
  /** What takes its place. */
  instead?: object;
}

const optionalFields: readonly OptionalField[] = [
  {
    value: { response_format: replyFormat },
    refusal: /response_format|json_schema|structured|guided/i,
  },
  { value: { temperature: 0 }, refusal: /temperature/i },
  {
    value: { max_tokens: 512 },
    refusal: /max_tokens/i,
    // It counts the tokens of the reasoning too.
    instead: { max_completion_tokens: 4096 },
  },
];
const structured = optionalFields[0];

export class RequestFields {
  #refused: ReadonlySet<OptionalField> = new Set();
  /** Whether the server has taken structured output. */
  #proven = false;

  /** Sends with all fields, and once more without each that the server refuses. @throws what the last `send` throws */
  async negotiate<T>(send: (fields: object) => Promise<T>): Promise<T> {
    const refused = new Set(this.#refused);
    for (;;) {
      try {
        const reply = await send(fieldsWithout(refused));
        this.#refused = refused;
        this.#proven ||= !refused.has(structured);
        return reply;
      } catch (error) {
        const field = this.#refusedIn(error, refused);
        if (field === undefined) throw error;
        refused.add(field);
      }
    }
  }

  /** The field at fault. A server that names none may be one that does not know structured output. */
  #refusedIn(error: unknown, refused: ReadonlySet<OptionalField>): OptionalField | undefined {
    if (!(error instanceof RefusedFailure) || ![400, 422, 501].includes(error.status)) return undefined;
    const left = optionalFields.filter((field) => !refused.has(field));
    const named = left.find(({ refusal }) => refusal.test(error.body));
    return named ?? (this.#proven ? undefined : left.find((field) => field === structured));
  }
}

function fieldsWithout(refused: ReadonlySet<OptionalField>): object {
  const fields = optionalFields.map((field) => (refused.has(field) ? field.instead : field.value));
  return Object.assign({}, ...fields);
}
