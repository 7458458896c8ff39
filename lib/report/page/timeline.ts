// Spans on the clip's time: one lane for the sample's own and one for the completion's. A click seeks.

import { element } from './dom.js';
import { shortNumber } from './numbers.js';

type Span = readonly [start: number, end: number];

interface Lane {
  name: string;
  spans: readonly Span[];
  /** What each span is about; missing: nothing is known of it. */
  labels: readonly string[];
}

/** Without a clip the axis ends with the last span; no clip is longer than a day. */
const longest = 86_400;

export function timeText([start, end]: Span): string {
  return `${shortNumber(start)}\u2013${shortNumber(end)} s`;
}

/** @param media null: nothing plays, and the spans alone say how long the clip is */
export function timeline(lanes: readonly Lane[], media: HTMLMediaElement | null): HTMLElement {
  const place = element('div', { class: 'timeline' });
  const head = element('span', { class: 'playhead' });
  const end = element('span');
  const drawn: { button: HTMLElement; span: Span }[] = [];
  const tracks = lanes.map(({ name, spans, labels }) => {
    const buttons = spans.map((span, i) => {
      const label = labels[i] === undefined ? timeText(span) : `${timeText(span)}: ${labels[i]}`;
      const button = element('button', { type: 'button', title: label, 'aria-label': `${name}, ${label}` });
      button.addEventListener('click', (event) => {
        event.stopPropagation();
        seek(span[0]);
      });
      drawn.push({ button, span });
      return button;
    });
    const track = element('div', { class: 'track', 'data-lane': name }, ...buttons);
    track.addEventListener('click', (event) => {
      const { left, width } = track.getBoundingClientRect();
      seek(((event.clientX - left) / width) * length());
    });
    place.append(element('span', { class: 'note' }, name), track);
    return track;
  });
  tracks.at(-1)?.append(head);
  const axis = element('div', { class: 'axis' }, element('span', {}, '0 s'), end);
  place.append(element('span'), axis);

  function length(): number {
    const duration = media?.duration ?? Number.NaN;
    if (Number.isFinite(duration) && duration > 0) return duration;
    return (
      Math.min(
        longest,
        drawn.reduce((last, { span }) => Math.max(last, span[1]), 0),
      ) || 1
    );
  }
  function seek(seconds: number): void {
    if (media !== null) media.currentTime = Math.min(length(), Math.max(0, seconds));
  }
  const percent = (seconds: number): number => 100 * Math.min(1, Math.max(0, seconds / length()));
  function draw(): void {
    end.textContent = `${shortNumber(length())} s`;
    for (const { button, span } of drawn) {
      button.style.left = `${percent(span[0])}%`;
      button.style.width = `${Math.max(0, percent(span[1]) - percent(span[0]))}%`;
      button.classList.toggle('beyond', span[1] > length());
    }
    move();
  }
  function move(): void {
    head.hidden = media === null;
    head.style.left = `${percent(media?.currentTime ?? 0)}%`;
  }
  media?.addEventListener('durationchange', draw);
  for (const event of ['timeupdate', 'seeking', 'seeked']) media?.addEventListener(event, move);
  draw();
  return place;
}
