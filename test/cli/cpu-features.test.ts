import { featuresIn, hasBf16Products } from '../../lib/cli/cpu-features.js';

const vectors = 'avx f16c fma avx2 avx512f avx512dq avx512bw avx512vl avx512_vnni';

test.each([
  ['Sapphire Rapids', `${vectors} avx512_bf16 avx512_fp16 amx_tile amx_int8 amx_bf16`, true],
  ['Zen 4', `${vectors} avx512_bf16`, true],
  ['Ice Lake', vectors, false],
  ['Zen 3', 'avx f16c fma avx2', false],
  ['Neoverse V1', 'asimd asimdhp sve bf16 i8mm', true],
  ['Neoverse N1', 'asimd asimdhp', false],
  ['a system that tells nothing', '', false],
])('bfloat16 products of %s', (_, features, expected) => {
  expect(hasBf16Products(features.split(' '), '')).toBe(expected);
});

test('a set that kernels are held to has the products of its machines', () => {
  const sapphireRapids = `${vectors} avx512_bf16 amx_tile amx_bf16`.split(' ');
  const having = ['portable', 'avx2', 'avx512', 'avx512_bf16', 'amx', ''].filter((isa) =>
    hasBf16Products(sapphireRapids, isa),
  );
  expect(having).toEqual(['avx512_bf16', 'amx', '']);
  expect(hasBf16Products(['asimd', 'bf16'], 'portable')).toBe(true);
});

test('features are read from the lines of x86 and of Arm', () => {
  const x86 =
    'processor\t: 0\nmodel name\t: a CPU\nflags\t\t: fpu sse4_2 avx2 fma amx_tile\nbugs\t\t: none\n';
  expect(featuresIn(`${x86}\n${x86}`)).toEqual(['avx2', 'fma', 'amx_tile']);
  expect(featuresIn('processor\t: 0\nFeatures\t: fp asimd sve bf16\n')).toEqual(['asimd', 'sve', 'bf16']);
  expect(featuresIn('')).toEqual([]);
});
