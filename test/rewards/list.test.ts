import { makeReward, RewardSettingError, rewardList } from '../../lib/rewards/index.js';
import { answering, batchOf, completion } from './batch.js';
import { down } from './judged.js';

const made = (setting: object) => makeReward(setting as never);

test('a setting gives the reward with its options and its weight, 1 where it says none', async () => {
  const { reward, weight } = made({ name: 'modality', weight: 0.5, alpha: 0.8, rule: 'better' });
  expect([weight, reward.name, reward.views]).toEqual([0.5, 'modality', ['v', 'a']]);
  const [right, wrong] = ['B', 'A'].map(answering).map(completion);
  const rollouts = { av: [right, right], v: [wrong, right], a: [wrong, wrong] };
  expect(await reward(batchOf(['', ''], { rollouts }))).toEqual([0.8, 0]);
  expect(made({ name: 'format' }).weight).toBe(1);
});

test('a reward is listed under the name of its metrics', () => {
  const needs = {
    consistency: { judge: down },
    completeness: { judge: down },
    necessity: { score: () => [] },
  };
  const names = Object.keys(rewardList);
  expect(names.sort()).toEqual(['answer', 'modality', 'temporal', 'format', ...Object.keys(needs)].sort());
  const settings = names.map((name) => ({ name, ...needs[name as keyof typeof needs] }));
  expect(settings.map((setting) => made(setting).reward.name)).toEqual(names);
});

test.each([
  [{ name: 'fromat' }, 'name', /name: no reward named "fromat"; expected .*format.*did you mean 'format'\?/],
  [{ name: 'toString' }, 'name', /no reward named "toString"/],
  [{ name: 'format', mod: 'strict' }, 'mod', /reward format: mod: no such field; did you mean 'mode'\?/],
  [{ name: 'format', mode: 'loose' }, 'mode', /mode: expected one of strict, published \(got "loose"\)/],
  [{ name: 'modality', alpha: 'a' }, 'alpha', /reward modality: alpha: expected a finite number \(got "a"\)/],
  [{ name: 'answer', weight: '1' }, 'weight', /reward answer: weight: expected a finite number \(got "1"\)/],
  [{ name: 'answer', by: 'judge', judge: 'self-check' }, 'judge', /judge: expected a judge/],
  [{ name: 'consistency' }, 'judge', /reward consistency: judge: expected a judge .* of captions/],
])('%j is refused by its field %s', (setting, field, message) => {
  expect(() => made(setting)).toThrow(message);
  expect(() => made(setting)).toThrow(expect.objectContaining({ name: 'RewardSettingError', field }));
  expect(() => made(setting)).toThrow(RewardSettingError);
});

test('the schema of the options names the places of their problems', () => {
  const { error } = rewardList.format.schema.safeParse({ mode: 1, x: 2 });
  expect(error?.issues.map(({ path, code }) => [code, ...path])).toEqual([
    ['custom', 'mode'],
    ['unrecognized_keys'],
  ]);
});
