// How far what two sides computed in updates is apart.

import earsight from '../dist/index.js';

const { keep, models, nn, noGrad, scope } = earsight;

/** Calls `note` with copies of the gradients before each update. */
export function onGradients(graph, note) {
  const { step } = nn.optim.AdamW.prototype;
  nn.optim.AdamW.prototype.step = function recorded() {
    note(noGrad(() => graph.parameters().map(({ grad }) => keep(grad.clone()))));
    step.call(this);
  };
}

export const furthest = (own, others) =>
  own.reduce((most, value, i) => Math.max(most, Math.abs(value - others[i])), 0);

/** The norm of all differences over the norm of all values of the other side. */
export function relative(own, others) {
  const norm = (tensors) =>
    Math.hypot(...tensors.map((tensor) => scope(() => tensor.to('float64').norm().item())));
  return scope(() => norm(own.map((tensor, i) => tensor.sub(others[i]))) / norm(others));
}

/** The furthest of parameters after the last update, and how far the updates moved them. @param start the folder of the model */
export function parameterDifferences(graph, folder, start) {
  const [own, others] = [graph.parameters(), readFolder(folder)];
  return {
    parameters: Math.max(...own.map((tensor, i) => scope(() => tensor.sub(others[i]).abs().max().item()))),
    moved: relative(own, readFolder(start)),
  };
}

/** The tensors of a folder that TRL's side wrote, in the order of our parameters. */
export function readFolder(at) {
  return models.loadGraph(at, { dtype: 'float32' }).parameters();
}
