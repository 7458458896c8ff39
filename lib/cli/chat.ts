/** `earsight chat`: a conversation with a model in the terminal, or by lines of standard input. */
import { createInterface, type Interface } from 'node:readline';
import type { Command } from 'commander';
import { BadInputError } from '../files/index.js';
import { adapterOf, adapterOption, examples } from './arguments.js';
import type { ChatSession } from './chat-session.js';
import { addMediaOptions, type MediaCommandOptions, poolOptions } from './media-options.js';
import { addSamplingOptions, type SamplingCommandOptions, samplingOf } from './sampling-options.js';

interface ChatCommandOptions extends SamplingCommandOptions, MediaCommandOptions {
  clip?: string;
  system?: string;
  adapter?: string;
}

export function addChat(program: Command, end: (code: number) => void): void {
  const command = program
    .command('chat')
    .description('talk with a model, about a clip or without one; a question a line, answers as they grow')
    .argument('<model>', "the model's folder")
    .option('--clip <file>', 'video or sound file that the conversation is about')
    .option('--system <text>', 'the system message')
    .addOption(adapterOption())
    .addHelpText(
      'after',
      examples(
        'chat runs/recipe/sft/model --clip clip.mp4',
        'chat Qwen2.5-0.5B-Instruct --system "Be brief." --temperature 0.7',
      ),
    )
    .action(async (folder: string, options: ChatCommandOptions) => end(await chat(folder, options)));
  addMediaOptions(addSamplingOptions(command));
}

async function chat(folder: string, options: ChatCommandOptions): Promise<number> {
  const { openFolder } = await import('../recipe/index.js');
  const { ChatSession } = await import('./chat-session.js');
  const { startProgress } = await import('./progress.js');
  const model = await openFolder(folder, await poolOptions(options), {
    adapter: adapterOf(options.adapter),
    progress: startProgress,
  });
  try {
    const { system, clip } = options;
    const session = new ChatSession(model, { sampling: samplingOf(options, model), system });
    if (clip !== undefined) await session.show(clip);
    if (!session.takesHistory)
      tell(
        "The model's prompt takes one question only: each question stands alone, without those before it.",
      );
    return process.stdin.isTTY ? await inTerminal(session) : await byLines(session);
  } finally {
    await model.close();
  }
}

/** What is no answer. */
function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A question a line; the first error ends it. */
async function byLines(session: ChatSession): Promise<number> {
  const never = new AbortController().signal;
  const lines = createInterface({ input: process.stdin });
  try {
    for await (const line of lines) if (!(await handle(session, line, never))) break;
  } finally {
    // Standard input that goes on would keep the process alive.
    lines.close();
  }
  return 0;
}

/** Errors are shown, and the conversation goes on. @returns the exit code */
async function inTerminal(session: ChatSession): Promise<number> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
  const interrupts = new Interrupts(lines);
  let isOpen = true;
  lines.once('close', () => {
    isOpen = false;
  });
  tell('/help lists the commands.');
  lines.prompt();
  for await (const line of lines) {
    const signal = interrupts.begin();
    try {
      if (!(await handle(session, line, signal))) break;
    } catch (error) {
      tell(shownError(error));
    }
    interrupts.end();
    if (interrupts.left) break;
    // It would read on.
    if (isOpen) lines.prompt();
  }
  lines.close();
  return interrupts.left ? 130 : 0;
}

/** @returns whether the conversation goes on */
async function handle(session: ChatSession, line: string, signal: AbortSignal): Promise<boolean> {
  if (line.trim() === '') return true;
  if (line.startsWith('/')) {
    const told = await session.run(line);
    if (told !== null) tell(told);
    return told !== null;
  }
  try {
    for await (const text of session.ask(line.trim(), signal)) process.stdout.write(text);
  } catch (error) {
    // Options beyond what the model or the machine can do.
    throw (error as Error).name === 'RangeError' ? new BadInputError((error as Error).message) : error;
  } finally {
    process.stdout.write('\n');
  }
  return true;
}

function shownError(error: unknown): string {
  const { message, stack } = error as Error;
  return (process.env.EARSIGHT_DEBUG && stack) || message;
}

/** Ctrl-C: ends the answer that grows; the second one in a row ends the conversation. */
class Interrupts {
  /** Whether the second one came. */
  left = false;
  private answering: AbortController | null = null;
  private wasInterrupted = false;

  constructor(lines: Interface) {
    lines.on('SIGINT', () => {
      if (this.wasInterrupted) {
        this.left = true;
        this.answering?.abort();
        lines.close();
        return;
      }
      this.wasInterrupted = true;
      if (this.answering !== null) {
        this.answering.abort();
        tell('\nstopped; Ctrl-C again leaves');
        return;
      }
      tell('\nCtrl-C again leaves');
      lines.write(null, { ctrl: true, name: 'u' });
      lines.prompt();
    });
  }

  begin(): AbortSignal {
    this.wasInterrupted = false;
    this.answering = new AbortController();
    return this.answering.signal;
  }

  end(): void {
    this.answering = null;
  }
}
