// What the experiment measures of a model: greedy answers to the test questions, by reasoning and directly, and to the benchmark.
import { evaluation } from '../../dist/index.mjs';
import { reasoningKinds } from './data.mjs';

const mean = (values) =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + Number(value), 0) / values.length;

/** Accuracies of answers by groups of kinds. */
export function accuracies(answered) {
  const of = (isIn) => mean(answered.filter(({ sample }) => isIn(sample.kind)).map(({ correct }) => correct));
  return {
    reasoning: of((kind) => reasoningKinds.includes(kind)),
    ordinary: of((kind) => !reasoningKinds.includes(kind)),
    all: of(() => true),
  };
}

/** @param protocol by which the model reasons; under 'direct' it is asked for direct answers alone */
export async function measured(model, { test, benchmark }, protocol, maxNewTokens) {
  const ask = (samples, by) =>
    evaluation.evaluate(model, samples, { views: ['av'], maxNewTokens, protocol: by });
  const own = await ask(test, protocol);
  const direct = protocol === 'direct' ? own : await ask(test, 'direct');
  const answers = await ask(
    benchmark.map(({ sample }) => sample),
    protocol,
  );
  const { parts } = evaluation.benchmarkScores(
    answers.map((answer, i) => ({ ...answer, question: benchmark[i] })),
  );
  return {
    ...(protocol === 'direct' ? {} : accuracies(own)),
    direct: accuracies(direct),
    wellFormed: mean(own.map(({ wellFormed }) => wellFormed)),
    benchmark: Object.fromEntries(
      parts.map(({ name, count, correct, detection }) => [name, { accuracy: correct / count, detection }]),
    ),
  };
}
