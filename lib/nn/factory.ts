/** Where and in which dtype layers make their parameters. */
import { checkOptions, type Device, type DType, kinds } from '../tensor/index.js';

export interface Factory {
  dtype?: DType;
  device?: Device;
}

/** The tensor's factory checks both. */
export const factoryKinds = { dtype: kinds.passedOn, device: kinds.passedOn };

let ambient: Factory = {};

/**
 * Builds modules whose layers make their parameters there, unless a layer is given options of its own. On `meta`
 * nothing is allocated or drawn: `loadStateDict(weights, { assign: true })` fills such a module.
 * @param build synchronous
 */
export function withFactory<T>(factory: Factory, build: () => T): T {
  checkOptions('withFactory', factory, factoryKinds);
  const outer = ambient;
  ambient = resolveFactory(factory);
  try {
    return build();
  } finally {
    ambient = outer;
  }
}

/** What `withFactory` has set for the modules that are built now. */
export const currentFactory = (): Readonly<Factory> => ambient;

/** A layer's own options, and what `withFactory` set where they are silent. */
export function resolveFactory({ dtype = ambient.dtype, device = ambient.device }: Factory): Factory {
  return { dtype, device };
}
