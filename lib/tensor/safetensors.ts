/**
 * The safetensors file format (github.com/huggingface/safetensors): how checkpoints meet the disk.
 *
 * A file is eight bytes of header length (little-endian), a JSON header padded with spaces, and the tensors' bytes
 * back to back. A header comes from outside and decides what memory is read, so every claim that it makes is checked
 * before a tensor is built: a false claim gives a SafetensorsError, never a read out of bounds.
 */
import { fstatSync, readSync, writeSync } from 'node:fs';
import { replaceFile } from '../files/index.js';
import { shown, TorchError } from '../runtime/index.js';
import { openFile } from './open-file.js';
import { maxDimensions } from './types.js';

/** The reference implementation refuses larger headers; so do we. */
const MAX_HEADER_BYTES = 100_000_000;

/** Format name of an element type -> our dtype and its bytes, in the order in which a file holds them: widest first. */
const FORMATS = {
  U64: ['uint64', 8],
  I64: ['int64', 8],
  F64: ['float64', 8],
  C64: ['complex64', 8],
  F32: ['float32', 4],
  U32: ['uint32', 4],
  I32: ['int32', 4],
  BF16: ['bfloat16', 2],
  F16: ['float16', 2],
  U16: ['uint16', 2],
  I16: ['int16', 2],
  F8_E5M2FNUZ: ['float8_e5m2fnuz', 1],
  F8_E4M3FNUZ: ['float8_e4m3fnuz', 1],
  F8_E8M0: ['float8_e8m0fnu', 1],
  F8_E4M3: ['float8_e4m3fn', 1],
  F8_E5M2: ['float8_e5m2', 1],
  I8: ['int8', 1],
  U8: ['uint8', 1],
  BOOL: ['bool', 1],
} as const;

type FormatName = keyof typeof FORMATS;
/** The dtypes that a file can hold. */
type StoredDType = (typeof FORMATS)[FormatName][0];

const names = Object.keys(FORMATS) as FormatName[];
const formatOf = new Map<string, FormatName>(names.map((name) => [FORMATS[name][0], name]));

/** One tensor of a file: `begin` and `end` count bytes from the first byte after the header. */
interface StoredTensor {
  name: string;
  dtype: StoredDType;
  shape: number[];
  begin: number;
  end: number;
}

/** Strings that a file holds beside its tensors; null where it has none. */
export type Metadata = Record<string, string> | null;

interface SafetensorsHeader {
  tensors: StoredTensor[];
  metadata: Metadata;
  /** Where the tensors' bytes begin in the file. */
  dataStart: number;
}

/** A file that is not valid safetensors, or a tensor that the format cannot hold. `code` is 'VALUE'. */
export class SafetensorsError extends TorchError {
  override readonly name = 'SafetensorsError';
  readonly file: string;
  /** The tensor's name, or null when the file as a whole is at fault. */
  readonly key: string | null;

  constructor(file: string, key: string | null, problem: string) {
    const where = key === null ? file : `${file}: tensor ${JSON.stringify(key)}`;
    super(`${where}: ${problem}`, { code: 'VALUE' });
    this.file = file;
    this.key = key;
  }
}

/** Reads and checks the header of `file`. @throws SafetensorsError, or a TorchError where it cannot be read */
export function readHeader(file: string): SafetensorsHeader {
  return openFile('load', file, (fd) => readHeaderOf(fd, file));
}

/** The same of an open file. */
export function readHeaderOf(fd: number, file: string): SafetensorsHeader {
  const { size } = fstatSync(fd);
  const prefix = new Uint8Array(9);
  if (readSync(fd, prefix, 0, 9, 0) < 8) {
    throw new SafetensorsError(file, null, `${size} bytes long; a safetensors file has at least 8`);
  }
  refuseOthers(prefix, file);
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw new SafetensorsError(
      file,
      null,
      `header of ${length} bytes; at most ${MAX_HEADER_BYTES} are accepted`,
    );
  }
  const dataStart = 8 + Number(length);
  if (dataStart > size) {
    throw new SafetensorsError(
      file,
      null,
      `header of ${length} bytes in a file of ${size}: the file is truncated`,
    );
  }
  const json = new Uint8Array(Number(length));
  let filled = 0;
  while (filled < json.length) {
    const count = readSync(fd, json, filled, json.length - filled, 8 + filled);
    if (count === 0) throw new SafetensorsError(file, null, 'the file shrank while its header was read');
    filled += count;
  }
  return { ...parseHeader(json, size - dataStart, file), dataStart };
}

