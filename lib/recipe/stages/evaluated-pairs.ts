/** What stages that learn from pairs are evaluated by, the metric that is meant where a recipe names none first. */
export const evaluatedPairs = [
  'loss',
  'rewards/accuracies',
  'rewards/margins',
  'rewards/chosen',
  'rewards/rejected',
].map((name) => `eval_${name}`);
