/** What the tests of operators on meta tensors have in common. */
import { type DType, scope, type Tensor, torch } from '../../lib/tensor/index.js';

export const operators = torch.ops.earsight as unknown as Record<
  string,
  (...args: unknown[]) => Tensor | Tensor[]
>;

/** How a call makes its arguments of CPU tensors. */
export interface Devices {
  /** A tensor that receives a gradient. */
  leaf(x: Tensor): Tensor;
  /** Any other tensor whose device must be the leaves'. */
  data(x: Tensor): Tensor;
  /** Indices, offsets, masks and modalities: the host reads their values. */
  index(x: Tensor): Tensor;
}
export interface Call {
  operator: string;
  args(devices: Devices): unknown[];
}

export const onMeta = (x: Tensor) =>
  torch.emptyStrided(x.shape, x.stride(), { dtype: x.dtype, device: 'meta' });
const onCpu = (x: Tensor) => x;
const devices = {
  cpu: { data: onCpu, index: onCpu },
  meta: { data: onMeta, index: onMeta },
  'meta, indices on the CPU': { data: onMeta, index: onCpu },
};

const describeTensor = (x: Tensor | null) =>
  x && `${x.dtype} [${x.shape}] by [${x.stride()}]${x.requiresGrad ? ', differentiable' : ''}`;

/** Descriptions of a call's results and of the gradients of its leaves. */
export function outline({ operator, args }: Call, where: keyof typeof devices) {
  const { data, index } = devices[where];
  const leaves: Tensor[] = [];
  const leaf = (x: Tensor) => {
    const made = data(x).detach();
    made.requiresGrad = true;
    leaves.push(made);
    return made;
  };
  const results = [operators[operator](...args({ leaf, data, index }))].flat() as Tensor[];
  for (const result of results) expect(result.device).toBe(where === 'cpu' ? 'cpu' : 'meta');
  const differentiable = results.filter((x) => x.requiresGrad);
  if (differentiable.length === 0) return { results: results.map(describeTensor) };
  const sum = differentiable.map((x) => x.to('float64').sum()).reduce((a, b) => a.add(b));
  const gradients = torch.autograd.grad([sum], leaves, { allowUnused: true });
  return { results: results.map(describeTensor), gradients: gradients.map(describeTensor) };
}

export const int64 = (...values: number[]) => torch.tensor(values).to('int64');
export const random = (shape: number[], dtype: DType = 'float32') => torch.randn(shape).to(dtype);
export const meta = (shape: number[], dtype: DType = 'float32') =>
  torch.zeros(shape, { device: 'meta', dtype });
const metaKinds = ['meta', 'meta, indices on the CPU'] as const;

export function expectOutlineOfCpu(call: Call): void {
  scope(() => {
    const expected = outline(call, 'cpu');
    for (const kind of metaKinds) expect({ kind, ...outline(call, kind) }).toEqual({ kind, ...expected });
  });
}

const refusal = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('expected a refusal');
};

/** Arguments that do not fit: the name of the one that is refused, the operator, and the arguments. */
export type Misfit = [string, string, (devices: Omit<Devices, 'leaf'>) => unknown[]];

export function expectRefusalOfCpu(...[name, operator, args]: Misfit): void {
  const expected = refusal(() => operators[operator](...args(devices.cpu)));
  expect(expected).toContain(`${operator}: ${name}: `);
  for (const kind of metaKinds) {
    expect(refusal(() => operators[operator](...args(devices[kind])))).toBe(expected);
  }
}

/** An operator, an argument on another device than `whose`, and the arguments. */
export type Stray = [string, string, string, (here: typeof random, there: typeof random) => unknown[]];

export function expectDeviceRefused(...[operator, name, whose, args]: Stray): void {
  const none = (shape: number[]) => meta(shape);
  const message = (device: string, got: string) =>
    `${operator}: ${name}: expected ${whose} device ${device}, got ${got}`;
  expect(() => operators[operator](...args(random, none))).toThrow(message('cpu', 'meta'));
  expect(() => operators[operator](...args(none, random))).toThrow(message('meta', 'cpu'));
}
