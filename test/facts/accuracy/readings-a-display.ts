/** The first half of the drawn sample, its display and GPU part: `drivers/gpu`. */
import {
  at,
  bothMasks,
  defaultMask,
  defaultSegmentSize,
  exactMask,
  noSegmentBoundary,
  sameMasks,
  segmentSize,
  untouchedLimits,
  variantMask,
} from "../../../src/facts/reviewed/shorthand.js";
import type { Reading, Unbound } from "./reading.js";

const DRM = "drivers/gpu/drm";
const PRIME = `${DRM}/drm_prime.c`;
const STM_DSI = `${DRM}/stm/dw_mipi_dsi-stm.c`;
const STM = `${DRM}/stm/drv.c`;
const ASPEED = `${DRM}/aspeed/aspeed_gfx_drv.c`;
const PVR = `${DRM}/imagination`;
const ROCKCHIP = `${DRM}/rockchip`;
const NOUVEAU = `${DRM}/nouveau`;
const MSM = `${DRM}/msm`;
const SIMPLEDRM = `${DRM}/tiny/simpledrm.c`;
const MTK = `${DRM}/mediatek`;
const VC4 = `${DRM}/vc4`;
const RZ_DU = `${DRM}/renesas/rz-du`;
const SUN4I = `${DRM}/sun4i`;
const EXYNOS = `${DRM}/exynos`;
const ETNAVIV = `${DRM}/etnaviv`;
const TDA998X = `${DRM}/i2c/tda998x_drv.c`;
const PRG = "drivers/gpu/ipu-v3/ipu-prg.c";
const MESON = `${DRM}/meson/meson_drv.c`;
const SOLOMON = `${DRM}/solomon`;
const KIRIN = `${DRM}/hisilicon/kirin`;
const ARMADA = `${DRM}/armada`;
const PANFROST = `${DRM}/panfrost`;
const XLNX = `${DRM}/xlnx`;
const OMAP_DSS = `${DRM}/omapdrm/dss`;

/** A device that maps for itself, without MMU, DMA controller or memory region. */
const self = { appliesTo: "self", mmu: "none", slaveDma: false, memoryRegionUse: null } as const;

/** A block that passes pixels on and touches no memory. */
const noDma = { ...self, usesDma: false, kinds: [] } as const;

/** A DRM device on the GEM DMA helpers. */
const gemDma = { ...self, usesDma: true, kinds: ["gem-dma"] } as const;

