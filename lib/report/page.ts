// The report's page: one file that asks for nothing. Its policy (CSP) names its own script by hash and allows no other, so
// that text of a run that were read as HTML could run nothing.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeHtml } from './escape.js';
import type { ReportView, Section } from './view.js';

// A browser runs the script, so it is always the compiled file; the same relative path holds from lib/ and from dist/.
const compiled = join(__dirname, '../../dist/report/page');

export interface Page {
  html: string;
  /** What the page may do, as the header Content-Security-Policy. */
  policy: string;
}

export function page(title: string, sections: readonly Section[], view: ReportView): Page {
  const script = readFileSync(join(compiled, 'main.js'), 'utf8');
  const style = readFileSync(join(compiled, 'style.css'), 'utf8');
  const isLive = view.refreshMs !== null;
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    'img-src data:',
    `media-src data:${isLive ? " 'self'" : ''}`,
    ...(isLive ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<main>
${sections.map(sectionHtml).join('\n')}
</main>
<script type="application/json" id="data">${jsonText(view)}</script>
<script>${script}</script>
</body>
</html>
`;
  return { html, policy };
}

function sectionHtml({ id, heading, body }: Section): string {
  return `<section id="${id}">
${heading === '' ? '' : `<h2>${escapeHtml(heading)}</h2>\n`}<div class="body">${body}</div>
</section>`;
}

/** A value inside a script element: no text in it can end the element or begin a comment. */
function jsonText(value: object): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
