export { BadInputError } from './bad-input.js';
export { DiskFullError, namingFullDisk } from './disk-full.js';
export { checkFreeFile } from './free-file.js';
export { checkOutputFolder } from './output-folder.js';
export {
  flush,
  partialName,
  removeFolder,
  removeLeftovers,
  replaceFile,
  replaceFiles,
  replaceFolder,
} from './replace.js';
export { packageVersion } from './version.js';
