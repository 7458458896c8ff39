// pass@k: the probability that at least one of k answers is right, from n answers of which c are.

/**
 * The unbiased estimate 1 - C(n - c, k) / C(n, k) (arXiv 2107.03374, equation 1), as a product, since the binomials of many
 * answers are greater than any number.
 * @throws RangeError unless 1 <= k <= n and 0 <= c <= n
 */
export function passAtK(n: number, c: number, k: number): number {
  if (!(k >= 1 && k <= n && c >= 0 && c <= n))
    throw new RangeError(`passAtK: expected 1 <= k <= n and 0 <= c <= n, got n ${n}, c ${c}, k ${k}`);
  let none = 1;
  for (let i = n - c + 1; i <= n; i++) none *= Math.max(0, 1 - k / i);
  return 1 - none;
}
