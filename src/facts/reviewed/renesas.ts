/** Displays of Renesas' RZ/G2 chips. A VSP fetches their pictures; the display unit makes the timing. */
import type { DeviceFact, LayoutFact } from "../fact.js";
import { RENESAS_VIDEO_FACTS } from "./renesas/video.js";
import {
  aggregateBlocks,
  at,
  bothMasks,
  defaultSegmentSize,
  driver,
  gemDmaQueue,
  noSegmentBoundary,
  reviewedFact,
  sharesDumb,
  variantMask,
} from "./shorthand.js";

const RCAR = "drivers/gpu/drm/renesas/rcar-du/rcar_du_drv.c";
const RCAR_KMS = "drivers/gpu/drm/renesas/rcar-du/rcar_du_kms.c";
const RCAR_VSP = "drivers/gpu/drm/renesas/rcar-du/rcar_du_vsp.c";
const RZG2L = "drivers/gpu/drm/renesas/rz-du/rzg2l_du_drv.c";
const RZG2L_KMS = "drivers/gpu/drm/renesas/rz-du/rzg2l_du_kms.c";

/** What dumb buffers get: 16 pixels of so many bytes. */
function dumbLayouts(
  file: string,
  line: number,
  formats: readonly (readonly [fourcc: string, bytes: number])[],
): readonly LayoutFact[] {
  return formats.map(([fourcc, bytes]) => ({
    fourcc,
    modifier: "LINEAR",
    strideAlign: 16 * bytes,
    sources: [at(file, line)],
  }));
}

const RGB: readonly (readonly [fourcc: string, bytes: number])[] = [
  ["XR24", 4],
  ["AR24", 4],
  ["RG24", 3],
];

/** Display unit of RZ/G2L: pictures are mapped for it alone, and the VSP is given their addresses. */
function rzg2l(name: string, line: number): DeviceFact {
  return reviewedFact(name, driver("rzg2l-du-drm", RZG2L, line), {
    role: "display",
    ...bothMasks("0xffffffff", RZG2L, 136),
    buffers: [gemDmaQueue(RZG2L, 81)],
    pictureQueue: "gem",
    ...sharesDumb,
    // drm_prime.c:955: without gem_prime_import_sg_table, which this driver has not, every import but its own ends with EINVAL
    import: { prime: false },
    layouts: [...dumbLayouts(RZG2L_KMS, 79, RGB), { fourcc: "*", modifier: "LINEAR", sources: [at(RZG2L_KMS, 105)] }],
    confidence: "A",
    note: "The VSP reads at the addresses made for this node (rzg2l_du_vsp.c:148); dumb buffers are multiples of 16 pixels wide, other pictures may have any pitch.",
  });
}

/** Facts of displays. */
export const RENESAS_FACTS: readonly DeviceFact[] = [
  reviewedFact("renesas,du-r8a774a1", driver("rcar-du-drm", RCAR, 554), {
    role: "display",
    dmaMask: {
      kind: "set",
      candidates: ["0xffffffff", "0xffffffffff"],
      when: [
        "the VSP, for which every shown picture is mapped again and whose driver sets no mask",
        "the display unit, for which an import is mapped first",
      ],
      sources: [
        at(RCAR, 691),
        at(RCAR, 692),
        at("drivers/media/platform/renesas/vsp1/vsp1_drm.c", 939),
        at("drivers/media/platform/renesas/rcar-fcp.c", 124),
      ],
    },
    coherentDmaMask: variantMask("0xffffffffff", RCAR, 692, at(RCAR, 114)),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [{ ...gemDmaQueue(RCAR_KMS, 424), sources: [at(RCAR_KMS, 424), at(RCAR_VSP, 246)] }],
    pictureQueue: "gem",
    ...sharesDumb,
    layouts: [
      ...dumbLayouts(RCAR_KMS, 420, [...RGB, ["RG16", 2]]),
      { fourcc: "*", modifier: "LINEAR", sources: [at(RCAR_KMS, 462)] },
    ],
    confidence: "C",
    note:
      "An import of any kind is taken (rcar_du_kms.c:379); a shown picture is mapped for the VSP, which reads from its first entry on " +
      "(rcar_du_vsp.c:246) and has no IOMMU on this chip (ipmmu-vmsa.c:735). Dumb buffers are multiples of 16 pixels wide, other pictures may have any pitch.",
  }),
  rzg2l("renesas,r9a07g043u-du", 53),
  rzg2l("renesas,r9a07g044-du", 54),
  ...aggregateBlocks("rcar_dw_hdmi", "drivers/gpu/drm/renesas/rcar-du/rcar_dw_hdmi.c", 83, "renesas,du-r8a774a1", [
    ["renesas,rcar-gen3-hdmi", 104],
  ]),
  ...aggregateBlocks("rcar_lvds", "drivers/gpu/drm/renesas/rcar-du/rcar_lvds.c", 875, "renesas,du-r8a774a1", [
    ["renesas,r8a774a1-lvds", 963],
  ]),
  ...aggregateBlocks(
    "rzg2l_mipi_dsi",
    "drivers/gpu/drm/renesas/rz-du/rzg2l_mipi_dsi.c",
    708,
    ["renesas,r9a07g044-du", "renesas,r9a07g043u-du"],
    [["renesas,rzg2l-mipi-dsi", 804]],
  ),
  ...RENESAS_VIDEO_FACTS,
];
