// Unpacks chosen files of a zip archive (a Python wheel is one). Written here because the bootstrap may use neither
// packages nor an `unzip` program. Every entry is checked: its CRC, its size, and that it stays in the folder.
// Format: PKWARE APPNOTE 6.3, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end).

const {
  createReadStream,
  createWriteStream,
  mkdirSync,
  openSync,
  readSync,
  closeSync,
  fstatSync,
} = require('node:fs');
const { dirname, resolve, sep } = require('node:path');
const { PassThrough, Transform } = require('node:stream');
const { pipeline } = require('node:stream/promises');
const { crc32, createInflateRaw } = require('node:zlib');

const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
const STORED = 0;
const DEFLATED = 8;

/**
 * Extracts entries of `archive` into `folder`. `place(name)` gives an entry's path inside the folder, or undefined to
 * leave it out. Returns how many files were written. Throws when the archive is not whole.
 */
async function unzip(archive, folder, place, onProgress = () => {}) {
  const fd = openSync(archive, 'r');
  try {
    const entries = readDirectory(fd).flatMap((entry) => {
      const path = entry.name.endsWith('/') ? undefined : place(entry.name);
      return path === undefined ? [] : [{ ...entry, target: inside(folder, path, entry.name) }];
    });
    const total = entries.reduce((sum, entry) => sum + entry.compressed, 0);
    let done = 0;
    for (const entry of entries) {
      await extract(fd, archive, entry);
      done += entry.compressed;
      onProgress(done, total);
    }
    return entries.length;
  } finally {
    closeSync(fd);
  }
}

function inside(folder, path, name) {
  const target = resolve(folder, path);
  if (!target.startsWith(resolve(folder) + sep))
    throw new Error(`the archive's entry ${name} points out of its folder`);
  return target;
}

function read(fd, position, length) {
  const buffer = Buffer.alloc(length);
  if (readSync(fd, buffer, 0, length, position) !== length)
    throw new Error('the archive is not a whole zip file');
  return buffer;
}

/** The central directory: the archive's own list of entries, at its end. */
function readDirectory(fd) {
  const { size } = fstatSync(fd);
  const tailLength = Math.min(size, END_BYTES + MAX_COMMENT_BYTES);
  const tail = read(fd, size - tailLength, tailLength);
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0 || end + END_BYTES > tail.length) throw new Error('the archive is not a whole zip file');
  const count = tail.readUInt16LE(end + 10);
  const length = tail.readUInt32LE(end + 12);
  const offset = tail.readUInt32LE(end + 16);
  if (count === 0xffff || offset === 0xffffffff) throw new Error('zip64 archives are not supported');

  const directory = read(fd, offset, length);
  const entries = [];
  for (let at = 0; entries.length < count; ) {
    if (at + 46 > length || directory.readUInt32LE(at) !== 0x02014b50) {
      throw new Error("the archive's directory is damaged");
    }
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
      directory.readUInt16LE(at + field),
    );
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      compressed: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      header: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
}

async function extract(fd, archive, entry) {
  const local = read(fd, entry.header, 30);
  if (local.readUInt32LE(0) !== 0x04034b50) throw new Error(`the archive's entry ${entry.name} is damaged`);
  if (entry.method !== STORED && entry.method !== DEFLATED) {
    throw new Error(`the archive's entry ${entry.name} uses compression method ${entry.method}`);
  }
  const start = entry.header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  mkdirSync(dirname(entry.target), { recursive: true });

  let crc = 0;
  let size = 0;
  const check = new Transform({
    transform(chunk, _encoding, next) {
      crc = crc32(chunk, crc);
      size += chunk.length;
      next(null, chunk);
    },
  });
  const source =
    entry.compressed === 0
      ? new PassThrough().end()
      : createReadStream(archive, { start, end: start + entry.compressed - 1, highWaterMark: 2 ** 20 });
  const inflate = entry.method === DEFLATED && entry.compressed > 0 ? [createInflateRaw()] : [];
  await pipeline([source, ...inflate, check, createWriteStream(entry.target)]);
  if (crc !== entry.crc || size !== entry.size)
    throw new Error(`the archive's entry ${entry.name} is damaged`);
}

module.exports = { unzip };
