import type { PlacementCase } from "./placement-case.js";

const MTK_IOMMU = "drivers/iommu/mtk_iommu.c";
const MTK_GEM = "drivers/gpu/drm/mediatek/mtk_gem.c";
const MTK_DEC = "drivers/media/platform/mediatek/vcodec/decoder/mtk_vcodec_dec.c";
const EXYNOS_GEM = "drivers/gpu/drm/exynos/exynos_drm_gem.c";
const DECON = "drivers/gpu/drm/exynos/exynos5433_drm_decon.c";
const MFC = "drivers/media/platform/samsung/s5p-mfc/s5p_mfc.c";
const GSC = "drivers/media/platform/samsung/exynos-gsc/gsc-core.c";
const MSM = "drivers/gpu/drm/msm/msm_drv.c";
const VENUS = "drivers/media/platform/qcom/venus/core.c";
const VDEC = "drivers/media/platform/qcom/venus/vdec.c";
const CAMSS_VIDEO = "drivers/media/platform/qcom/camss/camss-video.c";
const SMMU = "drivers/iommu/arm/arm-smmu/arm-smmu.c";

const KODAMA = "arm64/mediatek/mt8183-kukui-kodama-sku16.dtb";
const SPHERION = "arm64/mediatek/mt8192-asurada-spherion-r4.dtb";
const TM2 = "arm64/exynos/exynos5433-tm2.dtb";
const DB845C = "arm64/qcom/sdm845-db845c.dtb";

const PICTURE = 12_441_600;

/** MediaTek MT8183 and MT8192. */
export const MEDIATEK_CASES: readonly PlacementCase[] = [
  {
    title: "MT8183, 4 GiB: overlay engine and decoder share pages through one IOMMU",
    why:
      "RAM ends at 0x140000000, and the tables hold 35 address bits, so pages may lie anywhere. The region of the system controller is a shared-dma-pool, yet its driver keeps " +
      "it as working memory: no buffer comes from there.",
    from: [
      `${MTK_IOMMU}:669`,
      `${MTK_GEM}:80`,
      `${MTK_DEC}:1035`,
      "drivers/remoteproc/mtk_scp.c:1358",
      "tree: /reserved-memory/memory@50000000",
    ],
    board: KODAMA,
    memory: "0x40000000+4G",
    devices: ["ovl@14008000", "video-codec@16020000"],
    size: PICTURE,
    expected: {
      devices: {
        "ovl@14008000": {
          via: "iommu",
          reach: `${MTK_IOMMU}:669`,
          iommu: "translate",
          reaches: [[0x40000000, 0x1_0000_0000]],
        },
        "video-codec@16020000": {
          via: "iommu",
          reach: `${MTK_IOMMU}:669`,
          queue: `${MTK_DEC}:1035`,
          iommu: "translate",
        },
      },
      candidates: {
        "cma:default via dma-heap": "fits",
        system: "fits",
        udmabuf: "fits",
        "dma32-pages": "refused no-route",
        "page-block": "refused no-route ...",
      },
      chosen: "system via dma-heap",
      assumptions: [],
    },
  },
  {
    title: "MT8183, 4 GiB: the DRM node is named, its first overlay engine allocates and imports",
    why: "mediatek-drm hands the first component of its first pipe to the DMA API, never the node of the DRM device, which has no IOMMU.",
    from: ["drivers/gpu/drm/mediatek/mtk_drm_drv.c:610", `${MTK_IOMMU}:669`],
    board: KODAMA,
    memory: "0x40000000+4G",
    devices: ["syscon@14000000"],
    size: 8_294_400,
    expected: {
      devices: { "syscon@14000000": { via: "iommu", reach: `${MTK_IOMMU}:669`, dmaDevice: "/soc/ovl@14008000" } },
      candidates: {
        "cma:default via dma-heap": "fits",
        system: "fits",
        udmabuf: "fits",
        "dma32-pages": "refused no-route",
        "page-block": "refused no-route ...",
      },
      chosen: "system via dma-heap",
      assumptions: [],
    },
  },
  {
    title: "MT8192, 4 GiB: a PCIe device with a restricted pool bounces whatever it imports",
    why: "A restricted pool forces every streaming mapping through its own slots, so a shared buffer would be worked on as a copy; and nobody can export from the pool.",
    from: [
      "kernel/dma/swiotlb.c:1861",
      "kernel/dma/direct.h:90",
      "drivers/of/device.c:36",
      "tree: /soc/pcie@11230000:memory-region",
    ],
    board: SPHERION,
    memory: "0x40000000+4G",
    devices: ["/soc/pcie@11230000"],
    size: 65536,
    expected: {
      devices: { "/soc/pcie@11230000": { via: "direct" } },
      candidates: {
        "cma:default": "refused always-bounced@/soc/pcie@11230000",
        system: "refused always-bounced@/soc/pcie@11230000 would-bounce@/soc/pcie@11230000",
        udmabuf: "refused always-bounced@/soc/pcie@11230000 would-bounce@/soc/pcie@11230000",
        "restricted-pool:wifi@c0000000": "refused no-route ...",
        "dma32-pages": "refused no-route ...",
        "page-block": "refused no-route ...",
      },
      chosen: null,
      assumptions: [
        "unknown-driver@/soc/pcie@11230000",
        "unknown-buffers@/soc/pcie@11230000",
        "default-mask?@/soc/pcie@11230000",
      ],
      conflict: {
        fields: [["import"]],
        devices: [["/soc/pcie@11230000"]],
        remedies: [],
        noRemedies: ["command-line", "reserved-memory", "limit-memory", "smaller-request"],
      },
    },
  },
];

