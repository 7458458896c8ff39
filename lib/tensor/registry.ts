/** Every registered operator by name: `torch.ops.aten['add.Tensor']`, `torch.listOps('aten')`. */

import { native } from '../runtime/index.js';
import { runOperator } from './call.js';

export interface OperatorListing {
  /** `aten::add` */
  name: string;
  /** `Tensor`, or an empty string for the default overload. */
  overload: string;
  schema: string;
  callable: boolean;
  /** Why it cannot be called from JavaScript. */
  reason?: string;
}

/** The operators of a namespace (`aten`, `prims`, `earsight`, ...), or of all. */
export function listOps(namespace?: string): OperatorListing[] {
  const flat = native.list();
  const result: OperatorListing[] = [];
  for (let i = 0; i < flat.length; i += 4) {
    const [name, overload, schema, reason] = flat.slice(i, i + 4);
    if (namespace !== undefined && !name.startsWith(`${namespace}::`)) continue;
    result.push(
      reason === ''
        ? { name, overload, schema, callable: true }
        : { name, overload, schema, callable: false, reason },
    );
  }
  return result.sort((a, b) => (a.name + a.overload < b.name + b.overload ? -1 : 1));
}

// biome-ignore lint/suspicious/noExplicitAny: results follow the operator's schema
export type OperatorFunction = (...args: any[]) => any;

/** A trailing plain object names arguments. */
function splitNamed(args: unknown[]): [unknown[], Record<string, unknown> | undefined] {
  const last = args.at(-1);
  const isPlain =
    typeof last === 'object' &&
    last !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(last));
  return isPlain ? [args.slice(0, -1), last as Record<string, unknown>] : [args, undefined];
}

function namespaceProxy(namespace: string): Readonly<Record<string, OperatorFunction>> {
  const functions = new Map<string, OperatorFunction>();
  return new Proxy({} as Record<string, OperatorFunction>, {
    get(_, property) {
      if (typeof property !== 'string') return undefined;
      let call = functions.get(property);
      if (call === undefined) {
        const name = `${namespace}::${property.replace(/\.default$/, '')}`;
        call = (...args: unknown[]) => runOperator(name, ...splitNamed(args));
        functions.set(property, call);
      }
      return call;
    },
  });
}

const namespaces = new Map<string, Readonly<Record<string, OperatorFunction>>>();

/** `ops.namespace['name.overload'](...args)`: any registered operator, by its schema. */
export const ops: Readonly<Record<string, Readonly<Record<string, OperatorFunction>>>> = new Proxy(
  {},
  {
    get(_, property) {
      if (typeof property !== 'string') return undefined;
      let found = namespaces.get(property);
      if (found === undefined) {
        found = namespaceProxy(property);
        namespaces.set(property, found);
      }
      return found;
    },
  },
);
