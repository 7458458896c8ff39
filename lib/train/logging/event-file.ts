// TensorBoard's event files: records of tensorflow.Event messages (tensorboard/compat/proto/event.proto), each framed with
// its length and masked CRC-32C sums (tensorboard/summary/writer/record_writer.py).

interface Event {
  /** Seconds since 1970. */
  wallTime: number;
  step: number;
  content:
    | { fileVersion: 'brain.Event:2' }
    /** A training starts at `step`: what earlier files say of it and of later steps is void. */
    | { sessionStart: true }
    | { scalars: Record<string, number> };
}

/** The bytes to append to an event file. */
export function eventRecord({ wallTime, step, content }: Event): Buffer {
  const message = Buffer.concat([
    doubleField(1, wallTime),
    // Fields of value 0 are left out, as proto3 does.
    step === 0 ? Buffer.alloc(0) : varintField(2, step),
    contentField(content),
  ]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(message.length));
  return Buffer.concat([length, maskedCrc(length), message, maskedCrc(message)]);
}

function contentField(content: Event['content']): Buffer {
  if ('fileVersion' in content) return bytesField(3, Buffer.from(content.fileVersion));
  if ('sessionStart' in content) return bytesField(7, varintField(1, 1));
  const values = Object.entries(content.scalars).map(([tag, value]) =>
    bytesField(1, Buffer.concat([bytesField(1, Buffer.from(tag)), floatField(2, value)])),
  );
  return bytesField(5, Buffer.concat(values));
}

// Protocol buffers: a field is its number and kind, then its content.

const VARINT = 0;
const DOUBLE = 1;
const BYTES = 2;
const FLOAT = 5;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) + (rest >= 128 ? 128 : 0));
    if (rest < 128) return Buffer.from(bytes);
  }
}

const key = (field: number, kind: number): Buffer => varint(field * 8 + kind);

const varintField = (field: number, value: number): Buffer =>
  Buffer.concat([key(field, VARINT), varint(value)]);

const bytesField = (field: number, bytes: Buffer): Buffer =>
  Buffer.concat([key(field, BYTES), varint(bytes.length), bytes]);

function doubleField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([key(field, DOUBLE), bytes]);
}

function floatField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([key(field, FLOAT), bytes]);
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

function maskedCrc(bytes: Buffer): Buffer {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  crc = ~crc;
  const masked = Buffer.alloc(4);
  masked.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  return masked;
}
