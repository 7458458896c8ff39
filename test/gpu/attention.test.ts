/**
 * av_attention on a GPU, from Node and from Python; linear_logprob and linear_kl from Python. `npm run test:gpu` runs this and
 * the benchmark; on a machine without a GPU, or with an addon without GPU kernels, the reason is printed and nothing runs.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { avAttention, nodeTable } from '../../lib/kernels/index.js';
import { type DType, scope, type Tensor, torch } from '../../lib/tensor/index.js';
import { gpuTest, release, root } from './gpu.js';

const onGpu = gpuTest('attention');

// A causal prompt with two continuations, one of which does not hear.
const rows = 300;
const nodes = nodeTable([
  { q: [0, 200], k: [0, 200], causal: true },
  { q: [200, 250], k: [200, 250], parent: 0, causal: true },
  { q: [250, 300], k: [250, 300], parent: 0, causal: true, gate: 0xff & ~2 },
]);

/** out, lse, mass and the gradients, in float64 on the CPU. */
function attend(device: string, dtype: DType): Tensor[] {
  torch.manualSeed(5);
  const leaves = [4, 2, 2].map((heads) => {
    const leaf = torch.randn([rows, heads, 128]).to('bfloat16').to({ device, dtype }).detach();
    leaf.requiresGrad = true;
    return leaf;
  });
  const [q, k, v] = leaves as [Tensor, Tensor, Tensor];
  const modality = torch.arange(0, rows).remainder(3).to('uint8');
  const angles = torch.randn([rows, 64]).to({ device });
  const rotary = { cos: angles.cos(), sin: angles.sin() };
  const options = { modality, rotary, massMode: 'head', returnLse: true } as const;
  const { out, lse, mass } = avAttention(q, k, v, nodes, options);
  const results = [out, lse, mass] as Tensor[];
  results
    .map((it) => it.to('float32').square().sum())
    .reduce((a, b) => a.add(b))
    .backward();
  return [...results, ...leaves.map((leaf) => leaf.grad as Tensor)].map((it) =>
    it.detach().to({ device: 'cpu', dtype: 'float64' }),
  );
}

const distance = (a: Tensor, b: Tensor) => (a.sub(b).norm().item() as number) / (b.norm().item() as number);

for (const dtype of ['bfloat16', 'float16'] as const) {
  onGpu(
    `${dtype} on the GPU agrees with float64 on the CPU, rotary tables, gates, lse and mass included`,
    () =>
      scope(() => {
        const wanted = attend('cpu', 'float64');
        const actual = attend('cuda:0', dtype);
        // Turned rows of q and k are rounded to their dtype before the products.
        for (const [i, limit] of [8e-3, 1e-2, 1e-2, 1.5e-2, 1.5e-2, 1.5e-2].entries())
          expect(distance(actual[i], wanted[i])).toBeLessThan(limit);
        const again = attend('cuda:0', dtype);
        for (const [i, tensor] of again.entries()) expect(tensor.equal(actual[i])).toBe(true);
      }),
  );
}

onGpu('keys that end on the GPU agree with float64 on the CPU', () =>
  scope(() => {
    torch.manualSeed(6);
    const inputs = [4, 2, 2].map((heads) => torch.randn([rows, heads, 128]).to('bfloat16'));
    const ends = torch.arange(0, rows).mul(7).remainder(rows);
    const attendUntil = (device: string, dtype: DType): Tensor => {
      const [q, k, v] = inputs.map((it) => it.to({ device, dtype }));
      return avAttention(q, k, v, nodes, { keyEnd: ends.to(device) }).out.to({
        device: 'cpu',
        dtype: 'float64',
      });
    };
    expect(distance(attendUntil('cuda:0', 'bfloat16'), attendUntil('cpu', 'float64'))).toBeLessThan(8e-3);
  }),
);

onGpu(
  'the Python suites pass on the GPU',
  () => {
    const env = {
      ...process.env,
      EARSIGHT_OPS: join(release, 'libearsight_ops.so'),
      EARSIGHT_DEVICE: 'cuda',
      EARSIGHT_CASES: '100',
      PYTHONDONTWRITEBYTECODE: '1',
    };
    const suites = [
      'test_av_attention_gpu',
      'test_av_attention.Edges',
      'test_av_attention.Gradients',
      'test_linear_logprob',
      'test_linear_kl',
    ];
    const options = { cwd: join(root, 'test', 'native-ops'), env, encoding: 'utf8', stdio: 'pipe' } as const;
    const python = process.env.EARSIGHT_PYTHON ?? 'python3';
    expect(() => execFileSync(python, ['-m', 'unittest', ...suites], options)).not.toThrow();
  },
  1_200_000,
);
