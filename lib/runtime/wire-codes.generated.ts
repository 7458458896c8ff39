// Generated from native/node/wire.json by scripts/generate-wire.mjs: do not edit.

/** Every entry point writes its status here: the number of an error code, or `spilled`: it succeeded, and its results are longer than the slots. */
export const statusSlot = 0;
export const spilledStatus = -1;
/** Where every message and its results begin. */
export const firstSlot = 1;

/** Layout of the buffer of handles that the next call frees. */
export const Disposals = { count: 0, handles: 1 } as const;

/** The place in the list is the number that crosses. */
export const errorCodes = [
  'OK',
  'RUNTIME', // any other c10::Error
  'INDEX', // c10::IndexError
  'VALUE', // c10::ValueError
  'TYPE', // c10::TypeError
  'NOT_IMPLEMENTED', // c10::NotImplementedError
  'LINALG', // c10::LinAlgError
  'OOM', // out of memory, on the host or on a device
  'NO_SUCH_OPERATOR', // no operator of this name
  'NOT_CALLABLE', // the operator's schema has a type that cannot cross
  'BAD_HANDLE', // a handle or an id that names nothing
  'CALLBACK', // a JavaScript callback threw; TypeScript holds the original error
  'IO', // a file that cannot be read or mapped
  'INTERNAL', // a malformed message, or another C++ exception
  'RANGE', // a value that its dtype cannot hold; TypeScript throws a RangeError
] as const;

export const Tag = {
  Default: 0,  // an argument that was left out
  None: 1,
  Tensor: 2,  // handle
  Int: 3,  // value
  BigInt: 4,  // high, low: high 32 bits (signed, or unsigned from 2^31 on), low 32 bits
  Double: 5,  // value
  Bool: 6,  // value
  String: 7,  // id: the id that intern() gave
  Device: 8,  // type, index
  List: 9,  // count: the elements follow, each tagged
  Generator: 10,  // id
  Argument: 11,  // position: a result that is the argument of that position, changed in place
} as const;

export type ArgumentKind = 'Tensor' | 'Scalar' | 'int' | 'float' | 'bool' | 'str' | 'ScalarType' | 'Layout' | 'MemoryFormat' | 'Device' | 'Generator';

/** Numbers of c10::ScalarType. */
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

/** Numbers of c10::Layout. */
export const layoutCodes = {
  strided: 0,
  sparse_coo: 1,
  sparse_csr: 2,
  mkldnn: 3,
} as const;

/** Numbers of c10::MemoryFormat. */
export const memoryFormatCodes = {
  contiguous_format: 0,
  preserve_format: 1,
  channels_last: 2,
  channels_last_3d: 3,
} as const;

/** Numbers of c10::DeviceType, of the devices that can be named. */
export const deviceCodes = {
  cpu: 0,
  cuda: 1,
  meta: 14,
} as const;

/**
 * Calls an operator. `argumentCount` counts tagged arguments. Minus the count: that many untagged handles stand
 * there, and every other argument has its default. Results are untagged handles where the operator gives tensors
 * only, tagged values otherwise.
 */
export const CallMessage = { operator: 1, gradMode: 2, argumentCount: 3, arguments: 4 } as const;

/** Frees handles. Unknown ones are ignored: disposing twice does nothing. */
export const FreeMessage = { count: 1, handles: 2 } as const;

/** What describe() gives. */
export const DescribeResult = { dtype: 1, deviceType: 2, deviceIndex: 3, requiresGrad: 4, rank: 5, sizes: 6 } as const;

/** What savedTensors() gives. */
export const SavedTensorsResult = { count: 1, tensors: 2 } as const;

/** What callback() gives. */
export const CallbackResult = { gradMode: 1, count: 2, inputs: 3 } as const;
