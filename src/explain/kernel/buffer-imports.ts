/** What V4L2 and DRM drivers say when a buffer that another device made cannot be attached or mapped. */
import { boardWord, DEVICE_PREFIX, nodeOfKernelName } from "../named-device.js";
import { numberIn, patternRecogniser } from "../pattern-recogniser.js";
import type { Numbers, Recogniser } from "../recogniser.js";

const VB2 = "Linux 6.12 drivers/media/common/videobuf2";

/** Lines of one import stand next to one another. */
const NEAR = 4;

/** `[vb2] failed to attach dmabuf`: the exporter or the queue refused the buffer before any mapping. */
export const vb2AttachFailed: Recogniser = patternRecogniser<Numbers>({
  id: "vb2-attach-failed",
  topic: "import of a buffer",
  hint: "failed to attach dmabuf",
  source: `${VB2}/videobuf2-core.c __prepare_dmabuf(), videobuf2-dma-contig.c vb2_dc_attach_dmabuf()`,
  pattern: /failed to attach dmabuf/i,
  read: () => ({}),
  explain: (_read, { machine }) => ({
    severity: "error",
    cause:
      "A V4L2 device could not attach a buffer that another device made: its exporter refuses this device, or the buffer is smaller than the plane.",
    proof:
      "Attaching comes before mapping: no address was made yet, so neither contiguity nor the reach of the device has a part in it.",
    certainty: "sure",
    why: "the kernel gives the line when the exporter's attach() fails or the length is below the plane's; which of the two it does not say",
    fix: "Compare the length of the buffer with sizeimage of VIDIOC_G_FMT. If it is long enough, look who made it: some exporters (GPUs with their own memory, secure heaps) give buffers to no other device.",
    next: [
      "v4l2-ctl -d /dev/videoN --get-fmt-video --get-fmt-video-out",
      "cat /sys/kernel/debug/dma_buf/bufinfo",
      `coalloc place ${boardWord(machine)} -d PRODUCER -d CONSUMER --image WIDTHxHEIGHT:FORMAT`,
    ],
    remedies: [],
  }),
});

/** `[vb2] failed to map dmabuf for plane 0`, printed with debugging on; an error of the allocator stands before it. */
export const vb2MapFailed: Recogniser = patternRecogniser<{ readonly plane: number }>({
  id: "vb2-map-failed",
  topic: "import of a buffer",
  hint: "failed to map dmabuf for plane",
  source: `${VB2}/videobuf2-core.c __prepare_dmabuf()`,
  pattern: /failed to map dmabuf for plane (\d+)/,
  read: ([, text]) => {
    const plane = numberIn(text);
    return plane === null ? null : { plane };
  },
  explain: ({ plane }, { machine, lines, line }) => {
    const told = ["vb2-scattered-buffer", "vb2-no-scatterlist"].some((id) =>
      lines.of(id).some((seen) => Math.abs(seen.line - line) <= NEAR),
    );
    if (told) return null;
    return {
      severity: "error",
      cause: `A V4L2 device could not map plane ${plane} of a buffer that another device made: it is not in one piece for the device, or lies out of its reach.`,
      proof: "The buffer was long enough and could be attached; the step that gives it an address failed.",
      certainty: "likely",
      why: "the line of the allocator that says which of the two it was (contiguous chunk is too small, or Error getting dmabuf scatterlist) is not in this log",
      fix: "Look for the line before it. Make the buffer on the strictest device (VIDIOC_EXPBUF, or a CMA heap) and import it into the others.",
      next: [
        "dmesg | grep -B4 'failed to map dmabuf' | coalloc explain -",
        `coalloc place ${boardWord(machine)} -d PRODUCER -d CONSUMER --image WIDTHxHEIGHT:FORMAT`,
      ],
      remedies: [],
    };
  },
});

