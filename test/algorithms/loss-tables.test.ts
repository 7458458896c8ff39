/** The tables of losses against what the operators do: settings that are read, ranges, defaults, generated headers. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import {
  inRange,
  type LossField,
  type PolicyLossOptions,
  type PolicyLossType,
  type PreferenceLossOptions,
  type PreferenceLossType,
  policyFields,
  policyLoss,
  policyLosses,
  policyLossTypes,
  policyTerms,
  preferenceFields,
  preferenceLoss,
  preferenceLosses,
  preferenceLossTypes,
  rangeOf,
} from '../../lib/kernels/index.js';
import { type Tensor, torch } from '../../lib/tensor/index.js';
import { offsets } from './policy-batch.js';

const numbers = (tensor: Tensor) => tensor.toArray() as number[];

test('the generated headers are what the tables say', () => {
  const script = join(__dirname, '..', '..', 'scripts', 'generate-losses', 'generate.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

describe('policy losses', () => {
  torch.manualSeed(11);
  const lengths = [12, 8, 15, 10];
  const normal = (scale: number) => torch.randn([45], { dtype: 'float64' }).mul(scale).detach();
  const logp = torch.rand([45], { dtype: 'float64' }).mul(-3).sub(0.05).detach();
  // Ratios of whole sequences lie past the bounds too: 1.5, 0.6, 1.6 and 0.7.
  const shifts = lengths.flatMap((length, i) => Array<number>(length).fill([0.4, -0.5, 0.5, -0.3][i]));
  const oldLogp = logp
    .sub(normal(0.4))
    .sub(torch.tensor(Float64Array.from(shifts)))
    .detach();
  const batch = {
    oldLogp,
    refLogp: logp.add(normal(0.3)),
    samplerLogp: oldLogp.add(normal(0.2)),
    entropy: torch.rand([45], { dtype: 'float64' }),
    advantages: torch.tensor(Float64Array.from([1, -0.7, -1.2, 0.4])),
    cuSeqlens: offsets(lengths),
    maxCompletionLength: 16,
  };

  /** Loss and gradient, to the last bit. */
  const run = (type: PolicyLossType, options: Partial<PolicyLossOptions>) => {
    const leaf = logp.clone();
    leaf.requiresGrad = true;
    const { loss } = policyLoss(leaf, { ...batch, type, ...options });
    loss.backward();
    return [loss.item(), ...numbers(leaf.grad as Tensor)];
  };

  // Every bound is passed somewhere, so that each setting shows where it is read.
  const base = { epsilon: 0.1, epsilonHigh: 0.3, cispoBound: 'relative' } as const;
  const changed: Partial<PolicyLossOptions> = {
    epsilon: 0.05,
    epsilonHigh: 0.05,
    delta: 1.35,
    dualClip: 1.1,
    cispoBound: 'absolute',
    sapoTemperaturePos: 2,
    sapoTemperatureNeg: 2,
    vespoKPos: 1,
    vespoLambdaPos: 1,
    vespoKNeg: 1,
    vespoLambdaNeg: 1,
  };
  const ofTerms = [
    ...new Set(Object.values(policyTerms).flatMap(({ fields }) => fields as readonly string[])),
  ];

  test('each setting of a term is varied', () => {
    expect(Object.keys(changed).sort()).toEqual(ofTerms.sort());
  });

  test.each(policyLossTypes)('%s reads the settings of its term and no others', (type) => {
    const before = run(type, base);
    const read = Object.entries(changed)
      .filter(([name, value]) => String(run(type, { ...base, [name]: value })) !== String(before))
      .map(([name]) => name);
    expect(read.sort()).toEqual([...policyTerms[policyLosses[type].term].fields].sort());
  });

  const shared: Partial<PolicyLossOptions>[] = [
    { beta: 0.1 },
    { beta: 0.1, klEstimator: 'k2' },
    { beta: 0.1, useBiasCorrectionKl: false },
    { importanceCorrection: 'token_mask' },
    { importanceCorrection: 'token_truncate', importanceCorrectionMin: 1.05 },
    { importanceCorrection: 'token_truncate', importanceCorrectionMax: 0.9 },
    { importanceCorrection: 'token_truncate', importanceCorrectionKl: true, beta: 0.1 },
    { offPolicyMaskThreshold: -1 },
    { topEntropyQuantile: 0.5 },
    { entropyThreshold: 0.5 },
    { entropyCoef: 0.1 },
  ];
  test.each(policyLossTypes)('%s reads the settings that all terms share', (type) => {
    const isSum = policyLosses[type].aggregation === ('token-sum' as string);
    const other = isSum ? 'seq-mean-token-sum' : 'token-sum';
    const results = [{}, { aggregation: other } as const, ...shared].map((options) =>
      String(run(type, options)),
    );
    expect(new Set(results).size).toBe(results.length);
  });

  test.each(policyLossTypes)('%s: the defaults of the table are those of the operator', (type) => {
    const row = policyTerms[policyLosses[type].term];
    const defaults = Object.fromEntries(
      Object.entries(policyFields).map(([name, field]) => [name, (field as LossField).default]),
    );
    const own = 'defaults' in row ? row.defaults : {};
    const { maxCompletionLength: _, ...options }: Partial<PolicyLossOptions> = { ...defaults, ...own };
    expect(run(type, options)).toEqual(run(type, {}));
    expect(run(type, { ...options, epsilonHigh: 0.2 })).toEqual(run(type, {}));
  });

  test.each(policyLossTypes)('%s: its aggregation and level are those of its row', (type) => {
    const { aggregation, level } = policyLosses[type];
    const options = level === 'sequence_token' ? {} : { importanceSamplingLevel: level };
    expect(run(type, { aggregation, ...options })).toEqual(run(type, {}));
    const other = level === 'token' ? 'sequence' : 'token';
    const choose = () => run(type, { ...base, importanceSamplingLevel: other });
    if ('anyLevel' in policyLosses[type]) expect(choose()).not.toEqual(run(type, base));
    else expect(choose).toThrow('has its own level');
  });
});

