import type { Bytes } from "../units/quantity.js";
import type { SourceLine } from "./fact.js";

/** The largest picture a driver allows. */
export interface LargestPicture {
  readonly width: number;
  readonly height: number;
  /** Bytes of one buffer with it. */
  readonly size: Bytes;
  /** Buffers of this size that the driver needs at the same time to work at all. */
  readonly count: number;
  readonly source: SourceLine;
}

function picture(width: number, height: number, bytesPerPixel: number, file: string, line: number): LargestPicture {
  return { width, height, size: width * height * bytesPerPixel, count: 1, source: { file, line } };
}

const ASPEED_VIDEO = "drivers/media/platform/aspeed/aspeed-video.c";
const NPCM_VIDEO = "drivers/media/platform/nuvoton/npcm-regs.h";

/** By module, in Linux 6.12: drivers whose limit is one that people meet, not a multiple of any screen. */
const BY_MODULE: ReadonlyMap<string, LargestPicture> = new Map([
  ["aspeed_gfx", picture(800, 600, 4, "drivers/gpu/drm/aspeed/aspeed_gfx_drv.c", 116)],
  ["pl111_drm", picture(1024, 768, 4, "drivers/gpu/drm/pl111/pl111_drv.c", 91)],
  ["arcpgu", picture(1920, 1080, 4, "drivers/gpu/drm/tiny/arcpgu.c", 268)],
  ["aspeed-video", { ...picture(1920, 1200, 4, ASPEED_VIDEO, 60), count: 2 }],
  ["npcm-video", { ...picture(1920, 1200, 2, NPCM_VIDEO, 72), size: 0x50_0000 }],
]);

/** The largest picture that the driver of this module allows; null where it allows more than screens have, or nobody has read it. */
export function largestPictureOf(module: string): LargestPicture | null {
  return BY_MODULE.get(module) ?? null;
}

/** Displays by compatible, in Linux 6.12: their chips drive 3840x2160 over HDMI or DisplayPort, and their driver allows it. */
const UHD: ReadonlyMap<string, SourceLine> = new Map([
  ["amlogic,meson-gxbb-vpu", { file: "drivers/gpu/drm/meson/meson_drv.c", line: 287 }],
  ["amlogic,meson-gxl-vpu", { file: "drivers/gpu/drm/meson/meson_drv.c", line: 287 }],
  ["amlogic,meson-gxm-vpu", { file: "drivers/gpu/drm/meson/meson_drv.c", line: 287 }],
  ["amlogic,meson-g12a-vpu", { file: "drivers/gpu/drm/meson/meson_drv.c", line: 287 }],
  ["brcm,bcm2711-vc5", { file: "drivers/gpu/drm/vc4/vc4_kms.c", line: 1060 }],
  ["nxp,imx8mq-dcss", { file: "drivers/gpu/drm/imx/dcss/dcss-kms.c", line: 52 }],
  ["xlnx,zynqmp-dpsub-1.7", { file: "drivers/gpu/drm/xlnx/zynqmp_disp.h", line: 21 }],
]);

/** Chips whose HDMI is too slow for it although the display's node is that of faster ones: Linux 6.12 `drivers/gpu/drm/meson/meson_drv.c`, line 168. */
const SLOW_CHIPS: ReadonlySet<string> = new Set(["amlogic,s805x", "amlogic,s805y"]);

/**
 * Where the driver of one of these compatibles allows 3840x2160; null for a display that is not known to drive it.
 *
 * @param boardCompatibles - of the tree's root, which names the chip
 */
export function uhdSource(compatibles: readonly string[], boardCompatibles: readonly string[]): SourceLine | null {
  if (boardCompatibles.some((compatible) => SLOW_CHIPS.has(compatible))) return null;
  for (const compatible of compatibles) {
    const source = UHD.get(compatible);
    if (source !== undefined) return source;
  }
  return null;
}
