/** The layouts of samples that are read. To add one: its file, and a line here. */
import { conversationLayout } from './conversation.js';
import { flatLayout } from './flat.js';
import type { SampleLayout } from './layout.js';

/** The first one that detects a row reads it. */
export const sampleLayouts: readonly SampleLayout[] = [
  conversationLayout,
  // Detects every row.
  flatLayout,
];
