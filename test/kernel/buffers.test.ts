import { debianKernel } from "../../tools/kernel/kernels.js";
import { describeGuest } from "./checks.js";

for (const memory of ["1G", "5G"]) {
  await describeGuest(`buffers through the library in a guest with ${memory}`, {
    kernel: debianKernel("amd64"),
    memory,
    modules: ["vgem", "vivid"],
    program: "test/kernel/guest/buffers.ts",
    arguments: [memory],
    seconds: 180,
  });
}
