/** Displays of TI's OMAP 3 to 5, DRA7, AM33xx and AM43xx, and the encoders beside the K3 chips' display subsystem. */
import type { DeviceFact, LayoutFact, QueueFact } from "../../fact.js";
import {
  aggregateBlocks,
  at,
  bothMasks,
  defaultMask,
  defaultSegmentSize,
  driver,
  exactMask,
  gemDmaQueue,
  type MatchRows,
  noSegmentBoundary,
  reviewedFact,
  sharesDumb,
  untouchedLimits,
} from "../shorthand.js";

const TILCDC = "drivers/gpu/drm/tilcdc/tilcdc_drv.c";
const TILCDC_PLANE = "drivers/gpu/drm/tilcdc/tilcdc_plane.c";
const OMAP = "drivers/gpu/drm/omapdrm/omap_drv.c";
const OMAP_GEM = "drivers/gpu/drm/omapdrm/omap_gem.c";
const OMAP_FB = "drivers/gpu/drm/omapdrm/omap_fb.c";
const DMM = "drivers/gpu/drm/omapdrm/omap_dmm_tiler.c";

/** Memory of OMAP 3, which has nothing that remaps pages. */
const CONTIGUOUS: QueueFact = {
  queue: "gem",
  kind: "own",
  allocates: "contiguous",
  accepts: "contiguous",
  sources: [at(OMAP_GEM, 1366), at(OMAP_GEM, 1311), at(OMAP_GEM, 1395)],
};

/**
 * Memory of later chips: pages, of which the dynamic memory manager makes one range. An imported buffer is never remapped, since only buffers made for scanout
 * are (`omap_gem_pin()`), so that it must be contiguous.
 */
const REMAPPED: QueueFact = {
  queue: "gem",
  kind: "own",
  gfp: "dma32",
  allocates: "scattered",
  accepts: "contiguous",
  sources: [at(OMAP_GEM, 1357), at(OMAP_GEM, 817), at(OMAP_GEM, 1407)],
};

const NO_NODE = "The DRM device has no node (dss.c:1325), and nothing configures its DMA.";

const LINEAR: LayoutFact = { fourcc: "*", modifier: "LINEAR", sources: [at(OMAP_FB, 416)] };

/** Blocks of one chip's display: they all act as a DRM device without a node, made when the subsystem `dss` has bound. */
function omap(file: string, rows: MatchRows, dss: string, queue: QueueFact): readonly DeviceFact[] {
  const note =
    queue === REMAPPED
      ? `${NO_NODE} Its own buffers are pages that the dynamic memory manager shows as one range, to importers too (omap_gem.c:1026); an imported buffer that is not contiguous is taken, and shown wrong (omap_gem.c:817).`
      : NO_NODE;
  return rows.map(([name, line]) =>
    reviewedFact(name, driver("omapdrm", `drivers/gpu/drm/omapdrm/dss/${file}`, line), {
      role: "display",
      appliesTo: { virtual: "omapdrm", configuredFrom: dss },
      ...bothMasks("0xffffffff", OMAP, 796),
      buffers: [queue],
      pictureQueue: "gem",
      import: { prime: true },
      export: { dumb: true, gem: true, cpuMapping: "write-combined" },
      layouts: [LINEAR],
      confidence: "A",
      note,
    }),
  );
}

/** Facts of displays. */
export const TI_DISPLAY_FACTS: readonly DeviceFact[] = [
  ...(
    [
      ["ti,am33xx-tilcdc", 599],
      ["ti,da850-tilcdc", 600],
    ] as const
  ).map(([name, line]) =>
    reviewedFact(name, driver("tilcdc", TILCDC, line), {
      role: "display",
      ...untouchedLimits(TILCDC, 557),
      buffers: [gemDmaQueue(TILCDC, 491)],
      pictureQueue: "gem",
      ...sharesDumb,
      layouts: [{ fourcc: "*", modifier: "LINEAR", strideAlign: 1, heightAlign: 1, sources: [at(TILCDC_PLANE, 62)] }],
      confidence: "A",
      note: "A line is exactly as long as the mode is wide: no other pitch is shown (tilcdc_plane.c:62).",
    }),
  ),
  ...omap("dss.c", [["ti,omap3-dss", 1296]], "ti,omap3-dss", CONTIGUOUS),
  ...omap("dispc.c", [["ti,omap3-dispc", 4726]], "ti,omap3-dss", CONTIGUOUS),
  ...omap("dsi.c", [["ti,omap3-dsi", 4857]], "ti,omap3-dss", CONTIGUOUS),
  ...omap("venc.c", [["ti,omap3-venc", 908]], "ti,omap3-dss", CONTIGUOUS),
  ...omap("dss.c", [["ti,omap4-dss", 1297]], "ti,omap4-dss", REMAPPED),
  ...omap("dispc.c", [["ti,omap4-dispc", 4727]], "ti,omap4-dss", REMAPPED),
  ...omap("dsi.c", [["ti,omap4-dsi", 4858]], "ti,omap4-dss", REMAPPED),
  ...omap("venc.c", [["ti,omap4-venc", 909]], "ti,omap4-dss", REMAPPED),
  ...omap("hdmi4.c", [["ti,omap4-hdmi", 849]], "ti,omap4-dss", REMAPPED),
  ...omap("dss.c", [["ti,omap5-dss", 1298]], "ti,omap5-dss", REMAPPED),
  ...omap("dispc.c", [["ti,omap5-dispc", 4728]], "ti,omap5-dss", REMAPPED),
  ...omap("dsi.c", [["ti,omap5-dsi", 4859]], "ti,omap5-dss", REMAPPED),
  ...omap("hdmi5.c", [["ti,omap5-hdmi", 815]], "ti,omap5-dss", REMAPPED),
  ...omap("dss.c", [["ti,dra7-dss", 1299]], "ti,dra7-dss", REMAPPED),
  ...omap("dispc.c", [["ti,dra7-dispc", 4729]], "ti,dra7-dss", REMAPPED),
  ...omap("hdmi5.c", [["ti,dra7-hdmi", 816]], "ti,dra7-dss", REMAPPED),
  ...(
    [
      ["ti,omap4-dmm", 1200],
      ["ti,omap5-dmm", 1204],
    ] as const
  ).map(([name, line]) =>
    reviewedFact(name, driver("omapdrm", DMM, line), {
      role: "other",
      dmaMask: defaultMask(DMM, 768),
      coherentDmaMask: exactMask("0xffffffff", DMM, 869),
      maxSegmentSize: defaultSegmentSize,
      segmentBoundaryMask: noSegmentBoundary,
      buffers: [],
      confidence: "A",
      note: "Makes one range of the display's scattered pages; of its own it reads only lists of page addresses, each of 32 bits.",
    }),
  ),
  ...aggregateBlocks("cdns-mhdp8546", "drivers/gpu/drm/bridge/cadence/cdns-mhdp8546-core.c", 2499, "ti,j721e-dss", [
    ["ti,j721e-mhdp8546", 2682],
  ]),
  ...aggregateBlocks(
    "tilcdc",
    "drivers/gpu/drm/tilcdc/tilcdc_panel.c",
    304,
    ["ti,am33xx-tilcdc", "ti,da850-tilcdc"],
    [["ti,tilcdc,panel", 387]],
  ),
];
