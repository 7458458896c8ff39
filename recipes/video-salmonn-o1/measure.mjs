// What the experiment measures of a model: greedy answers to the test questions, by reasoning and directly, and to the benchmark.
import { evaluation } from '../../dist/index.mjs';
import { isReasoning } from './data.mjs';

const mean = (values) =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + Number(value), 0) / values.length;

/** Accuracies of answers by groups of kinds. */
export function accuracies(answered) {
  const of = (isIn) => mean(answered.filter(({ sample }) => isIn(sample)).map(({ correct }) => correct));
  return { reasoning: of(isReasoning), ordinary: of((sample) => !isReasoning(sample)), all: of(() => true) };
}

/** @param protocol by which the model reasons; under 'direct' it is asked for direct answers alone */
export async function measured(model, { test, benchmark }, protocol, maxNewTokens) {
  const ask = (samples, by) =>
    evaluation.evaluate(model, samples, { views: ['av'], maxNewTokens, protocol: by });
  const own = await ask(test, protocol);
  const direct = protocol === 'direct' ? own : await ask(test, 'direct');
  const benchmarkBy = async (by) => {
    const answers = await ask(
      benchmark.map(({ sample }) => sample),
      by,
    );
    const { parts } = evaluation.benchmarkScores(
      answers.map((answer, i) => ({ ...answer, question: benchmark[i] })),
    );
    return Object.fromEntries(
      parts.map(({ name, count, correct, detection }) => [name, { accuracy: correct / count, detection }]),
    );
  };
  return {
    ...(protocol === 'direct' ? {} : accuracies(own)),
    direct: accuracies(direct),
    wellFormed: mean(own.map(({ wellFormed }) => wellFormed)),
    benchmark: await benchmarkBy(protocol),
    ...(protocol === 'direct' ? {} : { benchmarkDirect: await benchmarkBy('direct') }),
  };
}
