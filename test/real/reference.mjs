// The other side: a Python process with transformers, one request and one answer at a time.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { python, SetupError } from './smollm2.mjs';

export class Reference {
  static async start(folder, threads) {
    const script = fileURLToPath(new URL('reference.py', import.meta.url));
    const child = spawn(python, [script, folder, String(threads)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', HF_HUB_OFFLINE: '1' },
    });
    const reference = new Reference(child);
    reference.versions = await reference.answer();
    return reference;
  }

  constructor(child) {
    this.child = child;
    this.lines = createInterface({ input: child.stdout });
    this.ended = once(child, 'close').then(([code, signal]) => {
      throw new SetupError(`reference.py ended with ${signal ?? code}`);
    });
    this.ended.catch(() => {}); // told by the request that waits for an answer
  }

  async answer() {
    const [line] = await Promise.race([once(this.lines, 'line'), this.ended]);
    return JSON.parse(line);
  }

  ask(request) {
    const answer = this.answer();
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    return answer;
  }

  stop() {
    this.child.stdin.end();
  }
}
