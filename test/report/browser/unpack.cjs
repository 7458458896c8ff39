// Unpacks the Chromium of @sparticuz/chromium into the folder of the first argument and prints the program's path. A
// folder that is there is whole: it is unpacked beside it and renamed.

const { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } = require('node:fs');
const { dirname, join } = require('node:path');

const folder = process.argv[2];

async function main() {
  if (!existsSync(folder)) {
    mkdirSync(dirname(folder), { recursive: true });
    const partial = mkdtempSync(`${folder}.partial-`);
    // The package unpacks into the folder of temporary files, its libraries only where it takes the machine for Lambda.
    process.env.TMPDIR = partial;
    process.env.AWS_LAMBDA_JS_RUNTIME = 'nodejs20.x';
    await require('@sparticuz/chromium').executablePath();
    try {
      renameSync(partial, folder);
    } catch (error) {
      // Another process was faster.
      rmSync(partial, { recursive: true });
      if (!existsSync(folder)) throw error;
    }
  }
  process.stdout.write(join(folder, 'chromium'));
}

main();
