/** Where the tokens of a prompt stand: what a graph's layout of positions takes and gives. Plain numbers, no tensors. */

/** What a token carries. The values are the modality bytes of the attention kernels. */
export const Modality = { text: 0, audio: 1, video: 2, image: 3 } as const;

/** The byte of visible modalities, bit m for modality m, that leaves some out. */
export function gateWithout(...hidden: readonly number[]): number {
  return hidden.reduce((gate, modality) => gate & ~(1 << modality), 0xff);
}

/**
 * A run of tokens of one kind in a prompt. Media sizes are in tokens: `rows` and `columns` count merged cells; `times`,
 * one a frame group, are seconds on the clip's clock.
 */
export type MediaSpan =
  /** Text, and the begin and end markers of audio, image and video spans. */
  | { kind: 'text'; length: number }
  | { kind: 'audio'; tokens: number }
  | { kind: 'image'; rows: number; columns: number }
  | { kind: 'video'; rows: number; columns: number; times: readonly number[] }
  /** A clip's two tracks on one time axis, with its own two begin and two end markers. */
  | { kind: 'clip'; tokens: number; rows: number; columns: number; times: readonly number[] };

/** Where a layout ends, and from where another one can go on. */
export interface LayoutEnd {
  /** Position of prompt text that follows: 1 + the largest position of the last span. */
  free: number;
  /** Position of generated text that follows: 1 + the largest position of all. */
  next: number;
}

export interface TokenLayout {
  /** Positions on the three axes, one a token. */
  time: number[];
  height: number[];
  width: number[];
  /** Modality of each token; markers are text. */
  modality: number[];
  end: LayoutEnd;
}

/** Lays out spans in order, after what ended at `from`. Every graph has one. */
export type LayOut = (spans: readonly MediaSpan[], from?: LayoutEnd) => TokenLayout;

/** Tokens by the tower that makes them. */
export interface MediaTokens {
  vision: number;
  audio: number;
}

/** How many tokens of each tower stand in the spans. */
export function mediaTokens(spans: readonly MediaSpan[]): MediaTokens {
  const counts = { vision: 0, audio: 0 };
  for (const span of spans) {
    if ('tokens' in span) counts.audio += span.tokens;
    if ('rows' in span) counts.vision += span.rows * span.columns * ('times' in span ? span.times.length : 1);
  }
  return counts;
}

/** A layout with the media tokens that are shown, by their numbers among those of their tower, and all text. */
export function shownLayout(
  layout: TokenLayout,
  shown: Readonly<Record<keyof MediaTokens, readonly number[]>>,
): TokenLayout {
  const wanted = { vision: new Set(shown.vision), audio: new Set(shown.audio) };
  const counts: MediaTokens = { vision: 0, audio: 0 };
  const rows = layout.modality.flatMap((modality, row) => {
    if (modality === Modality.text) return row;
    const tower = modality === Modality.audio ? 'audio' : 'vision';
    counts[tower] += 1;
    return wanted[tower].has(counts[tower] - 1) ? row : [];
  });
  const pick = (values: readonly number[]): number[] => rows.map((row) => values[row]);
  const { time, height, width, modality, end } = layout;
  return { time: pick(time), height: pick(height), width: pick(width), modality: pick(modality), end };
}
