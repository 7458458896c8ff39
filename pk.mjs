import { FormatContext, Packet } from 'node-av/lib';
import { AV_PKT_DATA_SKIP_SAMPLES } from 'node-av/constants';
const c=new FormatContext(); c.allocContext(); c.openInputSync(process.argv[2],null,null); c.findStreamInfoSync(null);
for(const s of c.streams) console.log(s.index,s.codecpar.codecType,'start',s.startTime,s.timeBase.num,s.timeBase.den,'dur',s.duration,'avg',s.avgFrameRate.toDouble(),'nb',s.nbFrames);
const p=new Packet();p.alloc();const n={};
while(c.readFrameSync(p)>=0){ n[p.streamIndex]=(n[p.streamIndex]??0)+1; if(n[p.streamIndex]<=(+process.argv[3]||6)){const b=p.getSideData(AV_PKT_DATA_SKIP_SAMPLES);console.log(p.streamIndex,'pts',p.pts,'dts',p.dts,'dur',p.duration,'fl',p.flags,'size',p.size,b&&[b.readUInt32LE(0),b.readUInt32LE(4)]);} p.unref();}
console.log(n);
