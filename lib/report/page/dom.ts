// Elements by name. Text reaches the page as text nodes and attributes alone: what a model wrote is never read as HTML.

type Child = Node | string;
type Attributes = Record<string, string | number | boolean | undefined>;

/** @param attributes false and undefined are left out, true is an attribute without a value */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(key, value === true ? '' : String(value));
  }
  made.append(...children);
  return made;
}

export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element '${id}'`);
  return found;
}

/** What stands below the heading of a section of the page. */
export function sectionBody(id: string): HTMLElement {
  return byId(id).querySelector('.body') as HTMLElement;
}
