/**
 * The text of prompts as token ids. The chat template writes around what people wrote, and only what it writes itself
 * can be a control token: a question about `<|VIDEO|>` or `<|im_end|>` is words. Without a chat template a prompt is its
 * question, with the tokens before it that the tokenizer puts before every text.
 */
import { questionText, type Sample, splitSteps } from '../data/index.js';
import { type ChatTemplate, type Message, TextError, type Tokenizer } from '../text/index.js';
import { anyText } from './message-text.js';

/** What a prompt shows, and the content type that stands for it in the chat template. */
export type Tracks = 'clip' | 'video' | 'audio' | 'none';

/** The texts of a prompt, and descriptions of functions for the template. */
export type Asked = Pick<Sample, 'question' | 'options' | 'instruction' | 'system' | 'history'> & {
  tools?: readonly object[];
};

/** Stands for each text while the template is rendered: no text has this private-use character. */
const mark = '\u{F0000}';

/** The system message and the tools: what questions about one clip may have in common. */
export type Preface = Pick<Asked, 'system' | 'tools'>;

/** A piece of a prompt: of the template, or one of the texts in it. */
interface Part {
  text: string;
  isText: boolean;
}

/** What the questions of a clip have in common, and what a question starts with. */
interface Head {
  /** Up to the media. */
  before: Part[];
  /** After them, up to a control token, behind which a tokenizer starts anew. */
  between: Part[];
  /** That control token, or nothing where there is none. */
  control: string;
  /** From there to the first question. */
  tail: Part[];
}

export class PromptText {
  private readonly tokenizer: Tokenizer;
  private readonly template: ChatTemplate | null;
  private readonly placeholders: readonly string[];
  private readonly rendered = new Map<string, string[]>();
  private turnEnd: number | undefined;
  private header: string | undefined;

  /** @param placeholders what the template writes in the place of media; none: the model takes text alone */
  constructor(tokenizer: Tokenizer, template: ChatTemplate | null, placeholders: readonly string[]) {
    this.tokenizer = tokenizer;
    this.template = template;
    this.placeholders = placeholders;
  }

  /** Ids up to the media, and from their end to where questions differ. */
  prefix(asked: Preface, tracks: Tracks): { before: number[]; between: number[] } {
    if (this.template === null) return { before: this.tokenizer.startIds, between: [] };
    const { before, between } = this.head(asked, tracks);
    return { before: this.encode(before), between: this.encode(between) };
  }

  /** Ids from there on, up to and including the header of the answer. */
  question(asked: Asked, tracks: Tracks): number[] {
    if (this.template === null) return this.plainQuestion(asked);
    const first = asked.system === undefined ? 0 : 1;
    const after = this.written(asked, 'none').slice(first + 1);
    const { control, tail } = this.head(asked, tracks);
    const rest = after.flatMap((text, i) => [
      ofText(this.textAt(first + i, asked, 'none')),
      ofTemplate(text),
    ]);
    // Some tokenizers write the start of a text another way: the control token before it shows that it is none.
    const ids = this.encode([ofTemplate(control), ...tail, ...rest]);
    return control === '' ? ids : ids.slice(1);
  }

  /**
   * Ids of an answer, or of the next part of one, in which control tokens are words. Steps of reasoning are encoded one by one,
   * so that each has the ids that it has alone, whatever follows it.
   */
  answer(text: string): number[] {
    this.header ??= this.findHeader();
    const after = this.header;
    return splitSteps(text).flatMap((step) =>
      this.tokenizer.encode(step, { splitSpecialTokens: true, after }),
    );
  }

  /**
   * Ids between two turns of the assistant: the token that ends the first, a question of the user, the header of the second.
   * @throws TextError where the template cannot write a second question
   */
  followUp(question: string): number[] {
    if (this.template === null)
      throw new TextError(
        'chat template',
        'the model has none, which a second turn needs. Fix: put a chat_template.jinja into its folder, or ask for reasoning ' +
          "and answer in one turn (protocol 'steps')",
      );
    const asked = { question, history: [{ question: '', answer: '' }] };
    const [, , before, after] = this.written(asked, 'none');
    const ids = this.encode([ofTemplate(before), ofText(this.textAt(2, asked, 'none')), ofTemplate(after)]);
    const end = ids.indexOf(this.endId);
    if (end >= 0) return ids.slice(end);
    throw this.error('ends a turn of the assistant with no control token, which a second turn needs');
  }

