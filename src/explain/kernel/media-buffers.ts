/** What V4L2 and DRM drivers say when a buffer cannot be made or taken. */
import { NO_TEXTS } from "../../placement/ways-to-apply.js";
import { formatExactSize, formatSize } from "../../units/quantity.js";
import { largerDefaultArea } from "../larger-area.js";
import { formatName, formatWords, likelyFormats } from "../likely-formats.js";
import { boardWord, DEVICE_PREFIX, deviceWord, nodeOfKernelName, reachWords } from "../named-device.js";
import { numberIn, patternRecogniser } from "../pattern-recogniser.js";
import type { ExplainContext, Explanation, Numbers, Recogniser } from "../recogniser.js";

/** `invalid dmabuf length 4147200 for plane 0, minimum length 4177920`. */
export const vb2ShortBuffer: Recogniser = patternRecogniser<Numbers>({
  id: "vb2-short-buffer",
  topic: "import of a buffer",
  hint: "invalid dmabuf length",
  source: "Linux 6.12 drivers/media/common/videobuf2/videobuf2-core.c __prepare_dmabuf()",
  pattern: /invalid dmabuf length (\d+) for plane (\d+), minimum length (\d+)/,
  read: ([, has, plane, wants]) => {
    const [length, minimum] = [numberIn(has), numberIn(wants)];
    return length === null || minimum === null ? null : { length, minimum, plane: numberIn(plane) };
  },
  explain: ({ length, minimum, plane }, { machine }) => {
    const [has, wants] = [Number(length), Number(minimum)];
    const [made] = likelyFormats(has, null);
    const wanted = likelyFormats(wants, null).find(
      (format) => made === undefined || (format.width === made.width && format.format === made.format),
    );
    const words =
      made === undefined
        ? ""
        : ` ${has} is ${formatName(made)}${wanted === undefined ? "" : `, ${wants} is ${formatName(wanted)}`}.`;
    return {
      severity: "error",
      cause: `A buffer of ${formatExactSize(has)} was given to a V4L2 device that needs ${formatExactSize(wants)} for plane ${plane}: ${wants - has} bytes are missing.${words}`,
      proof: "The driver compares the length of the buffer with the sizeimage of the format it was set to.",
      certainty: "sure",
      why:
        wanted !== undefined && made !== undefined
          ? "both numbers stand in the line; that the difference is padding is the arithmetic of the format"
          : "both numbers stand in the line",
      fix: "Allocate what the strictest device asks for: take sizeimage and bytesperline of VIDIOC_S_FMT, and use them for every device that shares the buffer.",
      next: [
        made === undefined
          ? `coalloc place ${boardWord(machine)} -d DEVICE -d DEVICE --size ${wants}`
          : `coalloc place ${boardWord(machine)} -d DEVICE -d DEVICE --image ${made.width}x${made.height}:${made.format.split("/")[0]}`,
        "v4l2-ctl -d /dev/videoN --get-fmt-video --get-fmt-video-out",
      ],
      remedies: [
        {
          kind: "user-space",
          text: `allocate at least ${wants} bytes for plane ${plane}`,
          ...NO_TEXTS,
        },
      ],
      numbers: { missing: wants - has },
    };
  },
});

interface Request extends Numbers {
  readonly device: string | null;
  readonly size: number;
}

function request([, device, bytes]: RegExpExecArray): Request | null {
  const size = numberIn(bytes);
  return size === null || size === 0 ? null : { device: device ?? null, size };
}

