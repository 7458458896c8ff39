/** Peak memory of this process and its children (the decoding workers), by asking the system now and then. */
import { readFileSync } from 'node:fs';

const pauseMs = 500;

interface MemoryWatch {
  /** Most resident bytes seen at once, summed over the processes; common pages count in each. */
  readonly peakBytes: number;
  stop(): void;
}

export function watchMemory(): MemoryWatch {
  let peakBytes = 0;
  const look = (): void => {
    peakBytes = Math.max(peakBytes, treeBytes(process.pid));
  };
  look();
  const timer = setInterval(look, pauseMs);
  timer.unref();
  return {
    get peakBytes() {
      look();
      return peakBytes;
    },
    stop: () => clearInterval(timer),
  };
}

/** Resident bytes of a process and all below it; where there is no /proc, of this process alone. */
function treeBytes(pid: number): number {
  try {
    const resident = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return children.reduce((sum, child) => sum + treeBytes(Number(child)), 1024 * Number(resident));
  } catch {
    return pid === process.pid ? process.memoryUsage().rss : 0;
  }
}
