/**
 * The forward diffusion by which video-SALMONN-o1 perturbs pixels (arXiv 2502.11775; after arXiv 2311.16922): 1000 steps, betas
 * on a sigmoid from 1e-5 to 5e-3.
 */
const steps = 1000;
const betas = { least: 1e-5, most: 5e-3 };

/** Step 100 of 1000: signal 0.998, std 0.058. */
export const publishedStep = 100;

/** x becomes signal x + std n, with standard normal n. @param step from 0 */
export function forwardDiffusion(step: number): { signal: number; std: number } {
  let kept = 1;
  for (let t = 0; t <= step; t += 1) {
    const sigmoid = 1 / (1 + Math.exp(6 - (12 * t) / (steps - 1)));
    kept *= 1 - (betas.least + (betas.most - betas.least) * sigmoid);
  }
  return { signal: Math.sqrt(kept), std: Math.sqrt(1 - kept) };
}
