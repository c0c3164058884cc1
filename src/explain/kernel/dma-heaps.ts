/** What dma-heaps and udmabuf say. */
import { boardWord } from "../named-device.js";
import { patternRecogniser } from "../pattern-recogniser.js";
import type { Recogniser } from "../recogniser.js";

const HEAP = "Linux 6.12 drivers/dma-buf/dma-heap.c dma_heap_add()";

/** `dma_heap: Already registered heap named linux,cma`. */
export const heapNameTwice: Recogniser = patternRecogniser<{ readonly name: string }>({
  id: "dma-heap-name-twice",
  topic: "dma-heaps",
  hint: "Already registered heap named",
  source: HEAP,
  pattern: /dma_heap: Already registered heap named (\S+)/,
  read: ([, name]) => (name === undefined ? null : { name }),
  explain: ({ name }, { machine }) => ({
    severity: "error",
    cause: `Two heaps want the name ${name}; the second does not exist, and its memory cannot be had from /dev/dma_heap.`,
    proof: "The kernel keeps heaps by name and refuses one that is there already.",
    certainty: "sure",
    why: "the kernel gives the line for nothing else",
    fix: "A heap of a region is named after its node: give one of the two reserved-memory nodes another name, or unload the module that brought the second.",
    next: ["ls -l /dev/dma_heap", `coalloc heaps ${boardWord(machine)}`],
    remedies: [],
    node: machine?.regions.find((region) => region.name === name)?.node ?? null,
  }),
});

/** `dma_heap: Unable to create device`: a heap that was to be there is not. */
export const heapNotAdded: Recogniser = patternRecogniser<{ readonly reason: string }>({
  id: "dma-heap-not-added",
  topic: "dma-heaps",
  hint: "dma_heap: ",
  source: HEAP,
  pattern:
    /dma_heap: (Cannot add heap without a name|Cannot add heap with invalid ops struct|Unable to get minor number for heap|Unable to add char device|Unable to create device)/,
  read: ([, reason = ""]) => ({ reason }),
  explain: ({ reason }, { machine }) => {
    const wrong = reason.startsWith("Cannot");
    return {
      severity: "error",
      cause: wrong
        ? "A driver registered a heap wrongly, and the heap does not exist."
        : "A heap could not get its node in /dev/dma_heap, and does not exist for programs.",
      proof: `The kernel says "${reason}".`,
      certainty: "sure",
      why: wrong
        ? "name and operations of a heap come from its driver alone"
        : "what is missing is a number or memory for the device node, not memory of the heap",
      fix: wrong
        ? "Mend the driver; heaps of the kernel itself do not do this."
        : "Look at the lines before it: something fails for all devices.",
      next: ["ls -l /dev/dma_heap", `coalloc heaps ${boardWord(machine)}`],
      remedies: [],
    };
  },
});

/** `cma_heap_dma_buf_release: buffer still mapped in the kernel`. */
export const heapStillMapped: Recogniser = patternRecogniser<{ readonly heap: string }>({
  id: "dma-heap-still-mapped",
  topic: "dma-heaps",
  hint: "buffer still mapped in the kernel",
  source: "Linux 6.12 drivers/dma-buf/heaps/cma_heap.c cma_heap_dma_buf_release()",
  pattern: /(\w+)_dma_buf_release: buffer still mapped in the kernel/,
  read: ([, heap = ""]) => ({ heap }),
  explain: ({ heap }) => ({
    severity: "warning",
    cause: `A driver mapped a buffer of the ${heap.replace("_heap", "")} heap for the CPU and let it go without unmapping it.`,
    proof: "The count of kernel mappings was above zero when the last user of the buffer left.",
    certainty: "sure",
    why: "the kernel counts dma_buf_vmap() and dma_buf_vunmap(); the line does not name the driver",
    fix: "The heap unmaps it now. Look which driver imports the buffer and calls dma_buf_vmap(): the call trace behind the line is of the last user, who may be another.",
    next: ["dmesg | grep -A25 'buffer still mapped in the kernel'"],
    remedies: [],
  }),
});

/** `udmabuf: Could not setup DMA mask for udmabuf device`. */
export const udmabufNotThere: Recogniser = patternRecogniser<{ readonly what: string }>({
  id: "udmabuf-not-there",
  topic: "udmabuf",
  hint: "udmabuf device",
  source: "Linux 6.12 drivers/dma-buf/udmabuf.c udmabuf_dev_init()",
  pattern: /Could not (initialize|setup DMA mask for) udmabuf device/,
  read: ([, what = ""]) => ({ what }),
  explain: ({ what }) => ({
    severity: "error",
    cause: "/dev/udmabuf does not exist: the kernel has the driver and could not start it.",
    proof:
      what === "initialize"
        ? "Registering the device node failed."
        : "Even its own bookkeeping device got no DMA mask of 64 bits.",
    certainty: "sure",
    why: "the kernel gives the line for nothing else",
    fix: "Use a dma-heap instead (/dev/dma_heap/system does all that udmabuf does), and look at the lines before it.",
    next: ["ls -l /dev/udmabuf /dev/dma_heap", "coalloc doctor"],
    remedies: [],
  }),
});
