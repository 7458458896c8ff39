// What keeps the page up to date: it asks the server again and again, and goes on where the server is away for a while.

import type { LiveView, SamplePaths, Section, StepRollouts } from '../view.js';
import { element, sectionBody } from './dom.js';

/** Sections whose bodies the page's script makes. */
const ownSections = ['curves', 'rollouts', 'paths'];

/** Shows every new view until the page is closed. A hidden page asks for nothing. */
export async function follow(everyMs: number, show: (view: LiveView) => void): Promise<never> {
  const status = element('p', { class: 'note', role: 'status' });
  document.querySelector('h1')?.after(status);
  let tag = '';
  for (;;) {
    try {
      const response = await fetch('/view', { headers: tag === '' ? {} : { 'if-none-match': tag } });
      if (response.ok) {
        tag = response.headers.get('etag') ?? '';
        const view: LiveView = await response.json();
        updateSections(view.sections);
        show(view);
      } else if (response.status !== 304) throw new Error(await response.text());
      status.textContent = 'Live.';
    } catch (error) {
      status.textContent = `No answer from earsight report --live (${(error as Error).message.trim()}); asking again.`;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
    if (document.hidden)
      await new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }));
  }
}

export function loadStep(run: number, stage: string, step: number): Promise<StepRollouts> {
  return load('/rollouts', { run: String(run), stage, step: String(step) });
}

export function loadSample(run: number, stage: string, sample: string): Promise<SamplePaths> {
  return load('/paths', { run: String(run), stage, sample });
}

async function load<T>(path: string, query: Record<string, string>): Promise<T> {
  const response = await fetch(`${path}?${new URLSearchParams(query)}`);
  if (!response.ok) throw new Error((await response.text()).trim());
  return response.json();
}

const bodies = new Map<string, string>();

/** The bodies are HTML that the server made of escaped text; the page's policy lets nothing in them run. */
function updateSections(sections: readonly Section[]): void {
  const main = document.querySelector('main') as HTMLElement;
  for (const old of [...main.children])
    if (!sections.some(({ id }) => id === old.id) && !ownSections.includes(old.id)) old.remove();
  sections.forEach(({ id, heading, body }, i) => {
    if (document.getElementById(id) === null) {
      const title = heading === '' ? [] : [element('h2', {}, heading)];
      const section = element('section', { id }, ...title, element('div', { class: 'body' }));
      main.insertBefore(section, main.children[i] ?? null);
    }
    if (ownSections.includes(id) || bodies.get(id) === body) return;
    bodies.set(id, body);
    const place = sectionBody(id);
    const open = [...place.querySelectorAll('details')].map((it) => it.open);
    place.innerHTML = body;
    if (open.length > 0)
      place.querySelectorAll('details').forEach((it, k) => {
        it.open = open[k] ?? it.open;
      });
  });
}
