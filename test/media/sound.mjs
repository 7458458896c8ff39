/**
 * node sound.mjs OUT CODEC SECONDS [NAME=VALUE ...]: a tone in a container and codec that our writer does not make; the
 * ending of OUT chooses the container, the options are the muxer's.
 */
import {
  AV_CHANNEL_LAYOUT_MONO,
  AV_SAMPLE_FMT_FLT,
  AV_SAMPLE_FMT_FLTP,
  AV_SAMPLE_FMT_S16,
} from 'node-av/constants';
import { Codec, CodecContext, FormatContext, Frame, Packet, Rational } from 'node-av/lib';

const [target, name, seconds, ...options] = process.argv.slice(2);
const sampleRate = 48_000;
const check = (result) => {
  if (result < 0) throw new Error(`FFmpeg error ${result}`);
};
const formats = { flac: AV_SAMPLE_FMT_S16, pcm_f32le: AV_SAMPLE_FMT_FLT, libopus: AV_SAMPLE_FMT_FLT };
const codec = Codec.findEncoderByName(name);
const encoder = new CodecContext();
encoder.allocContext3(codec);
encoder.sampleRate = sampleRate;
encoder.channelLayout = AV_CHANNEL_LAYOUT_MONO;
encoder.sampleFormat = formats[name] ?? AV_SAMPLE_FMT_FLTP;
encoder.timeBase = new Rational(1, sampleRate);
encoder.bitRate = 64_000n;
encoder.threadCount = 1;
check(encoder.open2Sync(codec, null));

const output = new FormatContext();
check(output.allocOutputContext2(null, null, target));
for (const option of options) check(output.setOption(...option.split('=')));
const stream = output.newStream(codec);
stream.timeBase = encoder.timeBase;
check(stream.codecpar.fromContext(encoder));
check(output.openOutputSync());
check(output.writeHeaderSync(null));

const packet = new Packet();
packet.alloc();
function encode(frame) {
  check(encoder.sendFrameSync(frame));
  while (encoder.receivePacketSync(packet) >= 0) {
    packet.streamIndex = 0;
    packet.rescaleTs(encoder.timeBase, stream.timeBase);
    check(output.interleavedWriteFrameSync(packet));
  }
}

const size = encoder.frameSize || 1024;
for (let at = 0; at < seconds * sampleRate; at += size) {
  const count = Math.min(size, seconds * sampleRate - at);
  const tone = Float32Array.from({ length: count }, (_, i) => Math.sin((at + i) / 10) / 2);
  const data = encoder.sampleFormat === AV_SAMPLE_FMT_S16 ? Int16Array.from(tone, (v) => v * 32767) : tone;
  const frame = Frame.fromAudioBuffer(Buffer.from(data.buffer), {
    nbSamples: count,
    format: encoder.sampleFormat,
    sampleRate,
    channelLayout: AV_CHANNEL_LAYOUT_MONO,
    pts: BigInt(at),
  });
  encode(frame);
  frame.free();
}
encode(null);
check(output.writeTrailerSync());
output.closeOutputSync();
