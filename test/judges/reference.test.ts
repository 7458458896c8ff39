// A judge goes by the model as it was when the judge was made, whatever is trained since.
import { Reference } from '../../lib/judges/reference.js';
import type { GraphModule, ModelGraph } from '../../lib/models/index.js';
import { noGrad, scope } from '../../lib/tensor/index.js';
import { tinyGraph } from '../models/tiny.js';

const logits = (graph: ModelGraph): unknown =>
  scope(() => noGrad(() => (graph as GraphModule).logits({ inputIds: [3, 4, 5] }).toArray()));

/** As a training does: what is trainable changes. */
function train(graph: ModelGraph): void {
  noGrad(() => {
    for (const parameter of graph.parameters()) if (parameter.requiresGrad) parameter.add_(0.1);
  });
}

test.each<[string, (graph: ReturnType<typeof tinyGraph>) => void]>([
  ['without an adapter', () => {}],
  ['with a new adapter', (graph) => void graph.addAdapter({ r: 2 })],
  [
    'with an adapter that was trained before',
    (graph) => {
      graph.addAdapter({ r: 2 });
      train(graph);
    },
  ],
])('%s', (_, begin) => {
  const graph = tinyGraph();
  begin(graph);
  const start = logits(graph);
  const reference = new Reference({ graph });
  train(graph);
  const trained = logits(graph);
  expect(trained).not.toEqual(start);
  expect(reference.run(logits)).toEqual(start);
  expect(logits(graph)).toEqual(trained);
  reference.dispose();
});

test('a given model is the reference', () => {
  const [graph, other] = [tinyGraph(), tinyGraph()];
  train(other);
  const reference = new Reference({ graph }, { graph: other });
  expect(reference.run(logits)).toEqual(logits(other));
});
