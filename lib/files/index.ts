export { partialName, removeFolder, removeLeftovers, replaceFile, replaceFolder } from './replace.js';
export { packageVersion } from './version.js';
