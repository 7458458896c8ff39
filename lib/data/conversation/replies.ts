/** Reads questions and replies of a conversation: options, reasoning, the answer. */
import { letterOf } from '../letters.js';
import { exactOptions, parseOption } from '../options.js';
import { endOfStep } from '../process-records.js';
import { between } from '../tags.js';

export const isPath = (reply: string): boolean => reply.includes(endOfStep);

interface Reply {
  steps?: string[];
  answer?: string;
}

/**
 * A solution path is steps alone; `<thinking>` or `<think>` is reasoning, a step a line; the answer is what `<answer>`
 * holds, or else what follows the reasoning.
 */
export function readReply(reply: string): Reply {
  if (isPath(reply)) return { steps: filled(reply.split(endOfStep)) };
  const reasoning = reasoningTag(reply);
  const [steps, rest] =
    reasoning === undefined
      ? [[], reply]
      : [
          filled((inside(reply, reasoning) as string).split('\n')),
          reply.slice(reply.indexOf(`</${reasoning}>`) + `</${reasoning}>`.length),
        ];
  const answer = inside(reply, 'answer') ?? rest.trim();
  return { steps: steps.length > 0 ? steps : undefined, answer: answer === '' ? undefined : answer };
}

/** A reply as later turns see it: models do not read their earlier thoughts. */
export function withoutThoughts(reply: string): string {
  const tag = reasoningTag(reply);
  if (tag === undefined) return reply;
  const thoughts = between(reply, `<${tag}>`, `</${tag}>`);
  return reply.replace(`<${tag}>${thoughts}</${tag}>`, () => '').trim();
}

/** The answer as its option's text or letter, where it names one; `B. red` does unless option B is another. */
export function nameOption(answer: string, options: readonly string[]): string {
  const index = parseOption(answer, options);
  if (index === null) return answer;
  const words = parseOption(answer.replace(/^\(?[A-Z][).:]/, ''), options);
  if (words !== null && words !== index) return answer;
  const names = [options[index], letterOf(index)];
  return names.find((name) => exactOptions(name, options).length === 1) ?? answer;
}

/**
 * Splits lettered options off the end of a question: lines `A. red`, `B) blue`, ..., or the same after "Choose
 * from:" on one line; letters count up from A. A text without them is an open question. The look-behinds let a run of
 * white space be tried from its start only: from every place of it, the time would go by the square of its length.
 */
export function splitOptions(content: string): { question: string; options?: string[] } {
  const lines = content
    .replace(/(?<!\s)\s*Choose from:\s*/i, '\n')
    .replaceAll(/(?<=\S)[ \t]+(?=\(?[A-Z][.):] )/g, '\n')
    .split('\n');
  const start = lines.findIndex((line) => /^\(?A[.):] /.test(line.trim()));
  if (start < 1) return { question: content };
  const options: string[] = [];
  for (const line of lines.slice(start)) {
    const option = line.trim();
    const label = /^\(?([A-Z])[.):] /.exec(option);
    if (label?.[1] !== letterOf(options.length)) break;
    options.push(option.slice(label[0].length).trim());
  }
  if (options.length < 2) return { question: content };
  const rest = [...lines.slice(0, start), ...lines.slice(start + options.length)];
  return { question: rest.join('\n').trim(), options };
}

function reasoningTag(reply: string): string | undefined {
  return ['thinking', 'think'].find((tag) => inside(reply, tag) !== undefined);
}

function inside(content: string, tag: string): string | undefined {
  return between(content, `<${tag}>`, `</${tag}>`)?.trim();
}

function filled(texts: readonly string[]): string[] {
  return texts.map((text) => text.trim()).filter((text) => text !== '');
}
