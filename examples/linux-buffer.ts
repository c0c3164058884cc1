// A camera and a graphics device of this machine share a buffer; no heap is named.
import { orThrow } from "coalloc";
import { openLinuxSystem } from "coalloc/linux";

const system = await openLinuxSystem();
const participants = ["/dev/video0", "/dev/dri/card0"];
const buffer = orThrow(system.allocate({ size: 640 * 360 * 2, participants, name: "frame" }));
orThrow(buffer.cpuAccess("write", (bytes) => bytes.fill(0x80)));
const { heap, route } = orThrow(buffer.allocate());
console.log(`${buffer.size} bytes from ${heap} by ${route}, a dma-buf: ${buffer.fd > 2}`);
for (const attachment of buffer.attachments) {
  const taken = attachment.probe();
  console.log(`${attachment.device}: ${taken.ok ? `takes it by ${taken.value.via}` : taken.refusal.code}`);
}
system.close();