/** Samsung Exynos5433. */
export const EXYNOS_CASES: readonly PlacementCase[] = [
  {
    title: "Exynos5433, 3 GiB: the decoder cannot import, so it has to export",
    why:
      "The codec's decoder queues take no dma-buf at all. Whatever the display reaches, the only buffers both can use are the codec's own, which behind its IOMMU are scattered " +
      "pages.",
    from: [
      `${MFC}:867`,
      `${MFC}:881`,
      `${EXYNOS_GEM}:436`,
      "drivers/iommu/exynos-iommu.c:65 gives 32 bits at least, and RAM ends at 0xe0000000",
      "tree: /soc@0/codec@152e0000:iommus",
    ],
    board: TM2,
    devices: ["codec@152e0000", "decon@13800000"],
    size: 8_294_400,
    expected: {
      devices: {
        "codec@152e0000": { via: "iommu", queue: `${MFC}:881`, iommu: "translate" },
        "decon@13800000": { via: "iommu", iommu: "translate" },
      },
      candidates: {
        "system via v4l2:codec@152e0000": "fits",
        system: "refused cannot-import@codec@152e0000",
        "cma:default": "refused cannot-import@codec@152e0000",
        udmabuf: "refused cannot-import@codec@152e0000",
        "dma32-pages": "refused no-route ...",
        "page-block": "refused no-route ...",
      },
      chosen: "system via v4l2:codec@152e0000",
      assumptions: [],
    },
  },
  {
    title: "Exynos5433, 3 GiB, Debian's kernel: without the IOMMU's driver scaler and display need one range",
    why: "Debian's arm64 kernel leaves EXYNOS_IOMMU out. The tree still names the IOMMUs, the devices go direct, and there is no heap: a dumb buffer is CMA.",
    from: [
      "Debian's config of 6.12 arm64",
      "drivers/iommu/of_iommu.c:22",
      `${EXYNOS_GEM}:41`,
      `${GSC}:1104`,
      `${DECON}:789`,
    ],
    board: TM2,
    profile: "debian-arm64-6.12",
    devices: ["video-scaler@13c00000", "decon@13800000"],
    size: 8_294_400,
    expected: {
      devices: {
        "video-scaler@13c00000": { via: "direct", reach: `${GSC}:1104`, iommu: "no-driver" },
        "decon@13800000": { via: "direct", reach: `${DECON}:789`, iommu: "no-driver" },
      },
      candidates: {
        "cma:default via drm-dumb:decon@13800000": "fits",
        "cma:default via v4l2": "fits",
        "page-block": "refused too-large",
        system: "refused no-route ...",
        udmabuf: "refused needs-contiguous@video-scaler@13c00000 needs-contiguous@decon@13800000",
        "dma32-pages": "refused no-route ...",
      },
      chosen: "cma:default via drm-dumb:decon@13800000",
      assumptions: [],
    },
  },
];

