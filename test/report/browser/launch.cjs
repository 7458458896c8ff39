// Starts the Chromium at the path that is the first argument, with the flags after it, and ends it.
const puppeteer = require('puppeteer-core');

const [executablePath, ...args] = process.argv.slice(2);
puppeteer
  .launch({ executablePath, headless: 'shell', args, timeout: 60_000 })
  .then((browser) => browser.close());
