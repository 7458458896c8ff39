/**
 * node many-channels.mjs OUT FORMAT CHANNELS: a tenth of a second of WavPack whose decoder gives planes of FORMAT; every
 * channel is 0.5 throughout, but the last, which is -0.5.
 */
import {
  AV_SAMPLE_FMT_FLTP,
  AV_SAMPLE_FMT_S16P,
  AV_SAMPLE_FMT_S32P,
  AV_SAMPLE_FMT_U8P,
} from 'node-av/constants';
import { Codec, CodecContext, FormatContext, Frame, Packet, Rational } from 'node-av/lib';

const [target, name, channelCount] = process.argv.slice(2);
const [channels, sampleRate, count] = [Number(channelCount), 16_000, 1600];
const check = (result) => {
  if (result < 0) throw new Error(`FFmpeg error ${result}`);
};
const formats = {
  u8p: [AV_SAMPLE_FMT_U8P, Uint8Array, 128, 128],
  s16p: [AV_SAMPLE_FMT_S16P, Int16Array, 0, 2 ** 15],
  s32p: [AV_SAMPLE_FMT_S32P, Int32Array, 0, 2 ** 31],
  fltp: [AV_SAMPLE_FMT_FLTP, Float32Array, 0, 1],
};
const [format, List, zero, one] = formats[name];
const layout = { order: 0, nbChannels: channels, mask: 0n };
const codec = Codec.findEncoderByName('wavpack');
const encoder = new CodecContext();
encoder.allocContext3(codec);
encoder.sampleRate = sampleRate;
encoder.channelLayout = layout;
encoder.sampleFormat = format;
encoder.timeBase = new Rational(1, sampleRate);
check(encoder.open2Sync(codec, null));

const output = new FormatContext();
check(output.allocOutputContext2(null, 'matroska', target));
const stream = output.newStream(codec);
stream.timeBase = encoder.timeBase;
check(stream.codecpar.fromContext(encoder));
check(output.openOutputSync());
check(output.writeHeaderSync(null));

const frame = new Frame();
frame.alloc();
Object.assign(frame, { nbSamples: count, format, sampleRate, channelLayout: layout, pts: 0n });
check(frame.getBuffer());
for (const [channel, plane] of frame.extendedData.entries()) {
  const value = zero + (channel === channels - 1 ? -one : one) / 2;
  new List(plane.buffer, plane.byteOffset, count).fill(value);
}
const packet = new Packet();
packet.alloc();
for (const input of [frame, null]) {
  check(encoder.sendFrameSync(input));
  while (encoder.receivePacketSync(packet) >= 0) {
    packet.streamIndex = 0;
    packet.rescaleTs(encoder.timeBase, stream.timeBase);
    check(output.interleavedWriteFrameSync(packet));
  }
}
check(output.writeTrailerSync());
output.closeOutputSync();
