// The format reward of OmniVideo-R1 (arXiv 2602.05847, r_format): it checks the layout that parse.ts describes and not the
// content of its parts.

import { countTag } from '../data/index.js';
import { checkOptions, oneOf } from '../tensor/index.js';
import { endsInAnswer, layoutParts, timedCaptions } from './parse.js';
import { isDirect, isStepwise, type ProtocolName, protocolNames } from './protocol.js';
import type { RewardBatch, RewardFunc } from './types.js';

export interface FormatRewardOptions {
  /** The layout that is asked for. Default 'spans'. */
  protocol?: ProtocolName;
  /** Of 'spans'. 'strict' (default): `isStrictlyFormed`. 'published': `isWellFormed`, the rule of the paper's code. */
  mode?: 'strict' | 'published';
}

export const formatRewardKinds = { protocol: oneOf(...protocolNames), mode: oneOf('strict', 'published') };

/**
 * 1 for each completion in the layout, else 0.
 * @throws TypeError for a mode of another layout than 'spans'
 */
export function formatReward(options: FormatRewardOptions = {}): RewardFunc {
  checkOptions('formatReward', options, formatRewardKinds);
  const { protocol = 'spans', mode } = options;
  if (protocol !== 'spans' && mode !== undefined)
    throw new TypeError(
      `formatReward: mode: expected none, since protocol '${protocol}' has one layout; leave it out`,
    );
  const fits = protocol === 'spans' && mode !== 'published' ? isStrictlyFormed : layouts[protocol];
  return function format({ completions }: RewardBatch) {
    return completions.map((text) => (fits(text) ? 1 : 0));
  };
}

/** Whether a completion is laid out as its protocol asks; of 'spans' by the published rule. */
export function followsProtocol(text: string, protocol: ProtocolName): boolean {
  return layouts[protocol](text);
}

/**
 * The published rule: at least one well-formed time-caption pair, exactly as many `<time>` and `<caption>` tags as pairs,
 * and a thinking block directly followed by an answer block. The order, overlap and precision of the times are not judged.
 */
export function isWellFormed(text: string): boolean {
  const pairs = timedCaptions(text).length;
  return (
    pairs >= 1 &&
    countTag(text, '<time>') === pairs &&
    countTag(text, '<caption>') === pairs &&
    endsInAnswer(text)
  );
}

/**
 * The whole text is one or more time-caption pairs, a thinking block and an answer block, with white space between them
 * alone. No part is empty or holds a tag of the layout. Times are seconds with one decimal (`1.5-4.0`), start before end,
 * and no pair starts before the end of the one before it.
 */
export function isStrictlyFormed(text: string): boolean {
  const parts = layoutParts(text);
  if (parts === null || parts.length < 4 || parts.some((part) => part.text.trim() === '')) return false;
  const pairs = parts.slice(0, -2);
  if (pairs.length % 2 !== 0 || parts.at(-2)?.tag !== 'thinking' || parts.at(-1)?.tag !== 'answer')
    return false;
  let earliest = 0;
  return pairs.every(({ tag, text }, i) => {
    if (i % 2 === 1) return tag === 'caption';
    const [, start, end] = /^(\d+\.\d)-(\d+\.\d)$/.exec(text)?.map(Number) ?? [];
    const isOrdered = start >= earliest && start < end;
    earliest = end;
    return tag === 'time' && isOrdered;
  });
}

const layouts: Record<ProtocolName, (text: string) => boolean> = {
  spans: isWellFormed,
  steps: isStepwise,
  twoTurn: isStepwise,
  direct: isDirect,
};
