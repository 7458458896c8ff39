import type { Recorder } from '../../lib/rollout/captured-steps.js';
import { noGrad, type Tensor } from '../../lib/tensor/index.js';

/** Computes again where a GPU replays its graph: into the tensor that the capture returned, from the tensors that it read. */
export function recorder() {
  const counts = { warmUps: 0, captures: 0, replays: 0, freed: 0 };
  const record: Recorder = {
    warmUp(_device, launch) {
      counts.warmUps += 1;
      return launch();
    },
    capture(_device, launch) {
      counts.captures += 1;
      // A capture computes nothing.
      const result: Tensor = launch().zero_();
      const replay = (): void => {
        counts.replays += 1;
        const again = launch();
        noGrad(() => result.copy_(again));
        again.dispose();
      };
      const dispose = (): void => {
        counts.freed += 1;
      };
      return { graph: { replay, dispose }, result };
    },
  };
  return { record, counts };
}
