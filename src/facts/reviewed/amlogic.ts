/** Facts of Amlogic's display, decoder and 2D drivers (GXBB, GXL, GXM, G12A, G12B, SM1, AXG). */
import type { DeviceFact, LayoutFact } from "../fact.js";
import { aggregateBlocks, armAfbc, at, driver, reviewedFact, untouchedLimits, v4l2Fact } from "./shorthand.js";

const DRM_DRIVER = "drivers/gpu/drm/meson/meson_drv.c";
const PLANE = "drivers/gpu/drm/meson/meson_plane.c";
const OVERLAY = "drivers/gpu/drm/meson/meson_overlay.c";
const VDEC = "drivers/staging/media/meson/vdec/vdec.c";
const GE2D = "drivers/media/platform/amlogic/meson-ge2d/ge2d.c";

const plain: LayoutFact = { fourcc: "*", modifier: "LINEAR", strideAlign: 64, sources: [at(DRM_DRIVER, 88)] };

/** Compression of the vendor's decoder, which the video plane reads in two formats without a fixed layout. */
const vendorCompression: readonly LayoutFact[] = ["YU08", "YU10"].flatMap((fourcc) => [
  { fourcc, modifier: "AMLOGIC_FBC(LAYOUT_SCATTER, OPTION_MEM_SAVING)", sources: [at(OVERLAY, 824)] },
  { fourcc, modifier: "AMLOGIC_FBC(LAYOUT_BASIC, OPTION_MEM_SAVING)", sources: [at(OVERLAY, 826)] },
  { fourcc, modifier: "AMLOGIC_FBC(LAYOUT_SCATTER, 0)", sources: [at(OVERLAY, 828)] },
  { fourcc, modifier: "AMLOGIC_FBC(LAYOUT_BASIC, 0)", sources: [at(OVERLAY, 829)] },
]);

const gxmCompression: readonly LayoutFact[] = [
  { fourcc: "*", modifier: armAfbc("16x16", "SPARSE", "YTR"), sources: [at(PLANE, 484)] },
  { fourcc: "*", modifier: armAfbc("16x16", "YTR", "SPARSE", "SPLIT"), sources: [at(PLANE, 488)] },
];

const g12aCompression: readonly LayoutFact[] = [
  { fourcc: "*", modifier: armAfbc("16x16", "SPARSE", "SPLIT"), sources: [at(PLANE, 504)] },
  { fourcc: "*", modifier: armAfbc("16x16", "YTR", "SPARSE", "SPLIT"), sources: [at(PLANE, 507)] },
  { fourcc: "*", modifier: armAfbc("32x8", "SPARSE"), sources: [at(PLANE, 511)] },
  { fourcc: "*", modifier: armAfbc("32x8", "YTR", "SPARSE"), sources: [at(PLANE, 513)] },
  { fourcc: "*", modifier: armAfbc("32x8", "SPARSE", "SPLIT"), sources: [at(PLANE, 516)] },
  { fourcc: "*", modifier: armAfbc("32x8", "YTR", "SPARSE", "SPLIT"), sources: [at(PLANE, 519)] },
];

const VPUS = ["amlogic,meson-gxbb-vpu", "amlogic,meson-gxl-vpu", "amlogic,meson-gxm-vpu", "amlogic,meson-g12a-vpu"];

function display(name: string, line: number, compression: readonly LayoutFact[]): DeviceFact {
  return reviewedFact(name, driver("meson-drm", DRM_DRIVER, line), {
    role: "display",
    ...untouchedLimits(DRM_DRIVER, 476),
    buffers: [{ queue: "gem", kind: "gem-dma", sources: [at(DRM_DRIVER, 100)] }],
    pictureQueue: "gem",
    import: { prime: true },
    export: { dumb: true, gem: true },
    layouts: [plain, ...compression, ...vendorCompression],
    confidence: "A",
    note: "Plane addresses go through a table that holds them as 32-bit addresses in steps of 8 bytes (meson-canvas.c:107).",
  });
}

function decoder(name: string, line: number): DeviceFact {
  return v4l2Fact(name, driver("meson-vdec", VDEC, line), {
    role: "codec",
    ...untouchedLimits(VDEC, 997),
    buffers: [
      { queue: "output", kind: "contig", sources: [at(VDEC, 825)] },
      { queue: "capture", kind: "contig", sources: [at(VDEC, 839)] },
    ],
    pictureQueue: "capture",
    layouts: [
      { fourcc: "NV12", modifier: "LINEAR", strideAlign: 32, heightAlign: 32, sources: [at(VDEC, 37), at(VDEC, 537)] },
      { fourcc: "YU12", modifier: "LINEAR", strideAlign: 32, heightAlign: 32, sources: [at(VDEC, 37), at(VDEC, 544)] },
    ],
    confidence: "A",
    note: "Every plane is a buffer of its own; the brightness plane's size is a multiple of 64 KiB.",
  });
}

const ge2d: DeviceFact = v4l2Fact("amlogic,axg-ge2d", driver("ge2d", GE2D, 1039), {
  role: "2d",
  ...untouchedLimits(GE2D, 920),
  buffers: [
    { queue: "output", kind: "contig", sources: [at(GE2D, 408)] },
    { queue: "capture", kind: "contig", sources: [at(GE2D, 422)] },
  ],
  pictureQueue: "capture",
  layouts: [
    { fourcc: "*", modifier: "LINEAR", strideAlign: 8, offsetAlign: 8, sources: [at(GE2D, 660), at(GE2D, 185)] },
  ],
  confidence: "A",
  note: "Reads and writes packed formats only; a wider stride than the width is accepted.",
});

/** Facts of Amlogic's own compatibles; the Mali GPUs of these chips are in `mali.ts`. */
export const AMLOGIC_FACTS: readonly DeviceFact[] = [
  display("amlogic,meson-gxbb-vpu", 542, []),
  display("amlogic,meson-gxl-vpu", 544, []),
  display("amlogic,meson-gxm-vpu", 546, gxmCompression),
  display("amlogic,meson-g12a-vpu", 548, g12aCompression),
  ...aggregateBlocks("meson_dw_hdmi", "drivers/gpu/drm/meson/meson_dw_hdmi.c", 843, VPUS, [
    ["amlogic,meson-gxbb-dw-hdmi", 859],
    ["amlogic,meson-gxl-dw-hdmi", 861],
    ["amlogic,meson-gxm-dw-hdmi", 863],
    ["amlogic,meson-g12a-dw-hdmi", 865],
  ]),
  ...aggregateBlocks("meson_dw_mipi_dsi", "drivers/gpu/drm/meson/meson_dw_mipi_dsi.c", 268, VPUS, [
    ["amlogic,meson-g12a-dw-mipi-dsi", 341],
  ]),
  decoder("amlogic,gxbb-vdec", 981),
  decoder("amlogic,gxm-vdec", 983),
  decoder("amlogic,gxl-vdec", 985),
  decoder("amlogic,gxlx-vdec", 987),
  decoder("amlogic,g12a-vdec", 989),
  decoder("amlogic,sm1-vdec", 991),
  ge2d,
];