/** By their first bytes: what `torch.save` of Python writes, today and before PyTorch 1.6. */
const pytorchFormats: [string, (bytes: Uint8Array) => boolean][] = [
  ['zip archive', (bytes) => bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4],
  ['pickle', (bytes) => bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5],
];

/** The first eight bytes may be a length as well; a header starts with the ninth. */
function refuseOthers(prefix: Uint8Array, file: string): void {
  if (prefix[8] === 0x7b) return;
  if (Buffer.from(prefix).toString('latin1') === 'version h')
    throw new SafetensorsError(
      file,
      null,
      "a pointer of Git LFS in the place of the file: run 'git lfs pull' in its folder, or download the file itself",
    );
  const format = pytorchFormats.find(([, fits]) => fits(prefix))?.[0];
  if (format === undefined) return;
  throw new SafetensorsError(
    file,
    null,
    `a ${format}, as PyTorch's .pt, .pth and .bin files are, and no safetensors file; loading one can run code. ` +
      "Convert it in Python: safetensors.torch.save_file(torch.load(path, weights_only=True), 'x.safetensors')",
  );
}

/**
 * Checks the JSON header of a file that holds `dataBytes` bytes of tensors: known dtypes, sizes that follow
 * from shape and dtype, and ranges that cover the data exactly once, without holes or overlaps.
 */
export function parseHeader(
  json: Uint8Array,
  dataBytes: number,
  file: string,
): { tensors: StoredTensor[]; metadata: Metadata } {
  const fail = (key: string | null, problem: string): never => {
    throw new SafetensorsError(file, key, problem);
  };
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(json);
    header = JSON.parse(text);
  } catch (error) {
    return fail(null, `the header is not JSON in UTF-8: ${(error as Error).message}`);
  }
  if (!isObject(header) || text[0] !== '{')
    return fail(null, 'the header must be a JSON object, from its first byte');
  const twice = duplicateKey(text);
  if (twice !== undefined) return fail(null, `the header has the key ${JSON.stringify(twice)} twice`);

  const tensors: StoredTensor[] = [];
  let metadata: Metadata = null;
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      if (
        value !== null &&
        !(isObject(value) && Object.values(value).every((item) => typeof item === 'string'))
      ) {
        fail(null, '__metadata__ must be an object of strings, or null');
      }
      metadata = value as Metadata;
    } else {
      tensors.push(parseEntry(name, value, fail));
    }
  }

  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const tensor of tensors) {
    if (tensor.begin !== covered) {
      fail(
        tensor.name,
        `data_offsets begin at ${tensor.begin}; expected ${covered}, the end of the tensor before it`,
      );
    }
    covered = tensor.end;
  }
  if (covered !== dataBytes)
    fail(null, `the header describes ${covered} bytes of tensors; the file has ${dataBytes}`);
  return { tensors, metadata };
}

function parseEntry(
  name: string,
  value: unknown,
  fail: (key: string, problem: string) => never,
): StoredTensor {
  if (!isObject(value)) return fail(name, 'expected an object with dtype, shape and data_offsets');
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(FORMATS, dtype)) {
    return fail(name, `dtype ${shown(dtype)}; expected one of ${names.join(', ')}`);
  }
  if (Array.isArray(shape) && shape.length > maxDimensions) {
    return fail(name, `shape of ${shape.length} dimensions; at most ${maxDimensions} are accepted`);
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    return fail(name, `shape ${shown(shape)}; expected an array of sizes >= 0`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize) || offsets[1] < offsets[0]) {
    return fail(name, `data_offsets ${shown(offsets)}; expected [begin, end] with 0 <= begin <= end`);
  }
  const [type, bytes] = FORMATS[dtype as FormatName];
  // Products of sizes can pass 2^53, where doubles round: BigInt stays exact.
  const expected = shape.reduce((product, size) => product * BigInt(size), BigInt(bytes));
  if (expected !== BigInt(offsets[1] - offsets[0])) {
    return fail(
      name,
      `${dtype} of shape [${shape}] takes ${expected} bytes; data_offsets give ${offsets[1] - offsets[0]}`,
    );
  }
  return { name, dtype: type, shape: [...shape], begin: offsets[0], end: offsets[1] };
}

