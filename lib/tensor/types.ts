/** Names that cross the API as strings, and their numbers inside libtorch. */

/** c10::ScalarType numbers. */
export const dtypeCodes = {
  uint8: 0,
  int8: 1,
  int16: 2,
  int32: 3,
  int64: 4,
  float16: 5,
  float32: 6,
  float64: 7,
  complex32: 8,
  complex64: 9,
  complex128: 10,
  bool: 11,
  bfloat16: 15,
  float8_e5m2: 23,
  float8_e4m3fn: 24,
  float8_e5m2fnuz: 25,
  float8_e4m3fnuz: 26,
  uint16: 27,
  uint32: 28,
  uint64: 29,
  float8_e8m0fnu: 44,
} as const;

export type DType = keyof typeof dtypeCodes;

export const dtypeNames: Readonly<Record<number, DType>> = Object.fromEntries(
  Object.entries(dtypeCodes).map(([name, code]) => [code, name as DType]),
);

/** Most dimensions of a tensor made of data; libtorch's own reductions take no more either. */
export const maxDimensions = 64;

export const layoutCodes = { strided: 0, sparse_coo: 1, sparse_csr: 2, mkldnn: 3 } as const;
export type Layout = keyof typeof layoutCodes;

export const memoryFormatCodes = {
  contiguous_format: 0,
  preserve_format: 1,
  channels_last: 2,
  channels_last_3d: 3,
} as const;
export type MemoryFormat = keyof typeof memoryFormatCodes;

/** c10::DeviceType numbers of the devices that can be named. */
const deviceCodes = { cpu: 0, cuda: 1, meta: 14 } as const;

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
