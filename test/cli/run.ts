/** Runs a command line in this process and collects what it prints. */
import { run } from '../../lib/cli/program.js';

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export async function earsight(...args: string[]): Promise<Ended> {
  const printed = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    jest.spyOn(process[name], 'write').mockImplementation((chunk) => {
      printed[name] += String(chunk);
      return true;
    }),
  );
  const log = jest.spyOn(console, 'log').mockImplementation((line) => {
    printed.stdout += `${line}\n`;
  });
  try {
    return { code: await run(args), ...printed };
  } finally {
    for (const spy of [...spies, log]) spy.mockRestore();
  }
}
