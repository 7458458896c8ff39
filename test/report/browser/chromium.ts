/** A headless Chromium for tests of pages. Where none starts, the tests are skipped and the reason is printed. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';

const repository = join(__dirname, '../../..');

// Tests run as root in containers, where its sandbox cannot start. The pages are the tests' own.
const flags = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];

const found = findChromium();
if ('reason' in found)
  process.stderr.write(`No Chromium starts here: the tests in it are skipped. ${found.reason}\n`);

export const describeInBrowser = 'reason' in found ? describe.skip : describe;

interface Chromium {
  program: string;
  env: NodeJS.ProcessEnv;
}

/** Unpacks it where that has not been done; its libraries stand in for those that the machine lacks. */
function findChromium(): Chromium | { reason: string } {
  const { devDependencies } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  const folder = join(repository, '.cache', `chromium-${devDependencies['@sparticuz/chromium']}`);
  const unpacked = spawnSync(process.execPath, [join(__dirname, 'unpack.cjs'), folder], { encoding: 'utf8' });
  if (unpacked.status !== 0) return { reason: unpacked.stderr };
  const program = unpacked.stdout;
  const own = { ...process.env, LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') };
  let reason = '';
  for (const env of [process.env, own]) {
    const launch = [join(__dirname, 'launch.cjs'), program, ...flags];
    const { status, stderr, error } = spawnSync(process.execPath, launch, { env, encoding: 'utf8' });
    if (status === 0) return { program, env };
    reason = error?.message ?? stderr;
  }
  return { reason };
}

/** A page, and what went wrong in it or was asked of the network. */
export interface WatchedPage {
  page: Page;
  problems: string[];
  requests: string[];
}

let browser: Browser | null = null;

/** One browser a file of tests. */
export function useBrowser(): (
  url: string,
  size?: { width: number; height: number },
) => Promise<WatchedPage> {
  beforeAll(async () => {
    const { program, env } = found as Chromium;
    browser = await puppeteer.launch({
      executablePath: program,
      // Of a system without a language it makes one that is none ('en-US@posix').
      env: { ...env, LC_ALL: 'en_US.UTF-8', LANGUAGE: 'en_US' },
      headless: 'shell',
      args: flags,
      timeout: 120_000,
      protocolTimeout: 120_000,
    });
  });
  afterAll(async () => {
    await browser?.close();
    browser = null;
  });
  return async (url, { width, height } = { width: 1000, height: 900 }) => {
    const page = await (browser as Browser).newPage();
    page.setDefaultTimeout(120_000);
    await page.setViewport({ width, height });
    const problems: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warn'].includes(message.type())) problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith('data:')) requests.push(request.url());
    });
    await page.goto(url, { waitUntil: 'load' });
    return { page, problems, requests };
  };
}

/** What makes the page wider than its window: it is empty where nothing has to be scrolled sideways. */
export function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return [...document.querySelectorAll('body *')]
      .filter((it) => it.closest('.wide') === null && it.getBoundingClientRect().right > clientWidth)
      .map((it) => `${it.tagName}.${it.className}`);
  });
}
