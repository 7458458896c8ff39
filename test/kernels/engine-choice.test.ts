/**
 * The engine of each kernel by a processor's features alone: the program test/kernels/native/engine_choice.cpp calls the
 * functions that the kernels call. Features are those of the flags line in /proc/cpuinfo of the processors
 * named, as far as they are about vectors and matrices.
 */
import { spawnSync } from 'node:child_process';
import { torch } from '../../lib/tensor/index.js';
import { buildProgram } from './program.js';

let program = '';
beforeAll(async () => {
  program = await buildProgram('engine_choice');
}, 1_800_000);

/** The program's lines, an error's one among them. */
function choice(features: string, wanted = ''): string[] {
  const { stdout } = spawnSync(program, [wanted, ...features.split(' ')], { encoding: 'utf8' });
  return stdout.trim().split('\n');
}

const haswell = 'sse4_1 sse4_2 avx f16c fma avx2';
const skylakeServer = `${haswell} avx512f avx512dq avx512cd avx512bw avx512vl`;
const iceLake = `${skylakeServer} avx512ifma avx512vbmi avx512_vbmi2 avx512_vnni avx512_bitalg avx512_vpopcntdq`;
const zen4 = `${iceLake} avx512_bf16`;
const sapphireRapids = `${iceLake} avx_vnni avx512_bf16 avx512_fp16 amx_tile amx_int8 amx_bf16`;

const processors: [name: string, features: string, isa: string][] = [
  ['Intel Sapphire Rapids', sapphireRapids, 'amx'],
  ['Intel Granite Rapids', `${sapphireRapids} amx_fp16`, 'amx'],
  ['Sapphire Rapids whose system grants no tiles', `${iceLake} avx512_bf16 avx512_fp16`, 'avx512_bf16'],
  ['AMD Zen 5', `${zen4} avx_vnni avx512_vp2intersect`, 'avx512_bf16'],
  ['AMD Zen 4', zen4, 'avx512_bf16'],
  ['Intel Cooper Lake', `${skylakeServer} avx512_vnni avx512_bf16`, 'avx512_bf16'],
  ['Intel Ice Lake', iceLake, 'avx512'],
  ['Intel Skylake-SP', skylakeServer, 'avx512'],
  ['Intel Knights Landing', `${haswell} avx512f avx512pf avx512er avx512cd`, 'avx2'],
  ['Intel Alder Lake', `${haswell} avx_vnni`, 'avx2'],
  ['AMD Zen 3', haswell, 'avx2'],
  ['a virtual machine that hides FMA', 'avx f16c avx2', 'portable'],
  ['Intel Ivy Bridge', 'sse4_1 sse4_2 avx f16c', 'portable'],
  ['AMD Piledriver', 'sse4_1 sse4_2 avx f16c fma', 'portable'],
  ['Intel Nehalem', 'sse4_1 sse4_2', 'portable'],
  ['Arm Neoverse V1', 'fp asimd asimdhp asimddp sve bf16 i8mm', 'portable'],
];

/** The engines of each set: bfloat16 products where it has them, vectors for other elements, plain C++ for the rest. */
const engines: Record<string, string[]> = {
  amx: [
    'av_attention: bfloat16 amx, float16 portable, float32 avx512, float64 portable',
    'decode: loop avx512_bf16, operators avx512',
    'linear_logprob: bfloat16 amx, float16 avx512, float32 avx512, float64 portable',
    'policy_loss: avx512',
  ],
  avx512_bf16: [
    'av_attention: bfloat16 avx512_bf16, float16 portable, float32 avx512, float64 portable',
    'decode: loop avx512_bf16, operators avx512',
    'linear_logprob: bfloat16 avx512_bf16, float16 avx512, float32 avx512, float64 portable',
    'policy_loss: avx512',
  ],
  avx512: [
    'av_attention: bfloat16 avx512, float16 portable, float32 avx512, float64 portable',
    'decode: loop avx512, operators avx512',
    'linear_logprob: bfloat16 avx512, float16 avx512, float32 avx512, float64 portable',
    'policy_loss: avx512',
  ],
  avx2: [
    'av_attention: bfloat16 avx2, float16 portable, float32 avx2, float64 portable',
    'decode: loop avx2, operators avx2',
    'linear_logprob: bfloat16 avx2, float16 avx2, float32 avx2, float64 portable',
    'policy_loss: avx2',
  ],
  portable: [
    'av_attention: bfloat16 portable, float16 portable, float32 portable, float64 portable',
    'decode: loop portable, operators portable',
    'linear_logprob: bfloat16 portable, float16 portable, float32 portable, float64 portable',
    'policy_loss: portable',
  ],
};

const x86 = process.arch === 'x64';
if (!x86) console.warn('engines of x86: not in this build, their choice is not checked');

test.each(processors)('%s', (_, features, isa) => {
  expect(choice(features)).toEqual([isa, ...engines[x86 ? isa : 'portable']]);
});

test('EARSIGHT_ISA names a lower set: it is used, with the engines of a machine that has no more', () => {
  for (const isa of x86 ? Object.keys(engines) : []) {
    expect(choice(sapphireRapids, isa)).toEqual([isa, ...engines[isa]]);
  }
});

test('EARSIGHT_ISA names a set that the machine lacks, or none at all', () => {
  expect(choice(iceLake, 'amx')).toEqual([
    'EARSIGHT_ISA: this machine has no amx, its best is avx512; name that or a lower one, or leave the variable unset',
  ]);
  expect(choice(iceLake, 'avx10')).toEqual([
    "EARSIGHT_ISA: expected portable, avx2, avx512, avx512_bf16 or amx, got 'avx10'",
  ]);
});

test('sets rise in one order, and this machine offers the one in use', () => {
  const order = ['portable', 'avx2', 'avx512', 'avx512_bf16', 'amx'];
  const offered = torch.ops.earsight.isas() as string[];
  expect(offered).toEqual(order.slice(0, offered.length));
  expect(offered).toContain(torch.ops.earsight.isa());
});