/** A contiguous buffer that a driver did not get. */
function noContiguousBuffer({ device, size }: Request, { machine, lines, line }: ExplainContext): Explanation {
  const pageSize = machine?.profile.pageSize ?? 4096;
  const [format] = [...likelyFormats(size, null), ...likelyFormats(size, pageSize)];
  const behind = lines
    .of("cma-alloc-failed")
    .some((seen) => Math.abs(seen.line - line) <= 8 && Number(seen.numbers["pages"]) === Math.ceil(size / pageSize));
  const area = machine?.defaultCma ?? null;
  const tooLarge = area !== null && size > area.size;
  const none = machine !== null && area === null;
  const state = none
    ? " The board given has no CMA area at all."
    : tooLarge
      ? ` The board's default area has ${formatSize(area.size)} in all.`
      : "";
  const reach = reachWords(machine, device);
  return {
    severity: "error",
    cause: `${device ?? "A driver"} did not get ${formatExactSize(size)} of contiguous memory.${format === undefined ? "" : ` That is what ${formatName(format)} needs.`}${state}`,
    proof: behind
      ? "The CMA failure next to it is the same request: its finding says what the area lacked."
      : `Such a buffer comes from the CMA area of the device, or for small ones from the page allocator; neither had a free run that long${reach === null ? "" : ` (${reach})`}.`,
    certainty: behind || tooLarge || none ? "sure" : "likely",
    why: behind
      ? "size and place in the log agree"
      : "the driver allocates contiguous memory; a missing IOMMU or a full area is the reason nearly always, but the line does not say",
    fix: "Make the CMA area larger, ask for fewer or smaller buffers, or allocate them early and keep them.",
    next: [
      `coalloc place ${boardWord(machine)} -d ${deviceWord(machine, device)} --size ${size}`,
      "dmesg | grep -A2 'alloc failed, req-size' | coalloc explain -",
      "grep -i cma /proc/meminfo",
    ],
    remedies: tooLarge || none ? largerDefaultArea(machine, size + (area?.size ?? 0)) : [],
    node: nodeOfKernelName(machine, device),
    numbers: { likelyFormat: format === undefined ? null : formatWords(format) },
  };
}

/** `vc4-drm soc:gpu: [drm] failed to allocate buffer with size 16777216`. */
export const drmNoBuffer: Recogniser = patternRecogniser<Request>({
  id: "drm-no-buffer",
  topic: "display buffers",
  hint: "failed to allocate buffer with size",
  source: "Linux 6.12 drivers/gpu/drm/drm_gem_dma_helper.c drm_gem_dma_create()",
  pattern: new RegExp(
    `${DEVICE_PREFIX}(?:\\[drm[^\\]]*\\] *)?(?:\\*ERROR\\* *)?failed to allocate buffer with size (\\d+)`,
  ),
  read: request,
  explain: noContiguousBuffer,
});

/** `rockchip-rga fdb80000.rga: dma alloc of size 8355840 failed`, of V4L2 drivers. */
export const vb2NoBuffer: Recogniser = patternRecogniser<Request>({
  id: "vb2-no-buffer",
  topic: "video buffers",
  hint: "dma alloc of size ",
  source: "Linux 6.12 drivers/media/common/videobuf2/videobuf2-dma-contig.c vb2_dc_alloc()",
  pattern: new RegExp(`${DEVICE_PREFIX}dma alloc of size (\\d+) failed`),
  read: request,
  explain: noContiguousBuffer,
});

/** `dma_alloc_coherent of size 8355840 failed`, before Linux 5.13. */
export const vb2NoCoherentBuffer: Recogniser = patternRecogniser<Request>({
  id: "vb2-no-coherent-buffer",
  topic: "video buffers",
  hint: "dma_alloc_coherent of size ",
  source: "Linux 5.10 drivers/media/common/videobuf2/videobuf2-dma-contig.c vb2_dc_alloc()",
  pattern: new RegExp(`${DEVICE_PREFIX}dma_alloc_coherent of size (\\d+) failed`),
  read: request,
  explain: noContiguousBuffer,
});

/** `Unable to allocate contiguous DMA memory region of size 41472000`, of the Xilinx AXI DMA driver. */
export const axiDmaNoBuffer: Recogniser = patternRecogniser<Request>({
  id: "contiguous-region-failed",
  topic: "contiguous memory",
  hint: "Unable to allocate contiguous DMA memory",
  source: "https://github.com/bperez77/xilinx_axidma/issues/16",
  pattern: new RegExp(`${DEVICE_PREFIX}.{0,120}?Unable to allocate contiguous DMA memory region of size (\\d+)`),
  read: request,
  explain: noContiguousBuffer,
});

