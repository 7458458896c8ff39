/** Names of the files that weights stand in. */
export const singleFile = 'model.safetensors';
export const indexFile = `${singleFile}.index.json`;

/** @param i counted from 0 */
export function shardFile(i: number, count: number): string {
  const [number, total] = [i + 1, count].map((n) => String(n).padStart(5, '0'));
  return `model-${number}-of-${total}.safetensors`;
}

export function isWeightFile(name: string): boolean {
  return name === singleFile || name === indexFile || /^model-\d{5}-of-\d{5}\.safetensors$/.test(name);
}
