/** Names of the files that weights stand in. */
export const singleFile = 'model.safetensors';
export const indexFile = `${singleFile}.index.json`;
export const shardFile = (i: number, count: number): string => {
  const digits = (n: number) => String(n).padStart(5, '0');
  return `model-${digits(i + 1)}-of-${digits(count)}.safetensors`;
};
export const shardPattern = /^model-\d{5}-of-\d{5}\.safetensors$/;