/** `contiguous mapping is too small 4096/8294400`: scattered pages for a device without an IOMMU. */
export const vb2Scattered: Recogniser = patternRecogniser<Numbers>({
  id: "vb2-scattered-buffer",
  topic: "import of a buffer",
  hint: " is too small ",
  source: "Linux 6.12 drivers/media/common/videobuf2/videobuf2-dma-contig.c vb2_dc_map_dmabuf()",
  pattern: /contiguous (mapping|chunk) is too small (\d+)\/(\d+)/,
  read: ([, what, first, all]) => {
    const [run, size] = [numberIn(first), numberIn(all)];
    return run === null || size === null ? null : { run, size, import: what === "chunk" };
  },
  explain: ({ run, size }, { machine }) => ({
    severity: "error",
    cause: `A buffer of ${formatExactSize(Number(size))} was given to a V4L2 device that needs it in one piece, and its first piece has ${formatExactSize(Number(run))}.`,
    proof:
      "The driver adds up the pieces that follow one another as the device sees them, and compares with the buffer's size.",
    certainty: "sure",
    why: "both numbers stand in the line; the device has no IOMMU that would join the pieces, or the segment limit splits them",
    fix: "Allocate the buffer from a CMA area (/dev/dma_heap/linux,cma or reserved), from the device itself (VIDIOC_EXPBUF) or as a DRM dumb buffer, not from the system heap, udmabuf or a GPU.",
    next: [
      `coalloc place ${boardWord(machine)} -d DEVICE -d DEVICE --size ${size}`,
      `coalloc reach ${boardWord(machine)}`,
    ],
    remedies: [],
  }),
});

/** `[drm:drm_gem_prime_import_dev] ...`, `Failed to allocate from CMA` of vc4. */
export const vc4NoBuffer: Recogniser = patternRecogniser<{ readonly device: string | null }>({
  id: "vc4-no-cma",
  topic: "display buffers",
  hint: "Failed to allocate from ",
  source: "Linux 6.12 drivers/gpu/drm/vc4/vc4_bo.c vc4_bo_create()",
  pattern: new RegExp(
    `${DEVICE_PREFIX}(?:\\[drm[^\\]]*\\] *)?(?:\\*ERROR\\* *)?Failed to allocate from (?:CMA|GEM DMA helper)`,
  ),
  read: ([, device]) => ({ device: device ?? null }),
  explain: ({ device }, { machine, lines }) => {
    const bypassed = lines.of("cma-bypassed").length > 0;
    return {
      severity: "error",
      cause: `The display driver of the Raspberry Pi got no memory from the CMA area${bypassed ? ", which cma= on the command line has moved out of its alloc-ranges" : ""}.`,
      proof: bypassed
        ? "The boot log says that the tree's node was passed over; its limit, the first GiB, is all that the display reaches."
        : "The driver frees its cache of buffers and tries again before it prints this, so the area really lacks a hole.",
      certainty: bypassed ? "likely" : "possible",
      why: bypassed
        ? "two lines of the log agree"
        : "too small, fragmented and out of reach look the same in this line",
      fix: "Set the size in the overlay (dtoverlay=vc4-kms-v3d,cma-256), not with cma= on the command line.",
      next: [`coalloc check ${boardWord(machine)}`, `coalloc reach ${boardWord(machine)}`],
      remedies: [],
      node: nodeOfKernelName(machine, device),
    };
  },
});

/** `failed to allocate 8294400 byte dma buffer`, of the displays of Rockchip and, in hexadecimal, MediaTek. */
export const drmNoDmaBuffer: Recogniser = patternRecogniser<Request>({
  id: "drm-no-dma-buffer",
  topic: "display buffers",
  hint: " byte dma buffer",
  source: "Linux 6.12 drivers/gpu/drm/rockchip/rockchip_drm_gem.c rockchip_gem_alloc_dma(), mediatek/mtk_gem.c",
  pattern: new RegExp(
    `${DEVICE_PREFIX}.{0,120}?(?:\\[drm:(\\w+)[^\\]]*\\] *)?(?:\\*ERROR\\* *)?failed to allocate ([0-9a-f]+) byte dma buffer`,
  ),
  read: ([, device, from = "", digits = ""]) => {
    const hexadecimal = from.startsWith("mtk_") || /[a-f]/.test(digits);
    const size = numberIn(hexadecimal ? `0x${digits}` : digits);
    return size === null || size === 0 ? null : { device: device ?? null, size };
  },
  explain: noContiguousBuffer,
});

