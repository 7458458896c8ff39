/**
 * A conversation as its chat template writes it, and where turns stand in it. The assistant's turns are what the template
 * has between its `{% generation %}` marks. A template without marks is rendered turn by turn: a turn is what the messages
 * up to it have more than those before it with the header of an answer. The token that ends a turn belongs to it.
 */
import type { ChatRow } from '../data/index.js';
import { type ChatTemplate, type Message, type RenderOptions, TextError } from '../text/index.js';

/** [start, end) in a text. */
export type Span = [start: number, end: number];

export class RenderedChat {
  readonly text: string;
  private readonly template: ChatTemplate;
  private readonly row: ChatRow;
  private readonly variables: RenderOptions;
  private readonly messages: readonly Message[];
  /** Of the marks; null: the template has none. */
  private readonly marked: readonly Span[] | null;

  /** @param messages of the row, as they are given to the template */
  constructor(
    template: ChatTemplate,
    specialTokens: Readonly<Record<string, string>>,
    row: ChatRow,
    messages: readonly Message[],
  ) {
    this.template = template;
    this.row = row;
    this.variables = { ...specialTokens, ...row.templateVariables, tools: row.tools };
    this.messages = messages;
    const marked = this.inRow(() => template.renderMarked(messages, this.variables));
    this.marked = marked?.spans ?? null;
    this.text = marked?.text ?? this.render(messages.length);
  }

  /** Of the assistant, in order. @throws TextError where they cannot be found in the text */
  turns(): Span[] {
    if (this.marked !== null) return [...this.marked];
    return this.messages.flatMap(({ role }, i): Span[] => {
      if (role !== 'assistant') return [];
      const [start, end] = [this.render(i, true), this.render(i + 1)];
      if (this.text.startsWith(end) && end.startsWith(start)) return [[start.length, end.length]];
      throw this.error(
        `messages[${i}] is written otherwise once other messages follow (some templates leave out earlier thoughts), and the ` +
          'template has no {% generation %} marks: learn the last turn alone (completionOnlyLoss: true), or split the row',
      );
    });
  }

  /** Where the answer to the first messages begins. @param prompt how many these are */
  completionStart(prompt: number): number {
    if (this.messages[prompt]?.role !== 'assistant') {
      const { role } = this.messages[prompt] ?? {};
      throw this.error(
        `the completion begins with a message of ${role ?? 'nobody'}; expected the assistant's`,
      );
    }
    const start = this.render(prompt, true);
    if (this.text.startsWith(start)) return start.length;
    throw this.error(
      'the prompt is written otherwise when the answer follows it: the model would learn to answer what it is never ' +
        'asked; mend the template, or use one with {% generation %} marks and assistantOnlyLoss alone',
    );
  }

  error(problem: string): TextError {
    return new TextError(this.template.file, `sample '${this.row.id}': ${problem}`);
  }

  private render(count: number, addGenerationPrompt = false): string {
    const messages = this.messages.slice(0, count);
    return this.inRow(() => this.template.render(messages, { ...this.variables, addGenerationPrompt }));
  }

  /** Errors of the template name the row. */
  private inRow<T>(render: () => T): T {
    try {
      return render();
    } catch (error) {
      throw error instanceof TextError ? this.error(error.reason) : error;
    }
  }
}
