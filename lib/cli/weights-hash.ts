/** What a model is, whatever its folder is called. */
import { createHash } from 'node:crypto';
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Of a model's or an adapter's folder: its configuration and weights. */
export async function weightsHash(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const names = readdirSync(folder).filter((name) => /^(adapter_)?config\.json$|\.safetensors$/.test(name));
  for (const name of names.sort()) {
    hash.update(`${name}\n`);
    for await (const chunk of createReadStream(join(folder, name), { highWaterMark: 2 ** 20 }))
      hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