/** `Error getting dmabuf scatterlist`, `failed to map scatterlist`: the DMA API or the exporter gave no mapping. */
export const vb2NoScatterlist: Recogniser = patternRecogniser<{ readonly imported: boolean }>({
  id: "vb2-no-scatterlist",
  topic: "import of a buffer",
  hint: " scatterlist",
  source: `${VB2}/videobuf2-dma-contig.c vb2_dc_map_dmabuf(), vb2_dc_get_userptr(), videobuf2-dma-sg.c`,
  pattern: /(Error getting dmabuf|failed to map) scatterlist/,
  read: ([, what]) => ({ imported: what !== "failed to map" }),
  explain: ({ imported }, { machine, lines, line }) => {
    const near = ["swiotlb-full", "dma-overflow"].flatMap((id) => lines.of(id)).find((seen) => seen.line <= line);
    return {
      severity: "error",
      cause: `${imported ? "A buffer that another device made" : "Memory of the program"} could not be mapped for a V4L2 device: it is out of the device's reach, or the bounce buffers and IOMMU addresses it would need are used up.`,
      proof:
        near === undefined
          ? "Mapping the pieces of the buffer failed. It is not about their number: pieces that do not join give another line, contiguous chunk is too small."
          : `Line ${near.line} of the same log (${near.id}) says what the mapping lacked.`,
      certainty: near === undefined ? "likely" : "sure",
      why:
        near === undefined
          ? "a full bounce pool and an address out of reach each print a line of their own, unless it was printed before and is left out since"
          : "both lines come from one mapping",
      fix: "Allocate the buffer where every device of it reaches: a CMA area or dma-heap below the narrowest mask.",
      next: [
        "dmesg | grep -iE 'swiotlb|overflow|iommu' | coalloc explain -",
        `coalloc reach ${boardWord(machine)}`,
        `coalloc place ${boardWord(machine)} -d PRODUCER -d CONSUMER --size BYTES`,
      ],
      remedies: [],
    };
  },
});

/** `failed to map sg_table to contiguous linear address.`, and what other display drivers without an IOMMU say of the same. */
export const drmScattered: Recogniser = patternRecogniser<{ readonly device: string | null }>({
  id: "drm-scattered-buffer",
  topic: "import of a buffer",
  hint: "contiguous",
  source:
    "Linux 6.12 drivers/gpu/drm/rockchip/rockchip_drm_gem.c rockchip_gem_dma_map_sg(), mediatek/mtk_gem.c, exynos/exynos_drm_gem.c",
  pattern: new RegExp(
    `${DEVICE_PREFIX}.{0,120}?(?:failed to map sg_table to contiguous linear address|sg_table is not contiguous|buffer chunks must be mapped contiguously)`,
  ),
  read: ([, device]) => ({ device: device ?? null }),
  explain: ({ device }, { machine }) => ({
    severity: "error",
    cause: "A display was given a buffer in several pieces, and it has no IOMMU that would join them.",
    proof: "The driver compared the first run of the mapped buffer with its whole length, and the run was shorter.",
    certainty: "sure",
    why: "the driver gives the line for nothing else; a display behind an enabled IOMMU takes such buffers",
    fix: "Allocate the buffer on the display's own node (dumb buffer, GBM with GBM_BO_USE_SCANOUT) or in a CMA heap, and import it into the GPU or decoder. If the chip has an IOMMU for the display, enable its node.",
    next: [
      `coalloc check ${boardWord(machine)}`,
      `coalloc place ${boardWord(machine)} -d DISPLAY -d GPU --image 1920x1080:XR24`,
    ],
    remedies: [],
    node: nodeOfKernelName(machine, device),
  }),
});

/** `out of I/O virtual memory: -28`: the display's own address space is full. */
export const drmNoIova: Recogniser = patternRecogniser<{ readonly device: string | null }>({
  id: "drm-no-iova",
  topic: "display buffers",
  hint: "out of I/O virtual memory",
  source: "Linux 6.12 drivers/gpu/drm/rockchip/rockchip_drm_gem.c rockchip_gem_iommu_map()",
  pattern: new RegExp(`${DEVICE_PREFIX}.{0,120}?out of I/O virtual memory`),
  read: ([, device]) => ({ device: device ?? null }),
  explain: ({ device }, { machine }) => ({
    severity: "error",
    cause: "The display has no free addresses behind its IOMMU for another buffer; RAM is not what is short.",
    proof: "Each buffer takes a range of the IOMMU's 4 GiB, and no range was long enough.",
    certainty: "sure",
    why: "the driver gives the line for nothing else",
    fix: "Somebody keeps buffers: count open descriptors and framebuffers, and close those that are done (drmModeRmFB, GEM_CLOSE, close()).",
    next: [
      "cat /sys/kernel/debug/dri/0/gem_names /sys/kernel/debug/dri/0/clients",
      "ls /proc/PID/fd | wc -l",
      `coalloc devices ${boardWord(machine)}`,
    ],
    remedies: [],
    node: nodeOfKernelName(machine, device),
  }),
});
