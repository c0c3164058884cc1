/**
 * Drivers of Raspberry Pi's kernel that Linux 6.12 has not: the HEVC decoder of Pi 4 and Pi 5, the camera front end of Pi 5, the firmware's codec of Pi 1 to Pi 4.
 * Read by hand.
 */
import type { DeviceFact } from "../../fact.js";
import { at, bothMasks, codecNode, defaultSegmentSize, noSegmentBoundary, sharesV4l2 } from "../shorthand.js";
import { type VendorTree, vendorFact } from "./vendor-fact.js";

const BLOB = "https://github.com/raspberrypi/linux/blob";
const HEVC_TREE: VendorTree = {
  kernel: "Raspberry Pi's kernel 1e7fb4a04f3e",
  url: `${BLOB}/1e7fb4a04f3ea799fca4ed8fb024dac503f5def7`,
};
const CAMERA_TREE: VendorTree = {
  kernel: "Raspberry Pi's kernel 01e3122f1109",
  url: `${BLOB}/01e3122f11091d38c5759a5b29ec27a5b42ef979`,
};

const HEVC = "drivers/media/platform/raspberrypi/hevc_dec/hevc_d.c";
const CAMERA = "drivers/media/platform/raspberrypi/rp1_cfe/cfe.c";

/** HEVC decoder. */
function hevc(name: string, line: number): DeviceFact {
  return vendorFact(HEVC_TREE, name, "rpi-hevc-dec", HEVC, line, {
    role: "codec",
    ...bothMasks("0xfffffffff", HEVC, 228),
    buffers: [
      { queue: "output", kind: "contig" },
      { queue: "capture", kind: "contig" },
    ],
    pictureQueue: "capture",
    videoNodes: [codecNode("rpi-hevc-dec", "capture", "", at(HEVC, 175), at(HEVC, 225))],
    ...sharesV4l2,
    layouts: ["NV12", "P030"].map((fourcc) => ({ fourcc, modifier: "BROADCOM_SAND128", heightAlign: 8 })),
    confidence: "A",
    note:
      "Queues and layouts: hevc_d_queue_init() and hevc_d_prepare_dst_format() of hevc_d_video.c beside it. Pictures are in columns of 128 bytes, whose height a program may " +
      "ask to be larger; the decoder's own working memory comes from the same device.",
  });
}

const THIRTY_TWO_BITS = { kind: "exact", value: "0xffffffff", sources: [] } as const;
const ALL_ONES = { kind: "exact", value: "0xffffffffffffffff", sources: [] } as const;

/** Camera front end of RP1, which sits behind PCI: no line is cited, its functions are named instead. */
const cameraFrontEnd: DeviceFact = {
  ...vendorFact(
    CAMERA_TREE,
    "raspberrypi,rp1-cfe",
    "rp1-cfe",
    "Documentation/devicetree/bindings/media/raspberrypi,rp1-cfe.yaml",
    85,
    {
      role: "camera",
      dmaMask: ALL_ONES,
      coherentDmaMask: ALL_ONES,
      maxSegmentSize: defaultSegmentSize,
      segmentBoundaryMask: noSegmentBoundary,
      buffers: [
        { queue: "capture", kind: "contig" },
        { queue: "meta", kind: "contig" },
      ],
      pictureQueue: "capture",
      ...sharesV4l2,
      confidence: "A",
      note: "cfe_probe() sets both masks to 64 bits, cfe_register_node() makes contiguous queues for the node itself. Linux has this driver from 6.13 on.",
    },
  ),
  url: `${CAMERA_TREE.url}/${CAMERA}`,
};

const CODEC_TREE: VendorTree = {
  kernel: "Raspberry Pi's kernel ab45b02233fc",
  url: `${BLOB}/ab45b02233fcd68ff87b91105c2beb39b2cdf8bc`,
};
const CODEC = "drivers/staging/vc04_services/bcm2835-codec/bcm2835-v4l2-codec.c";

/** The codec, scaler and deinterlacer that the firmware drives: a device without a node, whose functions are named instead of lines. */
const firmwareCodec: DeviceFact = {
  ...vendorFact(CODEC_TREE, "", "bcm2835-codec", CODEC, 1, {
    role: "codec",
    dmaMask: THIRTY_TWO_BITS,
    coherentDmaMask: THIRTY_TWO_BITS,
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    buffers: [
      { queue: "output", kind: "contig" },
      { queue: "capture", kind: "contig" },
      { queue: "encoder-output", kind: "contig" },
      { queue: "encoder-capture", kind: "contig" },
    ],
    pictureQueue: "capture",
    videoNodes: [
      codecNode("bcm2835-codec-decode", "capture", ""),
      codecNode("bcm2835-codec-encode", "output", "encoder-"),
      codecNode("bcm2835-codec-isp", "capture", ""),
      codecNode("bcm2835-codec-image_fx", "capture", ""),
      codecNode("bcm2835-codec-encode_image", "output", "encoder-"),
    ],
    ...sharesV4l2,
    layouts: [
      { fourcc: "NV12", modifier: "LINEAR", strideAlign: 32 },
      { fourcc: "NV21", modifier: "LINEAR", strideAlign: 32 },
      { fourcc: "YU12", modifier: "LINEAR", strideAlign: 64 },
      { fourcc: "YV12", modifier: "LINEAR", strideAlign: 64 },
      { fourcc: "YUYV", modifier: "LINEAR", strideAlign: 64 },
    ],
    confidence: "A",
    note:
      "queue_init() makes both queues contiguous for the device itself, which vchiq_register_child() makes below the message driver with 32 bits and that node's bus windows. " +
      "Strides are supported_formats[] for the role that asks for most; the decoder takes 32 bytes for YU12 too.",
  }),
  match: { platformDriver: "bcm2835-codec" },
  appliesTo: { virtual: "bcm2835-codec", configuredFrom: "brcm,bcm2835-vchiq" },
};

/** Facts of Raspberry Pi's kernel. */
export const VENDOR_RASPBERRYPI_FACTS: readonly DeviceFact[] = [
  hevc("brcm,bcm2711-hevc-dec", 308),
  hevc("brcm,bcm2712-hevc-dec", 309),
  cameraFrontEnd,
  firmwareCodec,
];
