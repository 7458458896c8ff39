// The report's page: one file without scripts or requests, light or dark as the reader's system is.

import { escapeHtml } from './escape.js';

/** @param header HTML below the title */
export function page(
  title: string,
  header: string,
  sections: readonly { heading: string; body: string }[],
): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${header}${sections.map(({ heading, body }) => `<section>\n<h2>${escapeHtml(heading)}</h2>\n${body}\n</section>`).join('\n')}
</body>
</html>
`;
}

const style = `
:root { --ground: #fff; --ink: #1b1b1b; --faint: #666; --rule: #ddd; --target: #14692e;
  --c0: #0b62b0; --c1: #b34700; --c2: #14692e; --c3: #8a2d8c; --c4: #8c6400; --c5: #b0203a; }
@media (prefers-color-scheme: dark) { :root { --ground: #16181b; --ink: #e8e8e8; --faint: #a0a0a0; --rule: #3a3d42;
  --target: #6fd08c; --c0: #6bb1f5; --c1: #ffa35c; --c2: #6fd08c; --c3: #d99bdb; --c4: #e0c060; --c5: #ff8a9b; } }
body { background: var(--ground); color: var(--ink); font: 16px/1.45 system-ui, sans-serif; margin: 2rem auto;
  max-width: 64rem; overflow-wrap: anywhere; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; } h3 { font-size: 1rem; margin: 0; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem; } figure { flex: 0 1 30rem; margin: 0; min-width: 0; }
figcaption { font-weight: 600; } svg { width: 100%; height: auto; }
text { fill: var(--faint); font-size: 12px; } .axis { stroke: var(--faint); } .grid { stroke: var(--rule); }
polyline { fill: none; stroke-width: 1.8; }
${[0, 1, 2, 3, 4, 5].map((i) => `polyline.series${i} { stroke: var(--c${i}); } circle.series${i} { fill: var(--c${i}); } i.series${i} { background: var(--c${i}); }`).join('\n')}
.legend { font-size: 0.85rem; margin: 0; } .legend span { margin-right: 1rem; }
.legend i { display: inline-block; height: 3px; margin-right: 0.35rem; vertical-align: middle; width: 1.2rem; }
.wide { overflow-x: auto; overflow-wrap: normal; } table { border-collapse: collapse; }
th, td { border-bottom: 1px solid var(--rule); padding: 0.35rem 0.8rem 0.35rem 0; text-align: left; vertical-align: top; }
.number { font-variant-numeric: tabular-nums; white-space: nowrap; } td small { color: var(--faint); display: block; }
article { border-top: 1px solid var(--rule); display: flex; flex-wrap: wrap; gap: 1.5rem; padding: 1rem 0; }
article > div { flex: 1 1 24rem; min-width: 0; } video { height: 12rem; image-rendering: pixelated; width: 12rem; }
audio { max-width: 100%; }
article ul { list-style: none; margin: 0.5rem 0; padding: 0; } .target { color: var(--target); font-weight: 600; }
dt { font-weight: 600; margin-top: 0.5rem; } dd { margin: 0; white-space: pre-wrap; }
.facts { display: grid; font-size: 0.85rem; gap: 0.1rem 1rem; grid-template-columns: max-content minmax(0, 1fr); margin: 0.5rem 0; }
.facts dt { color: var(--faint); font-weight: 400; margin: 0; } summary { font-size: 0.85rem; }
.note { color: var(--faint); font-size: 0.85rem; margin: 0.2rem 0; }
`;
