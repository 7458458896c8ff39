/** Where a limit of decoding that a clip has met is raised. */
import type { MediaErrorCode } from '../media/index.js';

const limits: Partial<Record<MediaErrorCode, string>> = {
  TIMEOUT: 'timeoutMs',
  MEMORY: 'maxRssBytes',
  TOO_LARGE: 'maxRssBytes',
};

/** @returns null for an error that no limit causes */
export function limitAdvice(code: MediaErrorCode): string | null {
  const name = limits[code];
  if (name === undefined) return null;
  const option = `--media-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return `${name} is raised by 'media: { ${name}: ... }' in a recipe or ${option} on the command line (docs/recipes.md).`;
}
