// The clip of a rollout: a video or audio element, or why there is none.

import type { ClipView, ReportView } from '../view.js';
import { element } from './dom.js';

export interface Clip {
  place: HTMLElement;
  /** Null where it is not shown. */
  media: HTMLMediaElement | null;
}

export function showClip(clip: ClipView, { media: embedded }: ReportView): Clip {
  const place = element('div', { class: 'clip' });
  if (clip.source === null) {
    place.append(element('p', { class: 'note' }, `${clip.name} (${clip.note})`));
    return { place, media: null };
  }
  const src = Object.hasOwn(embedded, clip.source) ? embedded[clip.source] : clip.source;
  const media = element(clip.kind, { src, controls: true, preload: 'auto', 'aria-label': clip.name });
  media.addEventListener('error', () => {
    const link = element('a', { href: src, download: clip.name }, clip.name);
    media.replaceWith(element('p', { class: 'note' }, 'This browser cannot play ', link, '.'));
  });
  place.append(media);
  return { place, media };
}