/** In the order of the draw. Of a component bound below a DRM device, the limits are those its own node gets, the kinds those of the memory it reads. */
export const READINGS_A_DISPLAY: readonly (Reading | Unbound)[] = [
  {
    compatible: "st,stm32-dsi",
    driver: at(STM_DSI, 599),
    ...noDma,
    ...untouchedLimits(STM_DSI, 604),
    evidence: [at(STM_DSI, 604)],
    note: "a bridge",
  },
  {
    compatible: "aspeed,ast2600-gfx",
    driver: at(ASPEED, 95),
    ...gemDma,
    memoryRegionUse: "buffers",
    ...bothMasks("0xffffffff", ASPEED, 180),
    evidence: [at(ASPEED, 248), at(ASPEED, 173)],
  },
  {
    compatible: "img,img-axe",
    driver: at(`${PVR}/pvr_drv.c`, 1476),
    ...self,
    mmu: "device",
    dmaMask: { kind: "runtime", sources: [at(`${PVR}/pvr_device.c`, 377), at(`${PVR}/pvr_device.c`, 371)] },
    coherentDmaMask: defaultMask(`${PVR}/pvr_drv.c`, 1399),
    maxSegmentSize: segmentSize(0xffffffff, `${PVR}/pvr_device.c`, 383),
    segmentBoundaryMask: noSegmentBoundary,
    usesDma: true,
    kinds: ["gem-shmem"],
    evidence: [at(`${PVR}/pvr_gem.c`, 359), at(`${PVR}/pvr_drv.c`, 1394), at(`${PVR}/pvr_vm.c`, 357)],
    note: "the width of the bus comes with the firmware chosen for the identification register",
  },
  {
    compatible: "rockchip,px30-lvds",
    driver: at(`${ROCKCHIP}/rockchip_lvds.c`, 536),
    ...noDma,
    appliesTo: { aggregate: "rockchip,display-subsystem" },
    ...untouchedLimits(`${ROCKCHIP}/rockchip_lvds.c`, 695),
    evidence: [at(`${ROCKCHIP}/rockchip_lvds.c`, 730)],
    note: "an encoder bound below the display subsystem",
  },
  {
    compatible: "nvidia,gm20b",
    driver: at(`${NOUVEAU}/nouveau_platform.c`, 70),
    ...self,
    mmu: "device",
    dmaMask: variantMask(
      "0x3ffffffff",
      `${NOUVEAU}/nvkm/engine/device/tegra.c`,
      299,
      at(`${NOUVEAU}/nouveau_platform.c`, 53),
    ),
    coherentDmaMask: defaultMask(`${NOUVEAU}/nouveau_platform.c`, 24),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    usesDma: true,
    kinds: ["ttm"],
    evidence: [
      at(`${NOUVEAU}/nouveau_ttm.c`, 302),
      at(`${NOUVEAU}/nouveau_mem.c`, 75),
      at(`${NOUVEAU}/nvkm/engine/device/tegra.c`, 123),
      at(`${NOUVEAU}/nvkm/subdev/instmem/gk20a.c`, 477),
    ],
    note: "buffers go through the GPU's own page tables; behind an IOMMU the driver also makes a domain of its own, for its instance memory",
  },
  {
    compatible: "qcom,sc7180-dpu",
    driver: at(`${MSM}/disp/dpu1/dpu_kms.c`, 1452),
    ...self,
    mmu: "manages-iommu-domain",
    memoryRegionUse: "buffers",
    ...sameMasks(
      exactMask("0xffffffffffffffff", `${MSM}/msm_drv.c`, 1092),
      segmentSize(0xffffffff, `${MSM}/msm_drv.c`, 262),
    ),
    usesDma: true,
    kinds: ["own"],
    evidence: [
      at(`${MSM}/msm_kms.c`, 184),
      at(`${MSM}/msm_gem.c`, 180),
      at(`${MSM}/msm_gem.c`, 85),
      at(`${MSM}/msm_drv.c`, 149),
      at(`${MSM}/msm_drv.c`, 183),
    ],
    note: "of the region only its size is taken: what is allocated is whatever the DMA layer gives; the IOMMU may stand on the parent node, the mapping device is this one",
  },
  {
    compatible: "simple-framebuffer",
    driver: at(SIMPLEDRM, 1108),
    ...self,
    memoryRegionUse: "buffers",
    ...untouchedLimits(SIMPLEDRM, 1074),
    usesDma: true,
    kinds: ["gem-shmem"],
    evidence: [at(SIMPLEDRM, 1060), at(SIMPLEDRM, 197), at(SIMPLEDRM, 683), at(PRIME, 1007), at(PRIME, 964)],
    note: "the CPU copies into the frame buffer that the firmware left, in the region; only an import is mapped for the node; drivers/video/fbdev/simplefb.c binds it too",
  },
  {
    compatible: "mediatek,mt8195-disp-ovl",
    driver: at(`${MTK}/mtk_disp_ovl.c`, 757),
    ...self,
    ...sameMasks(defaultMask(`${MTK}/mtk_disp_ovl.c`, 610), segmentSize(0xffffffff, `${MTK}/mtk_drm_drv.c`, 573)),
    usesDma: true,
    kinds: ["own"],
    evidence: [
      at(`${MTK}/mtk_crtc.c`, 1107),
      at(`${MTK}/mtk_drm_drv.c`, 215),
      at(`${MTK}/mtk_drm_drv.c`, 610),
      at(`${MTK}/mtk_gem.c`, 80),
      at(`${MTK}/mtk_gem.c`, 222),
    ],
    note: "this overlay heads the main path, so the DRM device maps and allocates everything for its node",
  },
  {
    compatible: "brcm,bcm2835-v3d",
    driver: at(`${VC4}/vc4_v3d.c`, 534),
    ...gemDma,
    appliesTo: { aggregate: "brcm,bcm2835-vc4" },
    ...untouchedLimits(`${VC4}/vc4_v3d.c`, 523),
    evidence: [
      at(`${VC4}/vc4_drv.c`, 214),
      at(`${VC4}/vc4_bo.c`, 444),
      at(`${VC4}/vc4_drv.c`, 297),
      at(`${VC4}/vc4_drv.c`, 312),
    ],
    note: "the vc4 node maps; its coherent mask is set to 32 bits, and its bus is taken from the first HVS or V3D node of the tree",
  },
  {
    compatible: "renesas,r9a07g043u-du",
    driver: at(`${RZ_DU}/rzg2l_du_drv.c`, 53),
    ...gemDma,
    ...bothMasks("0xffffffff", `${RZ_DU}/rzg2l_du_drv.c`, 136),
    evidence: [
      at(`${RZ_DU}/rzg2l_du_drv.c`, 81),
      at(`${RZ_DU}/rzg2l_du_kms.c`, 83),
      at(`${RZ_DU}/rzg2l_du_vsp.c`, 148),
      at(PRIME, 955),
    ],
    note: "the VSP reads memory at the address mapped for this node; without gem_prime_import_sg_table nothing can be imported",
  },
  {
    compatible: "allwinner,sun8i-v3s-tcon",
    driver: at(`${SUN4I}/sun4i_tcon.c`, 1561),
    ...noDma,
    appliesTo: { aggregate: "allwinner,sun8i-v3s-display-engine" },
    ...untouchedLimits(`${SUN4I}/sun4i_tcon.c`, 1317),
    evidence: [at(`${SUN4I}/sun4i_tcon.c`, 1334), at(`${SUN4I}/sun4i_drv.c`, 433)],
    note: "a timing controller bound below the display engine; the mixer reads the memory",
  },
  {
    compatible: "samsung,exynos4212-rotator",
    driver: at(`${EXYNOS}/exynos_drm_rotator.c`, 439),
    ...self,
    appliesTo: { aggregate: ["samsung,exynos4210-fimd", "samsung,exynos4212-mixer"] },
    mmu: "manages-iommu-domain",
    ...sameMasks(defaultMask(`${EXYNOS}/exynos_drm_rotator.c`, 278), {
      kind: "set",
      value: 0xffffffff,
      setBy: "driver",
      sources: [at(`${EXYNOS}/exynos_drm_dma.c`, 54), at(`${EXYNOS}/exynos_drm_dma.c`, 106)],
    }),
    usesDma: true,
    kinds: ["own"],
    evidence: [
      at(`${EXYNOS}/exynos_drm_rotator.c`, 252),
      at(`${EXYNOS}/exynos_drm_dma.c`, 101),
      at(`${EXYNOS}/exynos_drm_dma.c`, 113),
      at(`${EXYNOS}/exynos_drm_gem.c`, 56),
      at(`${EXYNOS}/exynos_drm_gem.c`, 402),
      at(`${EXYNOS}/exynos_drm_drv.c`, 163),
    ],
    note: "the first component bound maps for all, a display controller where there is one; with CONFIG_EXYNOS_IOMMU each component is attached to that one's domain, and only then is a segment size set",
  },
  {
    compatible: "vivante,gc",
    driver: at(`${ETNAVIV}/etnaviv_gpu.c`, 1849),
    ...self,
    appliesTo: { virtual: "etnaviv", configuredFrom: "vivante,gc" },
    mmu: "device",
    dmaMask: exactMask("0xffffffffff", `${ETNAVIV}/etnaviv_drv.c`, 644),
    coherentDmaMask: exactMask("0xffffffff", `${ETNAVIV}/etnaviv_drv.c`, 645),
    maxSegmentSize: segmentSize(0x80000000, `${ETNAVIV}/etnaviv_drv.c`, 532),
    segmentBoundaryMask: noSegmentBoundary,
    usesDma: true,
    kinds: ["own"],
    evidence: [
      at(`${ETNAVIV}/etnaviv_drv.c`, 735),
      at(`${ETNAVIV}/etnaviv_drv.c`, 657),
      at(`${ETNAVIV}/etnaviv_gem.c`, 61),
      at(`${ETNAVIV}/etnaviv_gem.c`, 30),
      at(`${ETNAVIV}/etnaviv_mmu.c`, 317),
    ],
  },
  {
    compatible: "nxp,tda998x",
    unbound: "a chip on I2C, which has no DMA",
    evidence: [at(TDA998X, 2090), at(TDA998X, 2112)],
  },
  {
    compatible: "fsl,imx6qp-prg",
    driver: at(PRG, 466),
    ...noDma,
    ...untouchedLimits(PRG, 358),
    evidence: [at(PRG, 358)],
    note: "a gasket in front of the image processing unit, programmed with addresses that others mapped",
  },
  {
    compatible: "amlogic,meson-gxl-vpu",
    driver: at(MESON, 544),
    ...gemDma,
    ...untouchedLimits(MESON, 476),
    evidence: [at(MESON, 100), at(MESON, 180)],
  },
  {
    compatible: "solomon,ssd1306fb-i2c",
    unbound:
      "a chip on I2C, which has no DMA: the CPU reads the gem-shmem buffers; drivers/video/fbdev/ssd1307fb.c binds it too",
    evidence: [
      at(`${SOLOMON}/ssd130x-i2c.c`, 84),
      at(`${SOLOMON}/ssd130x-i2c.c`, 121),
      at(`${SOLOMON}/ssd130x.c`, 1783),
      at("drivers/video/fbdev/ssd1307fb.c", 632),
    ],
  },
  {
    compatible: "hisilicon,hi6220-dsi",
    driver: at(`${KIRIN}/dw_drm_dsi.c`, 885),
    ...noDma,
    appliesTo: { aggregate: "hisilicon,hi6220-ade" },
    ...untouchedLimits(`${KIRIN}/dw_drm_dsi.c`, 846),
    evidence: [at(`${KIRIN}/dw_drm_dsi.c`, 740), at(`${KIRIN}/kirin_drm_drv.c`, 296)],
    note: "an encoder bound below the display engine once a panel attaches",
  },
  {
    compatible: "marvell,dove-lcd",
    driver: at(`${ARMADA}/armada_crtc.c`, 1066),
    ...self,
    appliesTo: { virtual: "armada-drm", configuredFrom: "marvell,dove-lcd" },
    ...untouchedLimits(`${ARMADA}/armada_crtc.c`, 1054),
    usesDma: true,
    kinds: ["own"],
    evidence: [
      at(`${ARMADA}/armada_drv.c`, 241),
      at(`${ARMADA}/armada_drv.c`, 117),
      at(`${ARMADA}/armada_gem.c`, 144),
      at(`${ARMADA}/armada_gem.c`, 412),
      at(`${ARMADA}/armada_gem.c`, 517),
      at(`${ARMADA}/armada_gem.c`, 550),
    ],
    note: "imports are mapped for a platform device without a node, made by board code and configured from nowhere, and must be one entry; own buffers come from that device's memory resource, not from the DMA layer",
  },
  {
    compatible: "arm,mali-bifrost",
    driver: at(`${PANFROST}/panfrost_drv.c`, 817),
    ...self,
    mmu: "device",
    ...sameMasks(
      { kind: "runtime", sources: [at(`${PANFROST}/panfrost_gpu.c`, 478)] },
      segmentSize(0xffffffff, `${PANFROST}/panfrost_gpu.c`, 483),
    ),
    usesDma: true,
    kinds: ["gem-shmem"],
    evidence: [
      at(`${PANFROST}/panfrost_gem.c`, 277),
      at(`${PANFROST}/panfrost_gem.c`, 296),
      at(`${PANFROST}/panfrost_mmu.c`, 643),
    ],
    note: "the physical address bits in the MMU's feature register",
  },
  {
    compatible: "xlnx,zynqmp-dpsub-1.7",
    driver: at(`${XLNX}/zynqmp_dpsub.c`, 318),
    ...gemDma,
    slaveDma: true,
    memoryRegionUse: "buffers",
    dmaMask: exactMask("0xfffffffffff", `${XLNX}/zynqmp_dpsub.c`, 230),
    coherentDmaMask: defaultMask(`${XLNX}/zynqmp_dpsub.c`, 217),
    maxSegmentSize: segmentSize(0xffffffff, `${XLNX}/zynqmp_dpsub.c`, 234),
    segmentBoundaryMask: noSegmentBoundary,
    evidence: [
      at(`${XLNX}/zynqmp_kms.c`, 404),
      at(`${XLNX}/zynqmp_dpsub.c`, 237),
      at(`${XLNX}/zynqmp_disp.h`, 25),
      at(`${XLNX}/zynqmp_disp.c`, 1252),
      at(`${XLNX}/zynqmp_disp.c`, 1168),
    ],
    note: "a DMA controller fetches the pixels, but buffers are mapped and allocated for the node itself, whose masks so count",
  },
  {
    compatible: "ti,omap3-dsi",
    driver: at(`${OMAP_DSS}/dsi.c`, 4857),
    ...noDma,
    appliesTo: { aggregate: "ti,omap3-dss" },
    ...untouchedLimits(`${OMAP_DSS}/dsi.c`, 4881),
    evidence: [at(`${OMAP_DSS}/dsi.c`, 5027), at(`${OMAP_DSS}/dss.c`, 1296), at(`${OMAP_DSS}/dss.c`, 1325)],
    note: "an encoder bound below the display subsystem, whose buffers a platform device omapdrm without a node has; drivers/video/fbdev/omap2/omapfb/dss/dsi.c binds it too",
  },
  {
    compatible: "amd,imageon",
    driver: at(`${MSM}/adreno/adreno_device.c`, 287),
    ...self,
    appliesTo: { virtual: "msm", configuredFrom: "amd,imageon" },
    mmu: "device",
    ...sameMasks(
      exactMask("0xffffffffffffffff", `${MSM}/msm_drv.c`, 1092),
      segmentSize(0xffffffff, `${MSM}/msm_drv.c`, 262),
    ),
    usesDma: true,
    kinds: ["own"],
    evidence: [
      at(`${MSM}/adreno/adreno_device.c`, 255),
      at(`${MSM}/adreno/adreno_device.c`, 268),
      at(`${MSM}/adreno/a2xx_gpu.c`, 475),
      at(`${MSM}/adreno/a2xx_gpummu.c`, 44),
      at(`${MSM}/msm_gem.c`, 85),
      at(`${MSM}/msm_gem.c`, 180),
    ],
    note: "the platform device is made for this node but configured from none; only the GPU's page table is allocated for the node itself",
  },
  {
    compatible: "st,stm32-ltdc",
    driver: at(STM, 238),
    ...gemDma,
    dmaMask: defaultMask(STM, 183),
    coherentDmaMask: exactMask("0xffffffff", STM, 195),
    maxSegmentSize: defaultSegmentSize,
    segmentBoundaryMask: noSegmentBoundary,
    evidence: [at(STM, 68)],
  },
  {
    compatible: "aspeed,ast2500-gfx",
    driver: at(ASPEED, 94),
    ...gemDma,
    memoryRegionUse: "buffers",
    ...bothMasks("0xffffffff", ASPEED, 180),
    evidence: [at(ASPEED, 248), at(ASPEED, 173)],
  },
  {
    compatible: "rockchip,px30-vop-lit",
    driver: at(`${ROCKCHIP}/rockchip_vop_reg.c`, 1242),
    ...self,
    appliesTo: { aggregate: "rockchip,display-subsystem" },
    mmu: "manages-iommu-domain",
    ...untouchedLimits(`${ROCKCHIP}/rockchip_vop_reg.c`, 1268),
    usesDma: true,
    kinds: ["own"],
    evidence: [
      at(`${ROCKCHIP}/rockchip_drm_vop.c`, 2268),
      at(`${ROCKCHIP}/rockchip_drm_vop.c`, 644),
      at(`${ROCKCHIP}/rockchip_drm_drv.c`, 111),
      at(`${ROCKCHIP}/rockchip_drm_drv.c`, 70),
      at(`${ROCKCHIP}/rockchip_drm_gem.c`, 84),
      at(`${ROCKCHIP}/rockchip_drm_gem.c`, 41),
      at(`${ROCKCHIP}/rockchip_drm_gem.c`, 167),
    ],
    note: "the display subsystem's node maps, with default limits too; the domain is made only where an IOMMU serves the VOP",
  },
];
