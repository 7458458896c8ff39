// Which charts a stage has: a chart has the metrics that belong on one pair of axes. A metric of no chart gets one of
// its own, so that nothing that was logged is missing.

export interface ChartKind {
  title: string;
  yLabel: string;
  metrics: RegExp;
}

const views = { av: 'audio and video', v: 'video only', a: 'audio only', none: 'text only' };

const kinds: readonly ChartKind[] = [
  { title: 'Loss', yLabel: 'nats a token', metrics: /^(loss|eval_loss)$/ },
  { title: 'Rewards', yLabel: 'mean reward', metrics: /^(reward|rewards\/.+\/mean|rewards\/[^/]+)$/ },
  { title: 'Spread of rewards', yLabel: 'mean std in a group', metrics: /^(reward_std|rewards\/.+\/std)$/ },
  {
    title: 'Accuracy',
    yLabel: 'fraction right, by view',
    metrics: /^eval_(.*_)?accuracy(?!\/(av|v|a|none)\/)/,
  },
  ...Object.entries(views).map(([view, name]) => ({
    title: `Accuracy by kind, ${name}`,
    yLabel: 'fraction right, by kind',
    metrics: new RegExp(`^eval_accuracy/${view}/`),
  })),
  { title: 'Sampled answers', yLabel: 'fraction right, by view', metrics: /^eval_(mean|pass)@/ },
  { title: 'Rewards in evaluation', yLabel: 'mean reward', metrics: /^eval_(reward|rewards\/.+\/mean)$/ },
  { title: 'Failed rewards', yLabel: 'completions or requests', metrics: /^(rewards|judge)\/.+\/failed$/ },
  { title: 'KL to the reference', yLabel: 'nats a token', metrics: /^kl$/ },
  {
    title: 'Wasted, cut off and admitted',
    yLabel: 'fraction',
    metrics: /^(frac_reward_zero_std|completions\/clipped_ratio|admit\/fraction)$/,
  },
  {
    title: 'Length of completions',
    yLabel: 'tokens',
    metrics: /^completions\/(mean|min|max)(_terminated)?_length$/,
  },
  { title: 'Entropy', yLabel: 'nats a token', metrics: /^entropy$/ },
  { title: 'Fraction of ratios clipped', yLabel: 'fraction', metrics: /^clip_ratio\// },
  { title: 'Sampler against learner', yLabel: 'value', metrics: /^sampling\// },
  { title: 'Gradient norm', yLabel: 'norm before clipping', metrics: /^grad_norm$/ },
  { title: 'Learning rate', yLabel: 'rate', metrics: /^learning_rate$/ },
  { title: 'Time of a step', yLabel: 'seconds', metrics: /^(step_time|(rewards|judge)\/.+\/seconds)$/ },
  { title: 'Tokens', yLabel: 'tokens a second', metrics: /^tokens_per_second$/ },
  { title: 'Steps', yLabel: 'steps a second', metrics: /^steps_per_second$/ },
];

/** Names of a stage's metrics by chart, in the order of the list; `others` have no chart in it. */
export function chartsOf(names: readonly string[]): {
  charts: { kind: ChartKind; names: string[] }[];
  others: string[];
} {
  const charts = kinds
    .map((kind) => ({ kind, names: names.filter((name) => kindOf(name) === kind) }))
    .filter((chart) => chart.names.length > 0);
  return { charts, others: names.filter((name) => kindOf(name) === undefined) };
}

/** The chart of one metric alone. */
export function ownChart(name: string): ChartKind {
  return { title: name, yLabel: 'value', metrics: /^/ };
}

function kindOf(name: string): ChartKind | undefined {
  return kinds.find(({ metrics }) => metrics.test(name));
}
