/** Messages as chat templates read them: other fields stay as they are. */
import { z } from 'zod';
import { text } from './schema.js';

/** Of every message; others, such as `tool_calls`, stand for a content. */
const always = new Set(['role', 'content', 'name']);

/** @param media where a clip goes, which messages do not have */
export function messageSchema(media: string) {
  const expected = `a text or a list of text parts|write the content as text; ${media}`;
  return z
    .looseObject(
      {
        role: text('a role', 'write "system", "user", "assistant" or "tool"'),
        content: z
          .union(
            [
              z.string(),
              z.array(z.strictObject({ type: z.literal('text'), text: z.string() })),
              // Of calls of tools alone.
              z.null(),
            ],
            expected,
          )
          .optional(),
        tool_calls: z
          .array(z.looseObject({}), 'a list of calls|write [{ "type": "function", "function": ... }]')
          .nullable()
          .optional(),
      },
      'a message|write { "role": ..., "content": ... }',
    )
    .refine(
      ({ content, ...others }) =>
        content != null || Object.entries(others).some(([name, value]) => !always.has(name) && value != null),
      { path: ['content'], message: expected },
    );
}