/** What `writeFile` needs of a tensor; `pieces` is called once, when its turn comes. */
interface TensorToStore {
  name: string;
  dtype: string;
  shape: readonly number[];
  /** Its bytes in order. A write to a file takes less than 2 GiB at once. */
  pieces: () => Iterable<Uint8Array>;
}

/**
 * Writes a file, byte for byte what the reference implementation writes: ordered by dtype, then by the bytes of its
 * name, so that every tensor starts at a multiple of its element size. The file appears under its name only when it
 * is complete. A crash never leaves half a checkpoint, and a mapping of an older file of that name stays valid.
 */
export function writeFile(file: string, tensors: TensorToStore[], metadata: Metadata = null): void {
  const entries = tensors
    .map((tensor) => ({ tensor, key: Buffer.from(tensor.name), ...sizeOf(tensor, file) }))
    .sort((a, b) => a.order - b.order || a.key.compare(b.key));
  // Field by field: an object would put names that are integers first.
  const header = metadata === null ? [] : [`"__metadata__":${JSON.stringify(metadata)}`];
  let offset = 0;
  for (const { tensor, format, size } of entries) {
    const entry = { dtype: format, shape: tensor.shape, data_offsets: [offset, offset + size] };
    header.push(`${JSON.stringify(tensor.name)}:${JSON.stringify(entry)}`);
    offset += size;
  }
  const json = Buffer.from(`{${header.join(',')}}`);
  const padded = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  padded.writeBigUInt64LE(BigInt(padded.length - 8));
  json.copy(padded, 8);

  replaceFile(file, (fd) => {
    writeAll(fd, padded);
    for (const { tensor, size } of entries) {
      let written = 0;
      for (const bytes of tensor.pieces()) {
        writeAll(fd, bytes);
        written += bytes.byteLength;
      }
      if (written !== size) {
        throw new SafetensorsError(file, tensor.name, `gave ${written} bytes; expected ${size}`);
      }
    }
  });
}

function sizeOf(tensor: TensorToStore, file: string): { format: FormatName; order: number; size: number } {
  const format = formatOf.get(tensor.dtype);
  if (format === undefined) {
    throw new SafetensorsError(file, tensor.name, `safetensors cannot hold dtype ${tensor.dtype}`);
  }
  if (tensor.name === '__metadata__') throw new SafetensorsError(file, tensor.name, 'this name is reserved');
  return { format, order: names.indexOf(format), size: bytesInFile(tensor) };
}

/** Bytes of a tensor in a file; NaN where no file can hold it. */
export function bytesInFile({ dtype, shape }: { dtype: string; shape: readonly number[] }): number {
  const format = formatOf.get(dtype);
  return format === undefined
    ? Number.NaN
    : shape.reduce((product, length) => product * length, FORMATS[format][1]);
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The first key that an object of valid JSON has twice (JSON.parse keeps the last one without an error). */
function duplicateKey(json: string): string | undefined {
  const open: (Set<string> | null)[] = [];
  const colon = /\s*:/y;
  for (let i = 0; i < json.length; i++) {
    const char = json[i];
    if (char === '{') open.push(new Set());
    else if (char === '[') open.push(null);
    else if (char === '}' || char === ']') open.pop();
    else if (char === '"') {
      const start = i;
      for (i++; json[i] !== '"'; i++) if (json[i] === '\\') i++;
      const keys = open.at(-1);
      colon.lastIndex = i + 1;
      if (!keys || !colon.test(json)) continue;
      const key = JSON.parse(json.slice(start, i + 1)) as string;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}
