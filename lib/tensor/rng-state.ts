/** The default generators of several devices at once. */
import { checkStatus, native, scope } from '../runtime/index.js';
import { fromBuffer } from './factories.js';
import { restore, stateOf } from './generator.js';
import { readData } from './readout.js';

/** States by device (`cpu`, `cuda:0`), as bytes: no scope owns them. */
export type RngState = ReadonlyMap<string, Uint8Array>;

/** Of the CPU and of the CUDA devices among `devices`. */
export function saveRng(devices: readonly string[]): RngState {
  const all = ['cpu', ...devices.filter((device) => device.startsWith('cuda'))];
  const bytesOf = (device: string) =>
    readData(stateOf('saveRng', generatorOf(device)), 'saveRng') as Uint8Array;
  return scope(() => new Map(all.map((device) => [device, bytesOf(device)])));
}

export function restoreRng(state: RngState): void {
  scope(() => {
    for (const [device, bytes] of state)
      restore('restoreRng', generatorOf(device), fromBuffer(bytes, [bytes.length], 'uint8'));
  });
}

/** Ids of default generators. */
const generators = new Map([['cpu', 0]]);

function generatorOf(device: string): number {
  let id = generators.get(device);
  if (id === undefined) {
    id = native.cudaGenerator(Number(device.split(':')[1] ?? 0));
    checkStatus('saveRng');
    generators.set(device, id);
  }
  return id;
}
