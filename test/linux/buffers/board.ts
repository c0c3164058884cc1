import { readFileSync } from "node:fs";
import { readDeviceTree } from "../../../src/devicetree/read.js";
import { loadFacts } from "../../../src/facts/load.js";
import { LinuxSystem, type LinuxSystemOptions } from "../../../src/linux/buffers/linux-system.js";
import { AvailableMemory } from "../../../src/linux/memory/available-memory.js";
import type { Machine } from "../../../src/machine/machine.js";
import { EMBEDDED_6_12 } from "../../../src/machine/profiles.js";
import { readMachine } from "../../../src/machine/read.js";
import { FakeKernel, type FakeNode } from "../fake-kernel.js";

/** Paths of devices on the example board, and the nodes that a running kernel gives them. */
const NODES: Readonly<Record<string, readonly string[]>> = {
  "/soc/display@fd000000": ["/dev/dri/card0", "/dev/dri/renderD128"],
  "/soc/bus@fc000000/csi@20000": ["/dev/video0"],
  "/soc/rga@fd100000": ["/dev/video1"],
  "/soc/gpu@fd200000": ["/dev/dri/card1", "/dev/dri/renderD129"],
};

const facts = await loadFacts();

/** The example board as a machine that runs. */
export function runningBoard(): Machine {
  const tree = readDeviceTree(readFileSync(new URL("../../../examples/example-board.dtb", import.meta.url)));
  const machine = readMachine({ tree, facts, profile: EMBEDDED_6_12 });
  const devices = machine.devices.map((device) => {
    const devNodes = NODES[device.path];
    return devNodes === undefined ? device : { ...device, devNodes };
  });
  return { ...machine, devices };
}

/** Says yes to buffers that these nodes made. */
export function from(...paths: readonly string[]): (madeBy: string) => boolean {
  return (madeBy) => paths.includes(madeBy);
}

const CONTIGUOUS = from("/dev/dma_heap/reserved", "/dev/dri/card0", "/dev/video0");

/** The board's nodes: display and camera take contiguous memory alone, GPU and scaler take any. */
export function boardNodes(): Record<string, FakeNode> {
  return {
    "/dev/dma_heap/system": { kind: "dma-heap", room: 2 ** 30 },
    "/dev/dma_heap/reserved": { kind: "dma-heap", room: 2 ** 26 },
    "/dev/udmabuf": { kind: "udmabuf" },
    "/dev/dri/card0": { kind: "drm", takes: CONTIGUOUS },
    "/dev/dri/renderD128": { kind: "drm", takes: CONTIGUOUS },
    "/dev/dri/renderD129": { kind: "drm", takes: () => true },
    "/dev/video0": { kind: "video", sizeImage: 4096, takes: CONTIGUOUS },
    "/dev/video1": { kind: "video", sizeImage: 4096, takes: () => true },
  };
}

/** A system on that board. */
export async function runningSystem(
  nodes: Record<string, FakeNode> = boardNodes(),
  options: LinuxSystemOptions = {},
): Promise<{ readonly system: LinuxSystem; readonly kernel: FakeKernel }> {
  const kernel = await FakeKernel.make(nodes);
  return { system: new LinuxSystem(kernel, runningBoard(), { available: availableGiB(4), ...options }), kernel };
}

/** So much memory to be had. */
export function availableGiB(gib: number): AvailableMemory {
  const amounts = new Map([
    ["MemAvailable", gib * 2 ** 30],
    ["CmaFree", 2 ** 26],
  ]);
  return new AvailableMemory(() => amounts);
}
