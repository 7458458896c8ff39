/** `earsight env`: what this machine offers and what earsight makes of it; the first thing to put in a bug report. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Command } from 'commander';
import { packageVersion } from '../files/index.js';
import type { WaitPolicy } from '../runtime/index.js';
import { examples } from './arguments.js';
import { cpuFeatures } from './cpu-features.js';

export interface Environment {
  earsight: string;
  node: string;
  platform: string;
  cpu: {
    model: string;
    /** Usable cores. */
    cores: number;
    /** Vector and matrix extensions that kernels can use. */
    features: string[];
    /** What libtorch makes of them. */
    capability: string;
  };
  memoryBytes: number;
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
      const environment = await describeEnvironment();
      process.stdout.write(json ? `${JSON.stringify(environment, null, 2)}\n` : `${asText(environment)}\n`);
    });
}

/** @throws NativeLoadError that says what was looked for */
async function describeEnvironment(): Promise<Environment> {
  const { native, nativeInfo, waiting } = await import('../runtime/index.js');
  const { torch } = await import('../tensor/index.js');
  const { addon, libtorch, source, builtAgainst } = nativeInfo();
  const isa = `${torch.ops.earsight.isa()} on the CPU`;
  const cuda = Array.from({ length: torch.cuda.deviceCount() }, (_, i) => `cuda:${i}`);
  return {
    earsight: packageVersion(),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: {
      model: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      features: cpuFeatures(),
      capability: native.deviceInfo().cpuCapability,
    },
    memoryBytes: totalmem(),
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

const waitingTexts: Record<WaitPolicy, string> = {
  adaptive: 'threads spin while the machine is quiet, sleep while cores are shared',
  never: 'threads sleep at once',
  libgomp: 'as the OpenMP runtime has it',
};

function asText({ cpu, libtorch, threads, kernels, ...rest }: Environment): string {
  return [
    `earsight   ${rest.earsight}, Node ${rest.node}, ${rest.platform}`,
    `cpu        ${cpu.model}, ${cpu.cores} cores, ${cpu.capability}`,
    `           ${cpu.features.join(' ')}`,
    `memory     ${(rest.memoryBytes / 2 ** 30).toFixed(1)} GiB`,
    `libtorch   ${libtorch.version} (addon built against ${libtorch.builtAgainst}), ${libtorch.folder}, from ${libtorch.source}`,
    `addon      ${rest.addon}`,
    `devices    ${rest.devices.join(', ')}`,
    `threads    ${threads.torch}`,
    `waiting    ${waitingTexts[threads.waiting]}${threads.because ? ` (${threads.because})` : ''}`,
    ...Object.entries(kernels).map(([name, kernel]) => `kernel     ${name}: ${kernel}`),
  ].join('\n');
}
