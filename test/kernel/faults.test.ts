import { debianKernel } from "../../tools/kernel/kernels.js";
import { describeGuest } from "./checks.js";

await describeGuest("a guest where things go wrong", {
  kernel: debianKernel("amd64"),
  memory: "1G",
  // A graphics device that can be unplugged and that takes buffers.
  qemu: ["-device", "cirrus-vga"],
  modules: ["vgem", "vivid", "cirrus"],
  program: "test/kernel/guest/faults.ts",
  seconds: 180,
});