/** `Failed to allocate memory for tile binning: -12. You may need to enable DMA or give it more memory.`, of the older Raspberry Pi GPU. */
export const vc4NoBinner: Recogniser = patternRecogniser<{ readonly device: string | null }>({
  id: "vc4-no-binner-memory",
  topic: "GPU memory",
  hint: " binn",
  source: "Linux 6.12 drivers/gpu/drm/vc4/vc4_v3d.c bin_bo_alloc(), vc4_irq.c, vc4_validate.c",
  pattern: new RegExp(
    `${DEVICE_PREFIX}.{0,120}?(?:Failed to allocate memory for tile binning|Couldn't allocate binner overflow mem|Failed to allocate binner memory|Couldn't allocate BO for binning)`,
  ),
  read: ([, device]) => ({ device: device ?? null }),
  key: () => "",
  explain: ({ device }, { machine }) => ({
    severity: "error",
    cause: "The GPU got no memory for its tile lists: the CMA area is full or in pieces, and pictures stay undrawn.",
    proof: "The older Raspberry Pi GPU takes 16 MiB in one piece from the CMA area for this.",
    certainty: "likely",
    why: "the driver asks for contiguous memory only; full and in pieces look the same in this line",
    fix: "Make the CMA area larger in the overlay (dtoverlay=vc4-kms-v3d,cma-256), or show less: each window and picture of the desktop takes from the same area.",
    next: ["grep -i cma /proc/meminfo", "cat /sys/kernel/debug/dri/0/bo_stats", `coalloc heaps ${boardWord(machine)}`],
    remedies: [],
    node: nodeOfKernelName(machine, device),
  }),
});

/** `imx7-csi: consider increasing the CMA area`. */
export const cmaTooSmallHint: Recogniser = patternRecogniser<{ readonly device: string | null }>({
  id: "cma-increase-advised",
  topic: "camera buffers",
  hint: "consider increasing the CMA area",
  source: "Linux 6.12 drivers/media/platform/nxp/imx7-media-csi.c imx7_csi_dma_setup()",
  pattern: new RegExp(`${DEVICE_PREFIX}.{0,120}?consider increasing the CMA area`),
  read: ([, device]) => ({ device: device ?? null }),
  explain: ({ device }, { machine, lines, line }) => {
    const told = lines.of("cma-alloc-failed").find((seen) => Math.abs(seen.line - line) <= 8);
    const area = machine?.defaultCma ?? null;
    return {
      severity: "error",
      cause: `The camera receiver of i.MX got no memory for its spare frame: the CMA area is full, in pieces, or too small${area === null ? "" : ` (${formatSize(area.size)} on the board given)`}.`,
      proof:
        told === undefined
          ? "Before streaming the driver takes one frame of coherent memory, and did not get it."
          : `The CMA failure of line ${told.line} is the same request.`,
      certainty: told === undefined ? "likely" : "sure",
      why: told === undefined ? "the receiver has no IOMMU and asks for one piece" : "size and place in the log agree",
      fix: "One frame more than the program's own buffers has to fit: frame size x (buffers + 1). Enlarge the area by that, or lower format or number of buffers.",
      next: [
        "dmesg | grep -A2 'alloc failed, req-size' | coalloc explain -",
        `coalloc place ${boardWord(machine)} -d CAMERA --image WIDTHxHEIGHT:FORMAT --count 4`,
        "grep -i cma /proc/meminfo",
      ],
      remedies: [],
      node: nodeOfKernelName(machine, device),
    };
  },
});
