/**
 * The text of prompts as token ids. The chat template writes around what people wrote, and only what it writes itself
 * can be a control token: a question about `<|VIDEO|>` or `<|im_end|>` is words.
 */
import { questionText, type Sample } from '../data/index.js';
import { type ChatTemplate, type Message, TextError, type Tokenizer } from '../text/index.js';

/** What a prompt shows, and the content type that stands for it in the chat template. */
export type Tracks = 'clip' | 'video' | 'audio' | 'none';

/** Stands for each text while the template is rendered: no text has this private-use character. */
const mark = '\u{F0000}';

/** What the template writes: before the media with the system message in it, after them, and around later texts. */
interface Pieces {
  before: string[];
  between: string;
  /** After the first question, and after each text that follows. */
  after: string[];
}

export class PromptText {
  private readonly tokenizer: Tokenizer;
  private readonly template: ChatTemplate;
  private readonly placeholders: readonly string[];
  private readonly rendered = new Map<string, Pieces>();

  /** @param placeholders what the template writes in the place of media */
  constructor(tokenizer: Tokenizer, template: ChatTemplate, placeholders: readonly string[]) {
    this.tokenizer = tokenizer;
    this.template = template;
    this.placeholders = placeholders;
  }

  /** Ids up to the media, and from their end to the first question. */
  prefix(system: string | undefined, tracks: Tracks): { before: number[]; between: number[] } {
    const { before, between } = this.pieces(tracks, system !== undefined, 0);
    return {
      before: this.join(before, system === undefined ? [] : [system]),
      between: this.tokenizer.encode(between),
    };
  }

  /** Ids from the first question on, up to and including the header of the answer. */
  question(sample: Sample): number[] {
    const { system, history = [] } = sample;
    const earlier = history.flatMap(({ question, answer }) => [question, answer]);
    const { after } = this.pieces('none', system !== undefined, history.length);
    return this.join(['', ...after], [...earlier, questionText(sample)]);
  }

  /** What the template wrote, with the texts that stand between. */
  private join(written: readonly string[], texts: readonly string[]): number[] {
    return written.flatMap((piece, i) => [
      ...this.tokenizer.encode(piece),
      ...(i < texts.length ? this.tokenizer.encode(texts[i], { splitSpecialTokens: true }) : []),
    ]);
  }

  private pieces(tracks: Tracks, hasSystem: boolean, exchanges: number): Pieces {
    const key = `${tracks} ${hasSystem} ${exchanges}`;
    let pieces = this.rendered.get(key);
    if (pieces === undefined) {
      pieces = this.render(tracks, hasSystem, exchanges);
      this.rendered.set(key, pieces);
    }
    return pieces;
  }

  private render(tracks: Tracks, hasSystem: boolean, exchanges: number): Pieces {
    const asked = { type: 'text', text: mark };
    const messages: Message[] = [
      ...(hasSystem ? [{ role: 'system', content: mark }] : []),
      { role: 'user', content: tracks === 'none' ? [asked] : [{ type: tracks }, asked] },
      ...Array.from({ length: exchanges }, () => [
        { role: 'assistant', content: mark },
        { role: 'user', content: [asked] },
      ]).flat(),
    ];
    const variables = { ...this.tokenizer.specialTokens, addGenerationPrompt: true };
    const written = this.template.render(messages, variables).split(mark);
    if (written.length !== messages.length + 1) {
      const roles = messages.map(({ role }) => role).join(', ');
      const problem = `renders a text not at all or more than once; expected once (messages: ${roles})`;
      throw new TextError(this.template.file, problem);
    }
    const first = hasSystem ? 1 : 0;
    const after = written.slice(first + 1);
    const parts = tracks === 'none' ? [written[first], ''] : splitAt(written[first], this.placeholders);
    if (parts.length !== 2) {
      const found = `renders '${tracks}' content with ${parts.length - 1} placeholders`;
      throw new TextError(this.template.file, `${found}; expected one ${this.placeholders.join(' or ')}`);
    }
    const [start, end] = parts;
    return { before: [...written.slice(0, first), start], between: end, after };
  }
}

/** The parts of a text between marks. */
function splitAt(text: string, marks: readonly string[]): string[] {
  return marks.reduce((parts, mark) => parts.flatMap((part) => part.split(mark)), [text]);
}
