import type { Recogniser } from "../recogniser.js";
import { errnoIn } from "./errno-text.js";
import { wordedLine } from "./worded-line.js";

/** `rga_mm: RGA_MMU unsupported memory larger than 4G!` */
const above4g = wordedLine<Readonly<Record<string, never>>>({
  id: "rga-memory-above-4g",
  topic: "reach of the Rockchip 2D block",
  wordings: [
    {
      hint: "unsupported memory larger than 4G",
      pattern: /RGA_MMU unsupported memory larger than 4G/i,
      source: "Rockchip kernel drivers/video/rockchip/rga3/rga_mm.c rga_mm_check_memory_limit()",
    },
    {
      hint: "only support under 4G memory",
      pattern: /RGA2 only support under 4G memory/,
      source:
        "Rockchip kernel drivers/video/rockchip/rga3/rga_policy.c rga_job_assign(); https://github.com/airockchip/librga/issues/49",
    },
    {
      hint: "unsupported Memory larger than 4G",
      pattern: /RGA_MMU unsupported Memory larger than 4G/,
      source: "https://github.com/airockchip/librga/issues/58",
    },
  ],
  read: () => ({}),
  explain: (_, { machine, count }) => {
    const highest = Math.max(0, ...(machine?.banks.map(({ base, size }) => base + size) ?? []));
    return {
      severity: "error",
      cause:
        "A buffer for RGA2 lies above 4 GiB of physical memory, where this 2D block does not reach: its MMU has 32-bit physical addresses.",
      proof: `The driver looked at the buffer's pages and refused${count > 1 ? `, ${count} times in this log` : ""}; it does not bounce them.${
        highest > 2 ** 32 ? ` This board has memory up to ${highest / 2 ** 30} GiB.` : ""
      }`,
      certainty: "sure",
      why: "the driver prints it for nothing else; frames below 4 GiB pass, which is why only some fail",
      fix: "Allocate the buffers below 4 GiB: from heap system-dma32 or system-uncached-dma32, in mpp with MPP_BUFFER_FLAGS_DMA32, with importbuffer from a CMA area that lies there. malloc and the decoder's own frames may lie anywhere on boards with more than 4 GB. On RK3588 the RGA3 cores reach further: let the scheduler use them by keeping to their formats and sizes.",
      next: [
        "ls -l /dev/dma_heap",
        "coalloc reach MACHINE",
        "coalloc place MACHINE -d rga -d DECODER --image 1920x1080:NV12",
      ],
      remedies: [],
    };
  },
});

/** ` RgaBlit(1465) RGA_BLIT fail: Invalid argument`: the library's half of a failure, the reason is in the kernel's log. */
const blit = wordedLine<{ readonly errno: string | null }>({
  id: "rga-blit",
  topic: "a copy of the Rockchip 2D block",
  wordings: [
    {
      hint: "RGA_BLIT fail",
      pattern: /RGA_BLIT fail(?<rest>.*)/,
      source: "linux-rga (the librga with sources) core/NormalRga.cpp RgaBlit(), NormalRgaPaletteTable()",
    },
    {
      hint: "RGA blit failed",
      pattern: /RGA blit failed(?<rest>.*)/,
      source: "ffmpeg-rockchip (nyanmisaka) libavfilter/rkrga_common.c call_rkrga_blit()",
    },
    {
      hint: "call RockChip",
      pattern: /Failed to call RockChip ?Rga interface/i,
      source: "linux-rga im2d_api/im2d.cpp improcess(); librga docs/Rockchip_FAQ_RGA_EN.md",
    },
  ],
  read: ({ rest = "" }) => ({ errno: errnoIn(rest)?.name ?? null }),
  explain: ({ errno }, { lines }) => {
    const [high] = lines.of("rga-memory-above-4g");
    const memory = errno === "ENOMEM";
    return {
      severity: "error",
      cause:
        high === undefined
          ? memory
            ? "RGA could not map a buffer: its IOMMU's 4 GiB address space is used up by buffers that are imported and not released, or memory is short."
            : "The RGA driver refused a copy: a buffer lies above 4 GiB of physical memory, is smaller than its rectangle and strides say, or the format or size is one no core can do."
          : `The RGA driver refused a copy because a buffer lies above 4 GiB, as line ${high.line} of this log says.`,
      proof: `The ioctl answered ${errno ?? "an error"}; the library prints the rectangles behind it: [x, y, width, height, stride, rows].`,
      certainty: high === undefined ? "possible" : "sure",
      why:
        high === undefined
          ? "the library does not know the reason; the driver prints it into the kernel's log at the same moment"
          : "the driver itself names the reason",
      fix: memory
        ? "Release handles (releasebuffer_handle) as soon as a frame is done, and import each buffer once; look into dmesg for the driver's line."
        : "What does dmesg say at that moment (rga_mm, rga_policy, rga_job)? 'larger than 4G' means buffers from a dma32 heap; 'unsupported' of format or scale means another format; a mapping error means the descriptor or its size is wrong.",
      next: [
        "dmesg | grep -i rga | coalloc explain -",
        "cat /sys/kernel/debug/rkrga/mm_session",
        "coalloc reach MACHINE",
      ],
      remedies: [],
    };
  },
});

/** Lines of Rockchip's 2D block, its driver and its library. */
export const ROCKCHIP_RGA: readonly Recogniser[] = [...above4g, ...blit];
