/** `earsight serve`: an OpenAI-compatible endpoint over one model. */
import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { BadInputError } from '../files/index.js';
import { adapterOf, adapterOption, count, examples, port, seed } from './arguments.js';
import { addMediaOptions, type MediaCommandOptions, poolOptions } from './media-options.js';

interface ServeCommandOptions extends MediaCommandOptions {
  host: string;
  port: number;
  name?: string;
  adapter?: string;
  mediaFolder?: string[];
  maxBodyBytes: number;
  maxRunning: number;
  maxQueued: number;
  maxNewTokens: number;
  maxPromptTokens: number;
  requestSeconds: number;
  shutdownSeconds: number;
}

/** The longest time that a timer can have, in seconds. */
const maxSeconds = 2_147_483;

function seconds(text: string): number {
  const value = count(text);
  if (value > maxSeconds) throw new InvalidArgumentError(`expected at most ${maxSeconds} seconds`);
  return value;
}

export function addServe(program: Command, end: (code: number) => void): void {
  const command = program
    .command('serve')
    .description('answer chat completions over HTTP as OpenAI does; the token is in EARSIGHT_API_KEY')
    .argument('<model>', "the model's folder")
    .option('--host <host>', 'address to listen on; others than loopback need a token', '127.0.0.1')
    .option('--port <number>', '0: a free one', port, 8000)
    .option('--name <text>', "what requests name the model (default: the folder's name)")
    .addOption(adapterOption())
    .option('--media-folder <folders...>', 'folders below which file: URLs of clips may lead')
    .option('--max-body-bytes <number>', 'largest request', count, 64 * 2 ** 20)
    .option('--max-running <number>', 'requests that are worked on at a time', count, 16)
    .option('--max-queued <number>', 'requests that may wait; others are refused', seed, 64)
    .option('--max-new-tokens <number>', 'longest answer, in tokens', count, 4096)
    .option(
      '--max-prompt-tokens <number>',
      'longest prompt, in tokens, those of its clip included',
      count,
      32_768,
    )
    .option('--request-seconds <number>', 'longest time for one request', seconds, 600)
    .option('--shutdown-seconds <number>', 'time to finish in after SIGINT or SIGTERM', seconds, 30)
    .addHelpText(
      'after',
      examples(
        'serve runs/recipe/sft/model',
        'serve Qwen2.5-0.5B-Instruct --port 8080 --max-running 32',
        'serve runs/recipe/sft/model --media-folder clips',
      ),
    )
    .action(async (folder: string, options: ServeCommandOptions) => end(await serve(folder, options)));
  addMediaOptions(command);
}

async function serve(folder: string, options: ServeCommandOptions): Promise<number> {
  const { openFolder } = await import('../recipe/index.js');
  const { startServer } = await import('../serve/index.js');
  const { startProgress } = await import('./progress.js');
  const token = tokenOf(process.env.EARSIGHT_API_KEY);
  const mediaFolders = options.mediaFolder ?? [];
  mediaFolders.forEach(checkFolder);
  const model = await openFolder(folder, await poolOptions(options), {
    adapter: adapterOf(options.adapter),
    progress: startProgress,
  });
  try {
    const { unsupported } = model.generation;
    if (unsupported.length > 0)
      throw new BadInputError(
        `${folder}: generation_config.json has ${unsupported.join(', ')}, which the sampler does not have; remove it from the file`,
      );
    const name = options.name ?? basename(resolve(folder));
    const log = (line: string): void => void process.stderr.write(`${line}\n`);
    const server = await startServer(model, {
      name,
      host: options.host,
      port: options.port,
      token,
      mediaFolders,
      limits: {
        bodyBytes: options.maxBodyBytes,
        running: options.maxRunning,
        queued: options.maxQueued,
        newTokens: options.maxNewTokens,
        promptTokens: options.maxPromptTokens,
        seconds: options.requestSeconds,
      },
      log,
    });
    const ended = untilSignal(log, options.shutdownSeconds);
    log(`${name} at ${server.url}/v1${token === null ? ', without a token' : ''}`);
    const code = await ended;
    await server.stop(options.shutdownSeconds);
    return code;
  } finally {
    await model.close();
  }
}

function tokenOf(value: string | undefined): string | null {
  if (value !== undefined && value.trim() === '')
    throw new BadInputError('EARSIGHT_API_KEY: is empty; set it to a token, or unset it');
  return value ?? null;
}

function checkFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new BadInputError(`--media-folder ${folder}: no such folder`);
}

/** The exit code of the first signal; the second one ends the process at once. */
async function untilSignal(log: (line: string) => void, grace: number): Promise<number> {
  const { exitCodeOf, onSignals } = await import('../train/index.js');
  return new Promise((resolve) => {
    let isEnding = false;
    onSignals((signal) => {
      const code = exitCodeOf(signal);
      if (isEnding) process.exit(code);
      isEnding = true;
      log(`${signal}: finishing requests for up to ${grace} s; send it again to stop at once`);
      resolve(code);
    });
  });
}