  /** What the template writes before an answer, from its last control token on. */
  private findHeader(): string {
    if (this.template === null) return anyText;
    try {
      const written = this.written({ question: '' }, 'none');
      const { control, tail } = this.cut([ofTemplate(written[written.length - 1])]);
      return control + tail.map(({ text }) => text).join('') || anyText;
    } catch (error) {
      // A template that cannot write a question alone.
      if (error instanceof TextError) return anyText;
      throw error;
    }
  }

  /** Id of the token that ends a turn of the assistant as the template writes it; the tokenizer's end token otherwise. */
  get endId(): number {
    this.turnEnd ??= this.findTurnEnd();
    return this.turnEnd;
  }

  private findTurnEnd(): number {
    const { eosId, specialTokens } = this.tokenizer;
    if (this.template === null) return eosId;
    const turns = [this.message('user', mark), { role: 'assistant', content: mark }];
    try {
      const after = this.template.render(turns, specialTokens).split(mark)[2] ?? '';
      const token = this.tokenizer.controlTokenIn(after);
      return (token === null ? undefined : this.tokenizer.tokenId(token)) ?? eosId;
    } catch (error) {
      // Some templates take a question alone.
      if (error instanceof TextError) return eosId;
      throw error;
    }
  }

  /** Whether earlier exchanges can stand in a prompt, questions and answers apart. */
  get takesHistory(): boolean {
    if (this.template === null) return false;
    const written = (second: string): string | null => {
      const turns = ['user', second, 'user'].map((role) => this.message(role, mark));
      try {
        return this.template?.render(turns, this.tokenizer.specialTokens) ?? null;
      } catch (error) {
        if (error instanceof TextError) return null;
        throw error;
      }
    };
    const exchange = written('assistant');
    // Many templates refuse two questions in a row.
    return exchange !== null && exchange !== written('user');
  }

  private plainQuestion(asked: Asked): number[] {
    const { system, history = [], tools } = asked;
    const chat = { system, history: history.length > 0 ? history : undefined, tools };
    const found = Object.entries(chat).find(([, value]) => value !== undefined);
    if (found !== undefined) {
      throw new TextError(
        'chat template',
        `the model has none, so a prompt is its question alone, without ${found[0]}. Fix: put a chat_template.jinja ` +
          'into its folder',
      );
    }
    return this.tokenizer.encode(questionText(asked), { splitSpecialTokens: true });
  }

  private head({ system, tools }: Preface, tracks: Tracks): Head {
    const asked: Asked = { system, tools, question: '' };
    const [first, second] = this.written(asked, tracks);
    const all = [ofTemplate(first)];
    if (system !== undefined) all.push(ofText(this.textAt(0, asked, tracks)), ofTemplate(second));
    if (tracks === 'none') return { before: [], ...this.cut(all) };
    const parts = splitAt(all[all.length - 1].text, this.placeholders);
    if (parts.length !== 2) {
      const found = `renders '${tracks}' content with ${parts.length - 1} placeholders`;
      throw this.error(`${found}; expected one ${this.placeholders.join(' or ')}`);
    }
    return { before: [...all.slice(0, -1), ofTemplate(parts[0])], ...this.cut([ofTemplate(parts[1])]) };
  }

  /** Cuts behind the last control token of the template. */
  private cut(parts: readonly Part[]): Omit<Head, 'before'> {
    for (let i = parts.length - 1; i >= 0; i -= 1) {
      const { text, isText } = parts[i];
      const pieces = isText ? [text] : this.tokenizer.splitAtControlTokens(text);
      if (pieces.length === 1) continue;
      const rest = pieces[pieces.length - 1];
      const until = ofTemplate(text.slice(0, text.length - rest.length));
      return {
        between: [...parts.slice(0, i), until],
        control: pieces[pieces.length - 2],
        tail: [ofTemplate(rest), ...parts.slice(i + 1)],
      };
    }
    return { between: [], control: '', tail: [...parts] };
  }

