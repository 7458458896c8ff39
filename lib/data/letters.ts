/** Options are named by capital letters, in their order. */
export function letterOf(index: number): string {
  return String.fromCharCode(65 + index);
}
