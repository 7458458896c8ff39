/** Names that cross the API as strings, and their numbers inside libtorch. */

import { deviceCodes, dtypeCodes, layoutCodes, memoryFormatCodes } from '../runtime/index.js';

export { dtypeCodes, layoutCodes, memoryFormatCodes };

export type DType = keyof typeof dtypeCodes;

export const dtypeNames: Readonly<Record<number, DType>> = Object.fromEntries(
  Object.entries(dtypeCodes).map(([name, code]) => [code, name as DType]),
);

/** Most dimensions of a tensor made of data. libtorch's own reductions have the same limit. */
export const maxDimensions = 64;

export type Layout = keyof typeof layoutCodes;

export type MemoryFormat = keyof typeof memoryFormatCodes;

/** `cpu`, `cuda`, `cuda:0`, `meta`. */
export type Device = string;

/** An integral number is an integer scalar, any other a double; `5n` is always an integer. */
export type Scalar = number | bigint | boolean;

export interface FactoryOptions {
  dtype?: DType | null;
  layout?: Layout | null;
  device?: Device | null;
  pinMemory?: boolean | null;
  requiresGrad?: boolean;
}

/** Splits `cuda:1` into libtorch's numbers; null when it names no device. */
export function parseDevice(device: string): { type: number; index: number } | null {
  const match = /^([a-z]+)(?::(\d+))?$/.exec(device);
  if (match === null || !(match[1] in deviceCodes)) return null;
  return {
    type: deviceCodes[match[1] as keyof typeof deviceCodes],
    index: match[2] === undefined ? -1 : Number(match[2]),
  };
}

export function deviceName(type: number, index: number): Device {
  const name = Object.entries(deviceCodes).find(([, code]) => code === type)?.[0] ?? `device${type}`;
  return name === 'cuda' ? `cuda:${Math.max(index, 0)}` : name;
}