  private encode(parts: readonly Part[]): number[] {
    const isHostile = ({ text, isText }: Part) => isText && this.tokenizer.controlTokenIn(text) !== null;
    if (!parts.some(isHostile)) return this.tokenizer.encode(parts.map(({ text }) => text).join(''));
    // Every second piece is a control token of the template.
    let pieces = [''];
    for (const { text, isText } of parts) {
      const [first, ...more] = isText ? [text] : this.tokenizer.splitAtControlTokens(text);
      pieces[pieces.length - 1] += first;
      pieces = pieces.concat(more);
    }
    return pieces.flatMap((piece, i) =>
      this.tokenizer.encode(piece, {
        splitSpecialTokens: i % 2 === 0,
        after: i % 2 === 0 ? pieces[i - 1] : '',
      }),
    );
  }

  /** What the template makes of the text at `index`: some trim it, or leave a part of it out. */
  private textAt(index: number, asked: Asked, tracks: Tracks): string {
    const texts = textsIn(asked);
    const others = texts.map((text, i) => (i === index ? text : mark));
    const rendered = this.render(asked, tracks, others);
    const written = this.written(asked, tracks);
    const before = written.slice(0, index + 1).join(mark);
    const after = written.slice(index + 1).join(mark);
    const end = rendered.length - after.length;
    const isAround = end >= before.length && rendered.startsWith(before) && rendered.endsWith(after);
    return isAround ? rendered.slice(before.length, end) : texts[index];
  }

  /** What the template writes before, between and after the texts. */
  private written(asked: Asked, tracks: Tracks): string[] {
    const { system, history = [], tools } = asked;
    const key = `${tracks} ${system !== undefined} ${history.length}`;
    const known = tools === undefined ? this.rendered.get(key) : undefined;
    if (known !== undefined) return known;
    const texts = textsIn(asked);
    const written = this.render(
      asked,
      tracks,
      texts.map(() => mark),
    ).split(mark);
    if (written.length !== texts.length + 1) {
      const roles = this.messages(asked, tracks, texts).map(({ role }) => role);
      throw this.error(
        `renders a text not at all or more than once; expected once (messages: ${roles.join(', ')})`,
      );
    }
    if (tools === undefined) this.rendered.set(key, written);
    return written;
  }

  private render(asked: Asked, tracks: Tracks, texts: readonly string[]): string {
    const { tools = null } = asked;
    const variables = { ...this.tokenizer.specialTokens, tools, addGenerationPrompt: true };
    this.tokenizer.checkTools(tools);
    return (this.template as ChatTemplate).render(this.messages(asked, tracks, texts), variables);
  }

  private messages({ system }: Asked, tracks: Tracks, texts: readonly string[]): Message[] {
    const start = system === undefined ? 0 : 1;
    return texts.map((text, i) => {
      if (i < start) return { role: 'system', content: text };
      if ((i - start) % 2 === 1) return { role: 'assistant', content: text };
      return this.message('user', text, i === start ? tracks : 'none');
    });
  }

  /** Templates of text models write contents as they are, those of others go through their parts. */
  private message(role: string, text: string, tracks: Tracks = 'none'): Message {
    if (this.placeholders.length === 0) return { role, content: text };
    const part = { type: 'text', text };
    return { role, content: tracks === 'none' ? [part] : [{ type: tracks }, part] };
  }

  private error(problem: string): TextError {
    return new TextError((this.template as ChatTemplate).file, problem);
  }
}

const ofTemplate = (text: string): Part => ({ text, isText: false });
const ofText = (text: string): Part => ({ text, isText: true });

/** The texts of a conversation in order, as they were written. */
function textsIn(asked: Asked): string[] {
  const { system, history = [] } = asked;
  return [
    ...(system === undefined ? [] : [system]),
    ...history.flatMap(({ question, answer }) => [question, answer]),
    questionText(asked),
  ];
}

/** The parts of a text between marks. */
function splitAt(text: string, marks: readonly string[]): string[] {
  return marks.reduce((parts, mark) => parts.flatMap((part) => part.split(mark)), [text]);
}
