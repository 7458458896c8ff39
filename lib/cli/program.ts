/**
 * The commands and what their endings mean: 0 done, 1 failed, 2 bad input, 130 or 143 ended by a signal. Nothing here may import
 * what needs the native addon: `build` makes it and `env` explains its absence, so commands import late.
 */
import { Command, CommanderError } from 'commander';
import { packageVersion } from '../files/index.js';
import type { MediaError } from '../media/index.js';
import { addBuild } from './build.js';
import { addChat } from './chat.js';
import { addCheck } from './check.js';
import { addDemo } from './demo.js';
import { addEnv } from './env.js';
import { addEval } from './eval.js';
import { addGenerate } from './generate.js';
import { stopProgress } from './progress.js';
import { addReport } from './report.js';
import { addServe } from './serve.js';
import { addStage } from './stage.js';
import { addTrain } from './train.js';
import { separateValues } from './variadic.js';

/** Errors that the user's files and settings cause; matched by name, since their classes live above the addon. */
const badInput = new Set([
  'BadInputError',
  'ConfigError',
  'DataError',
  'FileError',
  'MediaError',
  'SafetensorsError',
  'TextError',
]);

/** The commands and their options. @param end takes the exit code of a command that ends with another than 0 without an error */
export function commandLine(end: (code: number) => void): Command {
  const program = new Command('earsight')
    .description('Train and use models that see and hear.')
    .version(packageVersion())
    .showHelpAfterError('(add --help for usage)')
    .addHelpText(
      'after',
      '\nWith --help behind a command: its options and examples.\nExit codes: 0 done, 1 failed, 2 bad input, 130 or 143 ended by a signal.\n',
    )
    .exitOverride();
  for (const add of [
    addDemo,
    addTrain,
    addStage,
    addEval,
    addGenerate,
    addChat,
    addServe,
    addReport,
    addCheck,
    addEnv,
    addBuild,
  ])
    add(program, end);
  return program;
}

/** Runs one command line. @returns the exit code */
export async function run(args: readonly string[]): Promise<number> {
  let code = 0;
  const program = commandLine((value) => {
    code = value;
  });
  try {
    const [name, ...words] = args;
    const command = program.commands.find((it) => it.name() === name);
    const separated = command ? [name, ...separateValues(command, words)] : [...args];
    await program.parseAsync(separated, { from: 'user' });
    return code;
  } catch (error) {
    return await report(error);
  } finally {
    stopProgress();
  }
}

async function report(error: unknown): Promise<number> {
  // Commander has printed its own.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const { name, message, stack } = error as Error;
  const advice = name === 'MediaError' ? await adviceFor(error as MediaError) : null;
  if (name === 'Interrupted') return (error as Error & { exitCode: number }).exitCode;
  process.stderr.write(
    `${process.env.EARSIGHT_DEBUG ? stack : message}\n${advice === null ? '' : `${advice}\n`}`,
  );
  return badInput.has(name) ? 2 : 1;
}

async function adviceFor({ code }: MediaError): Promise<string | null> {
  const { limitAdvice } = await import('../recipe/index.js');
  return limitAdvice(code);
}
