/** The first half of the drawn sample, its video part: `drivers/media` and `drivers/staging/media`. */
import {
  at,
  bothMasks,
  defaultMask,
  defaultSegmentSize,
  exactMask,
  noSegmentBoundary,
  oneLongSegment,
  sameMasks,
  segmentSize,
  untouchedLimits,
  variantMask,
} from "../../../src/facts/reviewed/shorthand.js";
import type { Reading, Unbound } from "./reading.js";

const MEDIA = "drivers/media/platform";
const STAGING = "drivers/staging/media";
const MXC_JPEG = `${MEDIA}/nxp/imx-jpeg/mxc-jpeg.c`;
const CSI2RX = `${MEDIA}/cadence/cdns-csi2rx.c`;
const DCMI = `${MEDIA}/st/stm32/stm32-dcmi.c`;
const UNICAM = `${MEDIA}/broadcom/bcm2835-unicam.c`;
const MDP3 = `${MEDIA}/mediatek/mdp3`;
const E5010 = `${MEDIA}/imagination/e5010-jpeg-enc.c`;
const FWNODE = "drivers/media/v4l2-core/v4l2-fwnode.c";
const CONNECTOR = "drivers/gpu/drm/bridge/display-connector.c";
const VIDEO_MUX = `${MEDIA}/video-mux.c`;
const G2D = `${MEDIA}/samsung/s5p-g2d/g2d.c`;
const RKISP1 = `${MEDIA}/rockchip/rkisp1`;
const VENUS = `${MEDIA}/qcom/venus`;
const FDP1 = `${MEDIA}/renesas/rcar_fdp1.c`;
const ISI = `${MEDIA}/nxp/imx8-isi`;
const CAL = `${MEDIA}/ti/cal`;
const SUN4I_CSI = `${MEDIA}/sunxi/sun4i-csi`;
const CCIC = `${MEDIA}/marvell`;
const ASPEED_VIDEO = `${MEDIA}/aspeed/aspeed-video.c`;
const CAMSS = `${MEDIA}/qcom/camss`;
const GE2D = `${MEDIA}/amlogic/meson-ge2d/ge2d.c`;
const AMPHION = `${MEDIA}/amphion`;
const DMA2D = `${MEDIA}/st/stm32/dma2d/dma2d.c`;
const FIMC = `${MEDIA}/samsung/exynos4-is`;
const HANTRO = `${MEDIA}/verisilicon/hantro_drv.c`;
const MESON_VDEC = `${STAGING}/meson/vdec/vdec.c`;
const RKVDEC = `${STAGING}/rkvdec/rkvdec.c`;
const IMX_MEDIA = `${STAGING}/imx`;
const CEDRUS = `${STAGING}/sunxi/cedrus`;
const TEGRA_VI = `${STAGING}/tegra-video/vi.c`;

/** A device that maps for itself, without MMU, DMA controller or memory region. */
const self = { appliesTo: "self", mmu: "none", slaveDma: false, memoryRegionUse: null } as const;

/** A block that passes pixels on and touches no memory. */
const noDma = { ...self, usesDma: false, kinds: [] } as const;

/** A device whose queues are all videobuf2 contiguous. */
const contig = { ...self, usesDma: true, kinds: ["contig"] } as const;

