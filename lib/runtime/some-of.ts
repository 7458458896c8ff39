/** Lists in messages: a model has hundreds of weights. */

const most = 8;

/** The first of some texts, and how many follow. */
export function someOf(texts: readonly string[], separator = ', '): string {
  const rest = texts.length - most;
  return texts.slice(0, most).join(separator) + (rest > 0 ? ` and ${rest} more` : '');
}
