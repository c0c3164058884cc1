import { builtKernel } from "../../tools/kernel/built-kernel.js";
import { describeGuest } from "./checks.js";

const CAMERA = ["n_devs=1", "node_types=0x1", "allocators=1", "num_inputs=1", "input_types=0"];

await describeGuest("the same program on a kernel with a CMA heap", {
  kernel: builtKernel(),
  memory: "1G",
  cmdline: ["cma=64M", ...CAMERA.map((parameter) => `vivid.${parameter}`)],
  program: "test/kernel/guest/same-program.ts",
  arguments: ["cma:default by dma-heap"],
  seconds: 180,
});
