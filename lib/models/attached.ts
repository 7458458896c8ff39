/** What others make for a graph, such as its weights in another form, ends with the graph. */
const attached = new WeakMap<object, (() => void)[]>();

/** Calls `free` when the graph is disposed. */
export function whenDisposed(graph: object, free: () => void): void {
  attached.set(graph, [...(attached.get(graph) ?? []), free]);
}

export function freeAttached(graph: object): void {
  for (const free of attached.get(graph) ?? []) free();
}
