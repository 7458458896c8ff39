/**
 * node remux.mjs IN OUT AUDIO_DELAY STRETCH_FROM: the same packets with other time stamps, for clips that our writer does
 * not make. Sound starts AUDIO_DELAY seconds later; frames from number STRETCH_FROM on stand twice as long.
 */
import { AVERROR_EOF, AVMEDIA_TYPE_VIDEO } from 'node-av/constants';
import { FormatContext, Packet } from 'node-av/lib';

const [source, target, delay, stretchFrom] = process.argv.slice(2);
const check = (result) => {
  if (result < 0) throw new Error(`FFmpeg error ${result}`);
  return result;
};
const input = new FormatContext();
check(input.openInputSync(source));
check(input.findStreamInfoSync(null));
const output = new FormatContext();
check(output.allocOutputContext2(null, null, target));
for (const stream of input.streams) {
  const copy = output.newStream(null);
  check(stream.codecpar.copy(copy.codecpar));
  copy.codecpar.codecTag = 0;
  copy.timeBase = stream.timeBase;
}
check(output.openOutputSync());
check(output.writeHeaderSync(null));
const packet = new Packet();
packet.alloc();
let frames = 0;
for (;;) {
  const result = input.readFrameSync(packet);
  if (result === AVERROR_EOF) break;
  check(result);
  const { codecpar, timeBase } = input.streams[packet.streamIndex];
  let shift = 0n;
  if (codecpar.codecType === AVMEDIA_TYPE_VIDEO) {
    shift = BigInt(Math.max(0, frames++ - Number(stretchFrom))) * packet.duration;
  } else {
    shift = BigInt(Math.round(Number(delay) * timeBase.den));
  }
  packet.pts += shift;
  packet.dts += shift;
  packet.rescaleTs(timeBase, output.streams[packet.streamIndex].timeBase);
  check(output.interleavedWriteFrameSync(packet));
  packet.unref();
}
check(output.writeTrailerSync());
output.closeOutputSync();