/** Qualcomm SDM845. */
export const QCOM_CASES: readonly PlacementCase[] = [
  {
    title: "SDM845, 4 GiB: camera, codec and display, each translated in its own way",
    why:
      "Camera and codec map through the SMMU. The display is on the list of clients the SMMU passes through, because its driver runs a domain of its own. The codec's " +
      "memory-region is firmware, and the pool of the DSP's messages is no route either.",
    from: [
      "drivers/iommu/arm/arm-smmu/arm-smmu-qcom.c:255",
      "drivers/gpu/drm/msm/msm_gem.c:180",
      `${MSM}:1092 sets 64 bits, so the bus window of 36 decides`,
      `${CAMSS_VIDEO}:719`,
      `${VDEC}:1660`,
      "drivers/media/platform/qcom/venus/firmware.c:97",
      "tree: /reserved-memory/venus@95800000",
    ],
    board: DB845C,
    memory: "0x80000000+4G",
    devices: ["display-subsystem@ae00000", "/soc@0/video-codec@aa00000", "camss@acb3000"],
    size: PICTURE,
    expected: {
      devices: {
        "display-subsystem@ae00000": {
          via: "iommu",
          iommu: "identity",
          reach: "/soc@0:dma-ranges",
          dmaDevice: "/soc@0/display-subsystem@ae00000/display-controller@ae01000",
          reaches: [[0x80000000, 0x1_0000_0000]],
        },
        "/soc@0/video-codec@aa00000": {
          via: "iommu",
          iommu: "translate",
          reach: `${SMMU}:1896`,
          queue: `${VDEC}:1660`,
        },
        "camss@acb3000": { via: "iommu", iommu: "translate", reach: `${SMMU}:1896`, queue: `${CAMSS_VIDEO}:719` },
      },
      candidates: {
        "cma:default via dma-heap": "fits",
        system: "fits",
        udmabuf: "fits",
        "cma:fastrpc": "refused no-route",
        "dma32-pages": "refused no-route",
        "page-block": "refused no-route ...",
      },
      chosen: "cma:default via dma-heap",
      assumptions: [
        "iommu-output-width@display-subsystem@ae00000",
        "iommu-output-width@/soc@0/video-codec@aa00000",
        "iommu-output-width@camss@acb3000",
      ],
    },
  },
  {
    title: "SDM845, 8 GiB: 224 pictures of 4K are one more than the codec's I/O address space holds",
    why:
      "The mask 0xdfffffff bounds I/O addresses. Each picture is aligned to the next power of two, 16 MiB, and the slot of address 0 is never given away: 223 remain, " +
      "however much RAM there is.",
    from: [`${VENUS}:763`, `${VENUS}:332`, "drivers/iommu/dma-iommu.c:762", "drivers/iommu/iova.c:175"],
    board: DB845C,
    memory: "0x80000000+8G",
    devices: ["/soc@0/video-codec@aa00000"],
    size: PICTURE,
    count: 224,
    expected: {
      devices: { "/soc@0/video-codec@aa00000": { via: "iommu", iova: `${VENUS}:332` } },
      candidates: {
        "cma:default": "refused iova-room@/soc@0/video-codec@aa00000 no-hole",
        system: "refused iova-room@/soc@0/video-codec@aa00000",
        udmabuf: "refused iova-room@/soc@0/video-codec@aa00000",
        "cma:fastrpc": "refused no-route ...",
        "dma32-pages": "refused no-route ...",
        "page-block": "refused no-route ...",
      },
      chosen: null,
      assumptions: ["iommu-output-width@/soc@0/video-codec@aa00000"],
      conflict: {
        fields: [["iovaRoom"]],
        devices: [["/soc@0/video-codec@aa00000"]],
        remedies: [],
        noRemedies: ["command-line", "reserved-memory", "kernel-option", "enable-iommu", "limit-memory"],
      },
    },
  },
  {
    title: "SDM845, 8 GiB: 223 pictures do fit",
    why: "The other side of the same boundary.",
    from: [`${VENUS}:763`, "drivers/iommu/iova.c:175"],
    board: DB845C,
    memory: "0x80000000+8G",
    devices: ["/soc@0/video-codec@aa00000"],
    size: PICTURE,
    count: 223,
    expected: {
      devices: { "/soc@0/video-codec@aa00000": { via: "iommu", iova: `${VENUS}:332` } },
      candidates: {
        "cma:default": "refused no-hole",
        system: "fits",
        udmabuf: "fits",
        "cma:fastrpc": "refused no-route ...",
        "dma32-pages": "refused no-route ...",
        "page-block": "refused no-route ...",
      },
      chosen: "system via dma-heap",
      assumptions: ["iommu-output-width@/soc@0/video-codec@aa00000"],
    },
  },
  {
    title: "SDM845, 4 GiB, iommu.passthrough=1: the default area lies above the codec's odd mask",
    why:
      "Direct, the codec reaches 0xdfffffff. The area of 64 MiB is placed at the top of the first 4 GiB and thus beyond that; the codec's own allocation passes it by, and " +
      "the zone its block is looked for in ends above the mask too, without a second try. A range on the command line mends it.",
    from: [
      `${VENUS}:763`,
      `${VENUS}:332`,
      "kernel/dma/direct.c:131",
      "kernel/dma/direct.c:47",
      "arch/arm64/mm/init.c:122",
    ],
    board: DB845C,
    memory: "0x80000000+4G",
    cmdline: "iommu.passthrough=1",
    devices: ["/soc@0/video-codec@aa00000"],
    size: PICTURE,
    expected: {
      devices: {
        "/soc@0/video-codec@aa00000": {
          via: "direct",
          iommu: "identity",
          reach: `${VENUS}:332`,
          reaches: [[0x80000000, 0x60000000]],
        },
      },
      candidates: {
        "cma:default via dma-heap": "refused would-bounce@/soc@0/video-codec@aa00000",
        "cma:default via v4l2:/soc@0/video-codec@aa00000":
          "refused exporter-out-of-reach@/soc@0/video-codec@aa00000 would-bounce@/soc@0/video-codec@aa00000",
        system: "refused needs-contiguous@/soc@0/video-codec@aa00000 would-bounce@/soc@0/video-codec@aa00000",
        udmabuf: "refused needs-contiguous@/soc@0/video-codec@aa00000 would-bounce@/soc@0/video-codec@aa00000",
        "cma:fastrpc": "refused no-route ...",
        "dma32-pages": "refused no-route ...",
        "page-block": "refused exporter-out-of-reach@/soc@0/video-codec@aa00000 too-large",
      },
      chosen: null,
      assumptions: [],
      conflict: {
        fields: [
          ["reach", "size"],
          ["coherentDmaMask", "reach"],
        ],
        devices: [["/soc@0/video-codec@aa00000"]],
        remedies: ["command-line", "reserved-memory"],
        noRemedies: ["smaller-request", "kernel-option"],
      },
    },
  },
];
