import { debianKernel } from "../../tools/kernel/kernels.js";
import { describeGuest } from "./checks.js";

/** A kernel with the system heap alone, and one without dma-heaps. One with a CMA heap is in the long tests. */
const GUESTS = [
  { architecture: "amd64", from: "page-block by v4l2" },
  { architecture: "arm64", from: "cma:default by v4l2" },
] as const;

for (const { architecture, from } of GUESTS) {
  await describeGuest(`one program on Debian's ${architecture} kernel`, {
    kernel: debianKernel(architecture),
    memory: "1G",
    modules: ["vgem", "vivid"],
    program: "test/kernel/guest/same-program.ts",
    arguments: [from],
    seconds: 180,
  });
}
