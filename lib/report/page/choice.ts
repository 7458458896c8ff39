// A list to choose from. It follows the preferred option until a reader chooses another one, which it then keeps while
// there is such an option.

import { element } from './dom.js';

export interface Option {
  value: string;
  text: string;
}

interface Choice {
  place: HTMLElement;
  readonly value: string;
  /** @param preferred chosen where the reader has chosen nothing that is still there */
  set(options: readonly Option[], preferred?: string): void;
  /** As if the reader had chosen what is shown. */
  pin(): void;
}

export function choice(id: string, label: string, changed: () => void): Choice {
  const select = element('select', { id });
  let isChosen = false;
  let known = '';
  let followed: string | undefined;
  select.addEventListener('change', () => {
    isChosen = select.value !== followed;
    changed();
  });
  return {
    place: element('span', {}, element('label', { for: id }, `${label} `), select),
    get value() {
      return select.value;
    },
    pin() {
      isChosen = true;
    },
    set(options, preferred) {
      followed = preferred;
      const before = select.value;
      const key = JSON.stringify(options);
      if (key !== known) {
        known = key;
        select.replaceChildren(...options.map(({ value, text }) => element('option', { value }, text)));
      }
      isChosen &&= options.some(({ value }) => value === before);
      const value = isChosen ? before : preferred;
      if (value !== undefined && select.value !== value) select.value = value;
    },
  };
}
