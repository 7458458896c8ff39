// How often clips pass the towers in a step, and which of their tokens stay valid over its updates.

import type { EncodedTracks } from '../batch/index.js';
import type { ModelGraph } from '../models/index.js';
import { type Tower, towers } from './config.js';
import type { TrackCounts } from './forward.js';

/** Encoded tracks of the towers that are named: other towers change, or have other weights. */
export function tracksOf(media: { tokens: EncodedTracks }, of: readonly Tower[]): EncodedTracks {
  return new Map([...media.tokens].filter(([track]) => of.includes('patches' in track ? 'vision' : 'audio')));
}

/** `media/encoded_vision` and `media/encoded_audio`: tracks that passed a tower, for the towers that the graph has. */
export function towerMetrics(graph: ModelGraph, ...passes: readonly TrackCounts[]): Record<string, number> {
  const own = graph.towers();
  return Object.fromEntries(
    towers
      .filter((tower) => own[tower] !== undefined)
      .map((tower) => [`media/encoded_${tower}`, passes.reduce((sum, counts) => sum + counts[tower], 0)]),
  );
}
