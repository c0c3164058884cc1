import { debianKernel } from "../../tools/kernel/kernels.js";
import { describeGuest } from "./checks.js";

await describeGuest("the broker in a guest with Debian's amd64 kernel", {
  kernel: debianKernel("amd64"),
  memory: "1G",
  modules: ["vgem", "vivid"],
  program: "test/kernel/guest/broker.ts",
  seconds: 300,
});
