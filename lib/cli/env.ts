/** `earsight env`: what this machine offers and what earsight makes of it; the first thing to put in a bug report. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Command } from 'commander';
import { packageVersion } from '../files/index.js';
import type { WaitPolicy } from '../runtime/index.js';
import { examples } from './arguments.js';
import { cpuFeatures } from './cpu-features.js';

interface Machine {
  earsight: string;
  node: string;
  platform: string;
  cpu: {
    model: string;
    /** Usable cores. */
    cores: number;
    /** Vector and matrix extensions that kernels can use. */
    features: string[];
  };
  memoryBytes: number;
}

/** What only the loaded addon knows. */
interface Loaded {
  /** What libtorch makes of the CPU's extensions. */
  capability: string;
  libtorch: { version: string; builtAgainst: string; folder: string; source: string };
  addon: string;
  /** `cpu`, `cuda:0`, ... */
  devices: string[];
  threads: {
    torch: number;
    OMP_NUM_THREADS: string | null;
    /** How threads wait for each other, and the variable that chose it or what the system lacks; null: the default. */
    waiting: WaitPolicy;
    because: string | null;
  };
  /** The implementation behind each of our operators. */
  kernels: Record<string, string>;
}

export function addEnv(program: Command): void {
  program
    .command('env')
    .description('show libtorch, devices, CPU features and the kernels chosen')
    .option('--json', 'as JSON')
    .addHelpText('after', examples('env', 'env --json'))
    .action(async ({ json }: { json?: boolean }) => {
      const machine = describeMachine();
      const { loaded, problem } = await describeLoaded();
      if (json) {
        process.stdout.write(`${JSON.stringify(asJson(machine, loaded, problem), null, 2)}\n`);
        return;
      }
      process.stdout.write(
        [...machineLines(machine, loaded), ...(loaded ? loadedLines(loaded) : []), ''].join('\n'),
      );
      if (problem !== null) throw problem;
    });
}

function describeMachine(): Machine {
  return {
    earsight: packageVersion(),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: { model: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), features: cpuFeatures() },
    memoryBytes: totalmem(),
  };
}

async function describeLoaded(): Promise<{ loaded: Loaded | null; problem: Error | null }> {
  try {
    return { loaded: await load(), problem: null };
  } catch (error) {
    if ((error as Error).name !== 'NativeLoadError') throw error;
    return { loaded: null, problem: error as Error };
  }
}

/** @throws NativeLoadError that says what was looked for */
async function load(): Promise<Loaded> {
  const { native, nativeInfo, waiting } = await import('../runtime/index.js');
  const { torch } = await import('../tensor/index.js');
  const { addon, libtorch, source, builtAgainst } = nativeInfo();
  const isa = `${torch.ops.earsight.isa()} on the CPU`;
  const cuda = Array.from({ length: torch.cuda.deviceCount() }, (_, i) => `cuda:${i}`);
  return {
    capability: native.deviceInfo().cpuCapability,
    libtorch: { version: libtorch.version, builtAgainst, folder: libtorch.root, source },
    addon,
    devices: ['cpu', ...cuda],
    threads: {
      torch: torch.getNumThreads(),
      OMP_NUM_THREADS: process.env.OMP_NUM_THREADS ?? null,
      ...waiting,
    },
    kernels: { av_attention: isa, linear_logprob: isa },
  };
}

/** One shape with and without libtorch: what is not known is null, and `problem` says why. */
function asJson({ cpu, ...machine }: Machine, loaded: Loaded | null, problem: Error | null): object {
  const { capability, ...rest } = loaded ?? {
    capability: null,
    libtorch: null,
    addon: null,
    devices: null,
    threads: null,
    kernels: null,
  };
  return { ...machine, cpu: { ...cpu, capability }, ...rest, problem: problem?.message ?? null };
}

const waitingTexts: Record<WaitPolicy, string> = {
  adaptive: 'threads spin while the machine is quiet, sleep while cores are shared',
  never: 'threads sleep at once',
  libgomp: 'as the OpenMP runtime has it',
};

function machineLines({ cpu, ...machine }: Machine, loaded: Loaded | null): string[] {
  return [
    `earsight   ${machine.earsight}, Node ${machine.node}, ${machine.platform}`,
    `cpu        ${cpu.model}, ${cpu.cores} cores${loaded ? `, ${loaded.capability}` : ''}`,
    `           ${cpu.features.join(' ')}`,
    `memory     ${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB`,
  ];
}

function loadedLines({ libtorch, addon, devices, threads, kernels }: Loaded): string[] {
  return [
    `libtorch   ${libtorch.version} (addon built against ${libtorch.builtAgainst}), ${libtorch.folder}, from ${libtorch.source}`,
    `addon      ${addon}`,
    `devices    ${devices.join(', ')}`,
    `threads    ${threads.torch}`,
    `waiting    ${waitingTexts[threads.waiting]}${threads.because ? ` (${threads.because})` : ''}`,
    ...Object.entries(kernels).map(([name, kernel]) => `kernel     ${name}: ${kernel}`),
  ];
}
