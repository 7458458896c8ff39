/**
 * node remux.mjs IN OUT SPEC: the same packets with other time stamps, for clips that our writer does not make. SPEC is JSON,
 * in seconds: `pictures`, when each frame appears and, last, when the last one goes; `sound`, [from, shift] pairs: sound from
 * the second `from` on stands `shift` seconds later; `offset` of all. `pixelAspect`, [width, height] of a pixel.
 */
import { AVERROR_EOF, AVMEDIA_TYPE_VIDEO } from 'node-av/constants';
import { FormatContext, Packet, Rational } from 'node-av/lib';

const [source, target, json] = process.argv.slice(2);
const { pictures, sound = [], offset = 0, pixelAspect } = JSON.parse(json);
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
  if (pixelAspect && copy.codecpar.codecType === AVMEDIA_TYPE_VIDEO) {
    copy.sampleAspectRatio = copy.codecpar.sampleAspectRatio = new Rational(...pixelAspect);
  }
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
  const ticks = (seconds) => BigInt(Math.round((seconds * timeBase.den) / timeBase.num));
  let pts = packet.pts;
  if (codecpar.codecType !== AVMEDIA_TYPE_VIDEO) {
    const at = (Number(packet.pts) * timeBase.num) / timeBase.den;
    for (const [from, shift] of sound) if (at >= from) pts = packet.pts + ticks(shift);
  } else if (pictures) {
    pts = ticks(pictures[frames]);
    packet.duration = ticks(pictures[++frames]) - pts;
  }
  // Without reordering of frames both stamps move alike.
  packet.dts += pts - packet.pts + ticks(offset);
  packet.pts = pts + ticks(offset);
  packet.rescaleTs(timeBase, output.streams[packet.streamIndex].timeBase);
  check(output.interleavedWriteFrameSync(packet));
  packet.unref();
}
check(output.writeTrailerSync());
output.closeOutputSync();
