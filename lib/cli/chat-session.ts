/** A conversation with a model: its clip, its system message, what was said, and the commands that change them. */
import { resolve } from 'node:path';
import type { Sample } from '../data/index.js';
import { BadInputError } from '../files/index.js';
import type { OmniModel } from '../omni/index.js';
import { isSound } from './clip-argument.js';
import type { SamplingCommandOptions } from './sampling-options.js';

interface ChatSettings {
  sampling: SamplingCommandOptions;
  system?: string;
}

const help = `/clip <file>    show a video or sound file; the conversation begins anew. Without a file: no clip
/system <text>  the system message. Without a text: none
/reset          begin anew; clip and system message stay
/help           these lines
/quit           leave, as Ctrl-D does
Ctrl-C stops an answer, twice in a row it leaves. A question that starts with / is written with a space before it.`;

export class ChatSession {
  readonly takesHistory: boolean;
  private readonly model: OmniModel;
  private readonly sampling: SamplingCommandOptions;
  private system: string | undefined;
  private clip: Pick<Sample, 'video' | 'audio'> = {};
  private history: { question: string; answer: string }[] = [];
  private asked = 0;

  constructor(model: OmniModel, { sampling, system }: ChatSettings) {
    this.model = model;
    this.sampling = sampling;
    this.system = system;
    this.takesHistory = model.processor.takes.history;
  }

  /**
   * Looks at the file at once: what is wrong with it shows before a question.
   * @throws BadInputError where the model takes no clips, MediaError for a file that cannot be used
   */
  async show(file: string): Promise<void> {
    const { video, audio } = this.model.processor.takes;
    if (!video && !audio)
      throw new BadInputError(
        `${file}: the model takes text alone; leave the clip out, or choose another model`,
      );
    const path = resolve(file);
    const clip = isSound(file) ? { audio: path } : { video: path };
    await this.model.processor.clips.probe({ id: 'clip', ...clip }, this.model.media);
    this.removeClip();
    this.clip = clip;
  }

  /** Text of the answer as it grows. One that is ended by the signal counts as far as it came. */
  async *ask(question: string, signal: AbortSignal): AsyncGenerator<string, void, void> {
    const { system, history } = this;
    this.asked += 1;
    // A question that is asked again is sampled with other numbers.
    const sample = { id: `question-${this.asked}`, ...this.clip, system, history, question };
    let answer = '';
    for await (const { text } of this.model.stream(sample, { ...this.sampling, signal })) {
      answer += text;
      yield text;
    }
    if (this.takesHistory && answer !== '') this.history = [...history, { question, answer }];
  }

  /**
   * @param line starts with `/`
   * @returns what to tell; null: the conversation is over
   * @throws BadInputError for a command that there is not, MediaError for a clip that cannot be used
   */
  async run(line: string): Promise<string | null> {
    const [, name, rest] = /^\/(\S*)\s*(.*)$/s.exec(line.trim()) as RegExpExecArray;
    switch (name) {
      case 'clip':
        if (rest === '') this.removeClip();
        else await this.show(rest);
        this.history = [];
        return rest === ''
          ? 'no clip; the conversation begins anew'
          : `${rest}; the conversation begins anew`;
      case 'system':
        this.system = rest === '' ? undefined : rest;
        return rest === '' ? 'no system message' : 'the system message is set';
      case 'reset':
        this.history = [];
        return 'the conversation begins anew';
      case 'help':
        return help;
      case 'quit':
        return null;
      default:
        throw new BadInputError(
          `/${name}: no such command; expected /clip, /system, /reset, /help or /quit. A question that starts with / is ` +
            'written with a space before it',
        );
    }
  }

  private removeClip(): void {
    this.model.processor.clips.forget({ id: 'clip', ...this.clip });
    this.clip = {};
  }
}
