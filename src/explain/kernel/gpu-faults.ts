/** Faults of the MMU that a GPU brings along, which is no IOMMU of the kernel. */
import { formatHex } from "../../units/quantity.js";
import { boardWord, DEVICE_PREFIX, nodeOfKernelName } from "../named-device.js";
import { patternRecogniser } from "../pattern-recogniser.js";
import type { ExplainContext, Explanation, Numbers, Recogniser } from "../recogniser.js";

interface Fault extends Numbers {
  readonly device: string | null;
  /** Hexadecimal: in the GPU's own address space. */
  readonly address: string;
}

function explain({ device, address }: Fault, { machine, count }: ExplainContext): Explanation {
  return {
    severity: "error",
    cause: `The GPU accessed ${address} of its own address space, where nothing is mapped.`,
    proof: `The GPU's own MMU reported it${count > 1 ? `, ${count} times (the first address is named)` : ""}. Such addresses say nothing of RAM: each program has a space of its own.`,
    certainty: "possible",
    why: "that the access was stopped is sure; a buffer freed too early, a shader that reads past its end and a bug of the driver look the same",
    fix: "Which program was it? Run it with the newest Mesa; if it imports buffers, see that it keeps them until the GPU is done (fences), and that their size and stride are what the GPU asks for.",
    next: [
      "dmesg | grep -A8 -iE 'page fault|MMU (error|fault)'",
      `coalloc place ${boardWord(machine)} -d GPU -d PRODUCER --image WIDTHxHEIGHT:FORMAT`,
    ],
    remedies: [],
    node: nodeOfKernelName(machine, device),
  };
}

function read([, device, address = "0"]: RegExpExecArray): Fault {
  return { device: device ?? null, address: formatHex(BigInt(`0x${address}`)) };
}

/** One finding for each GPU: thousands of addresses follow from one mistake. */
const key = ({ device }: Fault): string => `${device}`;

/** `panfrost ff9a0000.gpu: Unhandled Page fault in AS0 at VA 0x0000000002000000`, `lima 1c40000.gpu: ppmmu0 page fault at 0x104ee0 ...`. */
export const maliFault: Recogniser = patternRecogniser<Fault>({
  id: "gpu-page-fault",
  topic: "GPU fault",
  hint: "age fault",
  source:
    "Linux 6.12 drivers/gpu/drm/panfrost/panfrost_mmu.c panfrost_mmu_irq_handler_thread(), panthor/panthor_mmu.c, lima/lima_mmu.c",
  pattern: new RegExp(
    `${DEVICE_PREFIX}(?:\\[drm[^\\]]*\\] *)?(?:\\*ERROR\\* *)?(?:Unhandled Page fault in AS\\d+ at VA|\\w+ page fault at) 0x([0-9a-fA-F]{1,16})`,
  ),
  read,
  key,
  explain,
});

/** `v3d fec00000.v3d: MMU error from client L2T (0) at 0x1a81000, pte invalid`. */
export const v3dFault: Recogniser = patternRecogniser<Fault>({
  id: "v3d-mmu-error",
  topic: "GPU fault",
  hint: "MMU error from client",
  source: "Linux 6.12 drivers/gpu/drm/v3d/v3d_irq.c v3d_hub_irq()",
  pattern: new RegExp(`${DEVICE_PREFIX}MMU error from client \\S+ \\(\\d+\\) at 0x([0-9a-f]{1,16})`),
  read,
  key,
  explain,
});

/** `etnaviv-gpu 130000.gpu: MMU 0 fault (page not present) addr 0x00c0ffe0`. */
export const etnavivFault: Recogniser = patternRecogniser<Fault>({
  id: "etnaviv-mmu-fault",
  topic: "GPU fault",
  hint: " fault",
  source: "Linux 6.12 drivers/gpu/drm/etnaviv/etnaviv_gpu.c dump_mmu_fault()",
  pattern: new RegExp(`${DEVICE_PREFIX}MMU \\d+ fault(?: \\([^)]*\\))? addr 0x([0-9a-f]{1,8})`),
  read,
  key,
  explain,
});

/** `etnaviv-gpu 130000.gpu: command buffer outside valid memory window`. */
export const etnavivWindow: Recogniser = patternRecogniser<{ readonly device: string | null }>({
  id: "etnaviv-outside-window",
  topic: "GPU memory",
  hint: "command buffer outside valid memory window",
  source: "Linux 6.12 drivers/gpu/drm/etnaviv/etnaviv_mmu.c etnaviv_iommu_context_init()",
  pattern: new RegExp(`${DEVICE_PREFIX}command buffer outside valid memory window`),
  read: ([, device]) => ({ device: device ?? null }),
  explain: ({ device }, { machine }) => {
    const area = machine?.defaultCma ?? null;
    const where = area === null ? "" : ` On this board the area is at ${formatHex(area.base)}.`;
    return {
      severity: "error",
      cause:
        "The Vivante GPU reads its commands through a window of 2 GiB, and the command buffer lies outside it: the GPU is not used.",
      proof: `GPUs with the first kind of MMU see memory at a fixed distance, and the buffer came out above 0x80000000 in their view.${where}`,
      certainty: "sure",
      why: "the kernel compares just this before it prints the line",
      fix: "Place the default CMA area, which the buffer comes from, within 2 GiB of the beginning of RAM: alloc-ranges of its node, or cma=SIZE@BASE-LIMIT.",
      next: [`coalloc check ${boardWord(machine)}`, `coalloc heaps ${boardWord(machine)}`],
      remedies: [],
      node: nodeOfKernelName(machine, device) ?? area?.node ?? null,
      property: "alloc-ranges",
    };
  },
});
