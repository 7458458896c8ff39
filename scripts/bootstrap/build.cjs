// The build as a program, for binding.gyp.

const { dirname } = require('node:path');
const { setUpInstalled } = require('./addon.cjs');

setUpInstalled({ root: dirname(dirname(__dirname)) }).catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
