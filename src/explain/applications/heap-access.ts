import type { FindingRemedy } from "../../lint/finding.js";
import { NO_TEXTS } from "../../placement/ways-to-apply.js";

/** Lets a group open the heaps; what distributions ship for their camera programs. */
export const HEAP_RULE: FindingRemedy = {
  ...NO_TEXTS,
  kind: "user-space",
  text: 'put SUBSYSTEM=="dma_heap", GROUP="video", MODE="0660" into /etc/udev/rules.d/60-dma-heap.rules, run udevadm control --reload and udevadm trigger, and add the user to the group: usermod -aG video USER',
};

/** Kernel options that make heap nodes appear. */
export const HEAPS_IN_KERNEL: FindingRemedy = {
  ...NO_TEXTS,
  kind: "kernel-option",
  text: "build the kernel with dma-heaps, of the CMA area and of system memory",
  config: "CONFIG_DMABUF_HEAPS=y\nCONFIG_DMABUF_HEAPS_SYSTEM=y\nCONFIG_DMABUF_HEAPS_CMA=y\nCONFIG_DMA_CMA=y\n",
};

/** Lets the group that distributions give udmabuf to open it. */
export const UDMABUF_GROUP: FindingRemedy = {
  ...NO_TEXTS,
  kind: "user-space",
  text: 'add the user to the group of /dev/udmabuf (usermod -aG kvm USER, then log in again), or give it to video: KERNEL=="udmabuf", GROUP="video", MODE="0660" in /etc/udev/rules.d/60-udmabuf.rules',
};

/** Kernel option that makes `/dev/udmabuf` appear. */
export const UDMABUF_IN_KERNEL: FindingRemedy = {
  ...NO_TEXTS,
  kind: "kernel-option",
  text: "build the kernel with udmabuf",
  config: "CONFIG_UDMABUF=y\n",
};

/** Commands that show who may open what. */
export const LOOK_AT_NODES: readonly string[] = ["ls -l /dev/dma_heap /dev/udmabuf", "id", "coalloc doctor"];
