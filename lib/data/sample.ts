/** One question about a clip, or without one: a text sample. */

/**
 * Which tracks a prompt shows, as far as the clip has them: both, the pictures alone, the sound alone, neither, or both with
 * the frames in random order. A text sample has the same prompt in all of them.
 */
export type View = 'av' | 'v' | 'a' | 'none' | 'shuffled';
export const allViews: readonly View[] = ['av', 'v', 'a', 'none', 'shuffled'];

export interface Sample {
  id: string;
  /** Path; absolute after reading. Without video and audio the question stands alone. */
  video?: string;
  /** Path of a separate sound file; null or absent: the video's own track. */
  audio?: string | null;
  question: string;
  /** 2 to 26 texts; absent: an open question. */
  options?: string[];
  /** The right option's exact text (after reading), or free text where there are no options. */
  answer?: string;
  /** Reasoning, one sentence each. */
  steps?: string[];
  /** [start, end] in seconds of what the answer rests on; never shown to a model that is being evaluated. */
  spans?: [number, number][];
  /** A name for the kind of question, to break results down by. */
  kind?: string;
  /** What stands before the conversation: the system message. */
  system?: string;
  /** How to answer: stands after the question in the prompt. Judges are asked the question without it. */
  instruction?: string;
  /** Earlier exchanges of the conversation, in order; the clip stands in the first question. */
  history?: { question: string; answer: string }[];
  /** Seconds of its clip; rewards have it once the clip was read. */
  duration?: number;
  /** Fields of the row that mean nothing here, as they were; rewards may read them. */
  metadata?: Record<string, unknown>;
}
