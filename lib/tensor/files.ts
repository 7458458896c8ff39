/** torch.save and torch.load: state dicts as safetensors files, loaded by mapping. */

import {
  checkStatus,
  firstSlot,
  ignoreUnscoped,
  native,
  scope,
  slots,
  writeMappedTensor,
} from '../runtime/index.js';
import { describeValue } from './arguments.js';
import { openFile, shownPath, writingFile } from './open-file.js';
import { checkOption, checkOptions, kinds } from './options.js';
import { readRawBytes } from './readout.js';
import { type Metadata, readHeaderOf, writeFile } from './safetensors.js';
import { Tensor, tensorFromHandle } from './tensor.js';
import { dtypeCodes } from './types.js';

export type StateDict = Record<string, Tensor>;

export interface LoadOptions {
  /** Gives the file's metadata beside its tensors. Default false. */
  metadata?: boolean;
}

export interface LoadedFile {
  tensors: StateDict;
  /** The strings that the file holds beside its tensors; null where it has none. */
  metadata: Metadata;
}

/** Writes named tensors, and strings beside them, as a safetensors file; the file appears only when complete. */
export function save(stateDict: StateDict, file: string, metadata?: Metadata): void {
  const tensors = Object.entries(stateDict).map(([name, tensor]) => {
    if (!(tensor instanceof Tensor))
      throw new TypeError(`save: expected a Tensor under '${name}', got ${describeValue(tensor)}`);
    return { name, dtype: tensor.dtype, shape: tensor.shape, pieces: () => pieces(tensor) };
  });
  for (const [name, text] of Object.entries(metadata ?? {}))
    checkOption('save', `metadata.${name}`, text, kinds.string);
  writingFile('save', file, () => writeFile(file, tensors, metadata));
}

const pieceElements = 2 ** 24;

/** A tensor's bytes, of so many elements at a time: a large tensor is never in memory twice. */
function* pieces(tensor: Tensor): Generator<Uint8Array> {
  const count = tensor.numel();
  if (count <= pieceElements) {
    yield readRawBytes(tensor, 'save');
    return;
  }
  for (let start = 0; start < count; start += pieceElements) {
    yield scope(() => {
      const flat = tensor.detach().reshape([-1]);
      return readRawBytes(flat.narrow(0, start, Math.min(pieceElements, count - start)), 'save');
    });
  }
}

/**
 * Maps a safetensors file: pages are read when first touched, and writing to a tensor copies its page, never
 * the file. Safetensors only: no other format can be trusted not to run code.
 */
export function load(file: string, options: LoadOptions & { metadata: true }): LoadedFile;
export function load(file: string, options?: LoadOptions & { metadata?: false }): StateDict;
export function load(file: string, options: LoadOptions = {}): StateDict | LoadedFile {
  checkOptions('load', options, { metadata: kinds.boolean });
  const { header, mapping } = openFile('load', file, (fd) => {
    const opened = { header: readHeaderOf(fd, file), mapping: native.mapFile(fd) };
    checkStatus(`load: file ${shownPath(file)}`);
    return opened;
  });
  const { tensors, dataStart } = header;
  const loaded: [string, Tensor][] = [];
  for (const { name, dtype, shape, begin, end } of tensors) {
    writeMappedTensor(shape);
    native.mappedTensor(mapping, dataStart + begin, end - begin, dtypeCodes[dtype]);
    checkStatus(`load ${file}: ${name}`);
    const tensor = tensorFromHandle(slots[firstSlot]);
    ignoreUnscoped(tensor.handle); // pages of a file, which the system can reclaim
    loaded.push([name, tensor]);
  }
  // Unlike assignment, this takes `__proto__` for a name like any other.
  const stateDict = Object.fromEntries(loaded);
  return options.metadata ? { tensors: stateDict, metadata: header.metadata } : stateDict;
}
