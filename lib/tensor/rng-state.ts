/** The default generators of several devices at once. */
import { checkStatus, native, scope } from '../runtime/index.js';
import { fromBuffer } from './factories.js';
import { restore, stateOf } from './generator.js';
import { readData } from './readout.js';

/** States by the id of their generator, as bytes: no scope owns them. */
export type RngState = ReadonlyMap<number, Uint8Array>;

/** Of the CPU and of the CUDA devices among `devices`. */
export function saveRng(devices: readonly string[]): RngState {
  const ids = devices.filter((device) => device.startsWith('cuda')).map(generatorOf);
  return scope(
    () => new Map([0, ...ids].map((id) => [id, readData(stateOf('saveRng', id), 'saveRng') as Uint8Array])),
  );
}

export function restoreRng(state: RngState): void {
  scope(() => {
    for (const [id, bytes] of state) restore('restoreRng', id, fromBuffer(bytes, [bytes.length], 'uint8'));
  });
}

const cudaGenerators = new Map<string, number>();

/** Id of the default generator of `cuda:1` and its like. */
function generatorOf(device: string): number {
  let id = cudaGenerators.get(device);
  if (id === undefined) {
    id = native.cudaGenerator(Number(device.split(':')[1] ?? 0));
    checkStatus('saveRng');
    cudaGenerators.set(device, id);
  }
  return id;
}
