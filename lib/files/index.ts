export { checkPath } from './path.js';
export { partialName, removeLeftovers, replaceFile, replaceFolder } from './replace.js';
