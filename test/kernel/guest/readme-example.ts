/** Runs `examples/linux-buffer.ts` where its devices are; what it prints is compared with README.md on the host's side. */
import { loadModule } from "./modules.js";

loadModule("vgem");
loadModule("vivid", ["n_devs=1", "node_types=0x1", "allocators=1", "num_inputs=1", "input_types=0"]);
await import("../../../examples/linux-buffer.js");