/** In the order of the draw. */
export const READINGS_A_VIDEO: readonly (Reading | Unbound)[] = [
  {
    compatible: "nxp,imx8qxp-jpgenc",
    driver: at(MXC_JPEG, 275),
    ...contig,
    ...bothMasks("0xffffffff", MXC_JPEG, 2794),
    evidence: [at(MXC_JPEG, 2016), at(MXC_JPEG, 2030)],
  },
  {
    compatible: "cdns,csi2rx",
    driver: at(CSI2RX, 747),
    ...noDma,
    ...untouchedLimits(CSI2RX, 664),
    evidence: [at(CSI2RX, 664)],
    note: "a subdevice between a sensor's link and the capture driver",
  },
  {
    compatible: "st,stm32-dcmi",
    driver: at(DCMI, 1420),
    ...contig,
    slaveDma: true,
    ...untouchedLimits(DCMI, 1889),
    evidence: [at(DCMI, 2032), at(DCMI, 2036), at(DCMI, 1953), at(DCMI, 553), at(DCMI, 330)],
    note: "a DMA controller moves the pixels, but the queue maps and allocates for the node itself, whose masks so count, and hands that address on",
  },
  {
    compatible: "brcm,bcm2835-unicam",
    driver: at(UNICAM, 2716),
    ...contig,
    ...untouchedLimits(UNICAM, 2617),
    evidence: [at(UNICAM, 2235), at(UNICAM, 2240)],
    note: "image and metadata node alike",
  },
  {
    compatible: "mediatek,mt8183-mdp3-wrot",
    unbound:
      "no match table of a driver names it: the driver of mediatek,mt8183-mdp3-rdma looks its siblings up, programs this writer, and maps every buffer for the rdma node",
    evidence: [
      at(`${MDP3}/mtk-mdp3-comp.c`, 1553),
      at(`${MDP3}/mdp_cfg_data.c`, 806),
      at(`${MDP3}/mtk-mdp3-comp.c`, 1985),
      at(`${MDP3}/mtk-mdp3-core.c`, 438),
      at(`${MDP3}/mtk-mdp3-m2m.c`, 508),
    ],
  },
  {
    compatible: "img,e5010-jpeg-enc",
    driver: at(E5010, 1621),
    ...contig,
    dmaMask: exactMask("0xffffffff", E5010, 1028),
    coherentDmaMask: defaultMask(E5010, 1022),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    evidence: [at(E5010, 592), at(E5010, 608), at(E5010, 995)],
    note: "the encoder has an MMU, which the driver leaves in bypass",
  },
  {
    compatible: "composite-video-connector",
    unbound:
      "v4l2-fwnode reads the node as a connector of another device; drivers/gpu/drm/bridge/display-connector.c binds it as a bridge, without DMA",
    evidence: [at(FWNODE, 612), at(CONNECTOR, 403)],
  },
  {
    compatible: "video-mux",
    driver: at(VIDEO_MUX, 482),
    ...noDma,
    ...untouchedLimits(VIDEO_MUX, 389),
    evidence: [at(VIDEO_MUX, 389)],
  },
  {
    compatible: "samsung,exynos4212-g2d",
    driver: at(G2D, 771),
    ...contig,
    ...oneLongSegment(G2D, 622, G2D, 679),
    evidence: [at(G2D, 150), at(G2D, 164)],
    note: "drivers/gpu/drm/exynos/exynos_drm_g2d.c binds it too",
  },
  {
    compatible: "rockchip,px30-cif-isp",
    driver: at(`${RKISP1}/rkisp1-dev.c`, 567),
    ...self,
    ...sameMasks(
      variantMask(
        "0xffffffff",
        `${RKISP1}/rkisp1-dev.c`,
        606,
        at(`${RKISP1}/rkisp1-dev.c`, 603),
        at(`${RKISP1}/rkisp1-dev.c`, 510),
      ),
    ),
    usesDma: true,
    kinds: ["contig", "vmalloc"],
    evidence: [
      at(`${RKISP1}/rkisp1-capture.c`, 1564),
      at(`${RKISP1}/rkisp1-params.c`, 2727),
      at(`${RKISP1}/rkisp1-stats.c`, 169),
    ],
    note: "pictures are contiguous, parameters and statistics vmalloc; the feature DMA_34BIT is not among those of this chip",
  },
  {
    compatible: "venus-decoder",
    driver: at(`${VENUS}/vdec.c`, 1876),
    ...contig,
    appliesTo: "parent",
    ...untouchedLimits(`${VENUS}/vdec.c`, 1781),
    evidence: [
      at(`${VENUS}/vdec.c`, 1645),
      at(`${VENUS}/vdec.c`, 1650),
      at(`${VENUS}/vdec.c`, 1660),
      at(`${VENUS}/vdec.c`, 1665),
      at(`${VENUS}/core.c`, 332),
    ],
    note: "the queues belong to the parent, the Venus node, which has the masks and the firmware's region; this node's are never looked at",
  },
  {
    compatible: "renesas,fdp1",
    driver: at(FDP1, 2440),
    ...contig,
    ...untouchedLimits(FDP1, 2254),
    evidence: [at(FDP1, 2050), at(FDP1, 2064)],
  },
  {
    compatible: "fsl,imx8mp-isi",
    driver: at(`${ISI}/imx8-isi-core.c`, 530),
    ...contig,
    ...sameMasks(
      variantMask(
        "0xfffffffff",
        `${ISI}/imx8-isi-core.c`,
        469,
        at(`${ISI}/imx8-isi-core.c`, 468),
        at(`${ISI}/imx8-isi-core.c`, 307),
      ),
    ),
    evidence: [at(`${ISI}/imx8-isi-video.c`, 1416), at(`${ISI}/imx8-isi-m2m.c`, 380), at(`${ISI}/imx8-isi-m2m.c`, 394)],
  },
  {
    compatible: "ti,am654-cal",
    driver: at(`${CAL}/cal.c`, 1052),
    ...contig,
    ...oneLongSegment(`${CAL}/cal.c`, 1147, `${CAL}/cal.c`, 984),
    evidence: [at(`${CAL}/cal-video.c`, 1010)],
  },
  {
    compatible: "svideo-connector",
    unbound:
      "v4l2-fwnode reads the node as a connector of another device; drivers/gpu/drm/bridge/display-connector.c binds it as a bridge, without DMA",
    evidence: [at(FWNODE, 615), at(CONNECTOR, 412)],
  },
  {
    compatible: "venus-encoder",
    driver: at(`${VENUS}/venc.c`, 1638),
    ...contig,
    appliesTo: "parent",
    ...untouchedLimits(`${VENUS}/venc.c`, 1543),
    evidence: [
      at(`${VENUS}/venc.c`, 1396),
      at(`${VENUS}/venc.c`, 1401),
      at(`${VENUS}/venc.c`, 1413),
      at(`${VENUS}/venc.c`, 1418),
      at(`${VENUS}/core.c`, 332),
    ],
    note: "as venus-decoder",
  },
  {
    compatible: "allwinner,sun4i-a10-csi1",
    driver: at(`${SUN4I_CSI}/sun4i_csi.c`, 301),
    ...contig,
    ...untouchedLimits(`${SUN4I_CSI}/sun4i_csi.c`, 162),
    evidence: [at(`${SUN4I_CSI}/sun4i_dma.c`, 423)],
  },
  {
    compatible: "marvell,mmp2-ccic",
    driver: at(`${CCIC}/mmp-driver.c`, 369),
    ...self,
    ...untouchedLimits(`${CCIC}/mmp-driver.c`, 178),
    usesDma: true,
    kinds: ["contig", "sg", "vmalloc"],
    evidence: [
      at(`${CCIC}/mmp-driver.c`, 222),
      at(`${CCIC}/mcam-core.c`, 77),
      at(`${CCIC}/mcam-core.c`, 1300),
      at(`${CCIC}/mcam-core.c`, 1308),
      at(`${CCIC}/mcam-core.c`, 1316),
    ],
    note: "scatter unless the module's parameter buffer_mode says otherwise",
  },
  {
    compatible: "aspeed,ast2400-video-engine",
    driver: at(ASPEED_VIDEO, 2145),
    ...contig,
    memoryRegionUse: "buffers",
    ...bothMasks("0xffffffff", ASPEED_VIDEO, 2116),
    evidence: [at(ASPEED_VIDEO, 2033), at(ASPEED_VIDEO, 2114)],
  },
  {
    compatible: "qcom,msm8916-camss",
    driver: at(`${CAMSS}/camss.c`, 2447),
    ...self,
    ...bothMasks("0xffffffff", `${CAMSS}/camss.c`, 2264),
    usesDma: true,
    kinds: ["sg"],
    evidence: [at(`${CAMSS}/camss-video.c`, 719)],
  },
  {
    compatible: "amlogic,axg-ge2d",
    driver: at(GE2D, 1039),
    ...contig,
    ...untouchedLimits(GE2D, 920),
    evidence: [at(GE2D, 408), at(GE2D, 422)],
  },
  {
    compatible: "nxp,imx8qxp-vpu",
    driver: at(`${AMPHION}/vpu_drv.c`, 222),
    ...contig,
    ...untouchedLimits(`${AMPHION}/vpu_drv.c`, 86),
    evidence: [
      at(`${AMPHION}/vpu_v4l2.c`, 656),
      at(`${AMPHION}/vpu_v4l2.c`, 661),
      at(`${AMPHION}/vpu_v4l2.c`, 672),
      at(`${AMPHION}/vpu_v4l2.c`, 677),
      at(`${AMPHION}/vpu_v4l2.c`, 745),
      at(`${AMPHION}/vdec.c`, 1528),
      at(`${AMPHION}/vdec.c`, 1721),
      at(`${AMPHION}/venc.c`, 939),
      at(`${AMPHION}/venc.c`, 1300),
    ],
    note: "lines 658 and 674 would make the bitstream vmalloc, but queues are made at open from a zeroed instance, and use_stream_buffer is first set when streaming starts; memory-region is read from the core's nodes below",
  },
  {
    compatible: "st,stm32-dma2d",
    driver: at(DMA2D, 712),
    ...contig,
    ...untouchedLimits(DMA2D, 603),
    evidence: [at(DMA2D, 203), at(DMA2D, 217)],
  },
  {
    compatible: "mediatek,mt8195-mdp3-padding",
    unbound:
      "no match table of a driver names it: the driver of mediatek,mt8195-mdp3-rdma looks its siblings up and programs this block, which touches no memory",
    evidence: [
      at(`${MDP3}/mtk-mdp3-comp.c`, 1589),
      at(`${MDP3}/mtk-mdp3-comp.c`, 1985),
      at(`${MDP3}/mtk-mdp3-comp.c`, 1598),
    ],
  },
  {
    compatible: "samsung,exynos4212-fimc",
    driver: at(`${FIMC}/fimc-core.c`, 1147),
    ...contig,
    ...oneLongSegment(`${FIMC}/fimc-core.c`, 922, `${FIMC}/fimc-core.c`, 1006),
    evidence: [at(`${FIMC}/fimc-m2m.c`, 558), at(`${FIMC}/fimc-m2m.c`, 572), at(`${FIMC}/fimc-capture.c`, 1760)],
    note: "drivers/gpu/drm/exynos/exynos_drm_fimc.c binds it too",
  },
  {
    compatible: "rockchip,rk3288-vpu",
    driver: at(HANTRO, 721),
    ...contig,
    dmaMask: defaultMask(HANTRO, 1077),
    coherentDmaMask: exactMask("0xffffffff", HANTRO, 1159),
    maxSegmentSize: segmentSize(0xffffffff, HANTRO, 1164),
    segmentBoundaryMask: noSegmentBoundary,
    evidence: [at(HANTRO, 213), at(HANTRO, 233)],
  },
  {
    compatible: "amlogic,gxlx-vdec",
    driver: at(MESON_VDEC, 987),
    ...contig,
    ...untouchedLimits(MESON_VDEC, 997),
    evidence: [at(MESON_VDEC, 825), at(MESON_VDEC, 839)],
  },
  {
    compatible: "rockchip,rk3399-vdec",
    driver: at(RKVDEC, 997),
    ...contig,
    dmaMask: defaultMask(RKVDEC, 1006),
    coherentDmaMask: exactMask("0xffffffff", RKVDEC, 1038),
    maxSegmentSize: segmentSize(0xffffffff, RKVDEC, 1044),
    segmentBoundaryMask: noSegmentBoundary,
    evidence: [at(RKVDEC, 735), at(RKVDEC, 756)],
  },
  {
    compatible: "fsl,imx-capture-subsystem",
    driver: at(`${IMX_MEDIA}/imx-media-dev.c`, 125),
    ...contig,
    ...untouchedLimits(`${IMX_MEDIA}/imx-media-dev.c`, 72),
    evidence: [
      at(`${IMX_MEDIA}/imx-media-dev.c`, 53),
      at(`${IMX_MEDIA}/imx-media-csc-scaler.c`, 889),
      at(`${IMX_MEDIA}/imx-media-csc-scaler.c`, 594),
      at(`${IMX_MEDIA}/imx-media-csc-scaler.c`, 597),
      at(`${IMX_MEDIA}/imx-media-csc-scaler.c`, 609),
      at(`${IMX_MEDIA}/imx-media-csc-scaler.c`, 612),
    ],
    note: "its own queues are the scaler's; the capture nodes' queues belong to the image processing unit's devices",
  },
  {
    compatible: "allwinner,sun8i-h3-video-engine",
    driver: at(`${CEDRUS}/cedrus.c`, 676),
    ...contig,
    memoryRegionUse: "buffers",
    ...untouchedLimits(`${CEDRUS}/cedrus.c`, 455),
    evidence: [
      at(`${CEDRUS}/cedrus_hw.c`, 252),
      at(`${CEDRUS}/cedrus_video.c`, 588),
      at(`${CEDRUS}/cedrus_video.c`, 604),
    ],
  },
  {
    compatible: "nvidia,tegra210-vi",
    driver: at(TEGRA_VI, 1969),
    ...contig,
    ...untouchedLimits(TEGRA_VI, 1882),
    evidence: [at(TEGRA_VI, 1178), at(TEGRA_VI, 1181)],
    note: "the device host1x makes for the whole camera has limits of its own, but maps nothing",
  },
  {
    compatible: "amlogic,gxbb-vdec",
    driver: at(MESON_VDEC, 981),
    ...contig,
    ...untouchedLimits(MESON_VDEC, 997),
    evidence: [at(MESON_VDEC, 825), at(MESON_VDEC, 839)],
  },
];