describe('preference losses', () => {
  const vector = (...values: number[]) => torch.tensor(Float64Array.from(values));
  const [chosen, rejected] = [vector(0.5, -2, 1.5), vector(1, 0.3, -0.7)];
  const given = (type: PreferenceLossType): PreferenceLossOptions => ({
    type,
    beta: 0.4,
    labelSmoothing: 0.1,
    chosenLengths: torch.tensor([3n, 5n, 2n]),
    rejectedLengths: torch.tensor([4n, 2n, 6n]),
    referenceMargin: vector(0.2, -0.4, 0.1),
    chosenLogp: vector(-3, -4, -5),
    ...(type === 'process' && { alpha: vector(0.2, 0.9, 0.6) }),
  });
  const run = (options: PreferenceLossOptions) => preferenceLoss(chosen, rejected, options).loss.item();

  test.each(preferenceLossTypes)('%s reads what its row says and nothing else', (type) => {
    const changed: PreferenceLossOptions = {
      labelSmoothing: 0.2,
      margin: 0.3,
      discopopTau: 0.5,
      chosenLengths: torch.tensor([7n, 7n, 7n]),
      rejectedLengths: torch.tensor([7n, 7n, 7n]),
      referenceMargin: vector(1, 2, -3),
      chosenLogp: vector(-1, -2, -1),
      ...(type === 'process' && { alpha: vector(0.5, 0.5, 0.5) }),
    };
    const read = Object.entries(changed)
      .filter(([name, value]) => run({ ...given(type), [name]: value }) !== run(given(type)))
      .map(([name]) => name);
    expect(read.sort()).toEqual([...preferenceLosses[type].reads].sort());
  });

  test.each(preferenceLossTypes)('%s takes a divergence where it is a loss of D', (type) => {
    const mapped = () => run({ ...given(type), fDivergenceType: 'forward_kl' });
    if ('ofDifference' in preferenceLosses[type]) expect(mapped()).not.toBe(run(given(type)));
    else expect(mapped).toThrow('has none but reverse_kl');
  });

  test.each(preferenceLossTypes)('%s misses what it needs by name', (type) => {
    const row = preferenceLosses[type];
    const needs: readonly string[] = 'needs' in row ? row.needs : [];
    for (const name of needs) {
      const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      expect(() => run({ ...given(type), [name]: null })).toThrow(
        new RegExp(`${snake}.*missing; type '${type}'`),
      );
    }
    expect(
      run({
        type,
        labelSmoothing: 0.1,
        ...Object.fromEntries(needs.map((name) => [name, given(type)[name as 'alpha']])),
      }),
    ).toEqual(expect.any(Number));
  });
});

describe('ranges', () => {
  test.each<[LossField, string, number[], number[]]>([
    [{ type: 'number', default: 0 }, 'a finite number', [-1, 0, 1e9], []],
    [{ type: 'bound', min: 0, default: 0 }, 'a number >= 0', [0, 5], [-1e-9]],
    [{ type: 'bound', above: 1, default: 2 }, 'a number > 1', [1.1], [1, 0]],
    [{ type: 'bound', min: 0, max: 1, default: 0 }, 'a number from 0 to 1', [0, 1], [-0.1, 1.1]],
    [{ type: 'bound', min: 0, below: 0.5, default: 0 }, '0 <= value < 0.5', [0, 0.4], [0.5, -1]],
    [{ type: 'count', default: 1 }, 'an integer >= 1', [1, 7], [0]],
  ])('%o', (field, text, inside, outside) => {
    expect(rangeOf(field)).toBe(text);
    expect(inside.every((value) => inRange(value, field))).toBe(true);
    expect(outside.some((value) => inRange(value, field))).toBe(false);
  });

  // A value just outside, by field.
  const outside = ({ min, above, max, below, type }: LossField) => {
    if (min !== undefined) return min - 1;
    if (above !== undefined) return above;
    if (max !== undefined) return max + 1;
    return below ?? (type === 'count' ? 0 : undefined);
  };
  const callers: [string, typeof policyFields | typeof preferenceFields, Tensor[]][] = [
    ['policy_loss', policyFields, [torch.zeros([2]), torch.ones([1]), torch.tensor([0n, 2n])]],
    ['preference_loss', preferenceFields, [torch.zeros([1]), torch.zeros([1])]],
  ];
  test.each(callers)(
    '%s itself refuses values outside, and words that it does not know',
    (name, fields, tensors) => {
      for (const [field, spec] of Object.entries(fields) as [string, LossField][]) {
        const snake = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
        const call = (value: unknown) => () => torch.ops.earsight[name](...tensors, { [field]: value });
        const value = outside(spec);
        if (value !== undefined)
          expect(call(value)).toThrow(`${snake}: expected ${rangeOf(spec)}, got ${value}`);
        if (typeof spec.type !== 'string')
          expect(call('words')).toThrow(`${snake}: expected one of ${spec.type[0]}`);
      }
      const call = () => torch.ops.earsight[name](...tensors, { type: 'words' });
      expect(call).toThrow('type: expected one of ');
    },
  );
});
