/** Written by `npm run facts:options` from the Makefiles of Linux 6.12.117: what each driver's file is built by, as `readDriverOptions()` reads it. */
export const DRIVER_OPTIONS: string = `drivers/ata/
ahci_brcm.c AHCI_BRCM
ahci_ceva.c AHCI_CEVA
ahci_da850.c AHCI_DA850
ahci_dm816.c AHCI_DM816
ahci_dwc.c AHCI_DWC
ahci_imx.c AHCI_IMX
ahci_mtk.c AHCI_MTK
ahci_mvebu.c AHCI_MVEBU
ahci_platform.c SATA_AHCI_PLATFORM
ahci_qoriq.c AHCI_QORIQ
ahci_st.c AHCI_ST
ahci_sunxi.c AHCI_SUNXI
ahci_tegra.c AHCI_TEGRA
ahci_xgene.c AHCI_XGENE
pata_arasan_cf.c PATA_ARASAN_CF
pata_ep93xx.c PATA_EP93XX
pata_ftide010.c PATA_FTIDE010
pata_imx.c PATA_IMX
pata_ixp4xx_cf.c PATA_IXP4XX_CF
pata_mpc52xx.c PATA_MPC52xx
pata_octeon_cf.c PATA_OCTEON_CF
pata_of_platform.c PATA_OF_PLATFORM
sata_dwc_460ex.c SATA_DWC
sata_fsl.c SATA_FSL
sata_highbank.c SATA_HIGHBANK
sata_mv.c SATA_MV
sata_rcar.c SATA_RCAR
drivers/char/xillybus/
xillybus_of.c XILLYBUS_OF
drivers/cpufreq/
tegra186-cpufreq.c ARM_TEGRA186_CPUFREQ
drivers/crypto/
atmel-aes.c CRYPTO_DEV_ATMEL_AES
atmel-sha.c CRYPTO_DEV_ATMEL_SHA
atmel-tdes.c CRYPTO_DEV_ATMEL_TDES
img-hash.c CRYPTO_DEV_IMGTEC_HASH
mxs-dcp.c CRYPTO_DEV_MXS_DCP
omap-aes.c CRYPTO_DEV_OMAP_AES
omap-des.c CRYPTO_DEV_OMAP_DES
omap-sham.c CRYPTO_DEV_OMAP_SHAM
s5p-sss.c CRYPTO_DEV_S5P
sa2ul.c CRYPTO_DEV_SA2UL
sahara.c CRYPTO_DEV_SAHARA
talitos.c CRYPTO_DEV_TALITOS
drivers/crypto/allwinner/sun8i-ce/
sun8i-ce-core.c CRYPTO_DEV_SUN8I_CE
drivers/crypto/allwinner/sun8i-ss/
sun8i-ss-core.c CRYPTO_DEV_SUN8I_SS
drivers/crypto/amcc/
crypto4xx_core.c CRYPTO_DEV_PPC4XX
drivers/crypto/amlogic/
amlogic-gxl-core.c CRYPTO_DEV_AMLOGIC_GXL
drivers/crypto/aspeed/
aspeed-acry.c CRYPTO_DEV_ASPEED+CRYPTO_DEV_ASPEED_ACRY
aspeed-hace.c CRYPTO_DEV_ASPEED
drivers/crypto/axis/
artpec6_crypto.c CRYPTO_DEV_ARTPEC6
drivers/crypto/caam/
ctrl.c CRYPTO_DEV_FSL_CAAM
jr.c CRYPTO_DEV_FSL_CAAM_JR
drivers/crypto/ccp/
sp-platform.c CRYPTO_DEV_CCP_DD
drivers/crypto/ccree/
cc_driver.c CRYPTO_DEV_CCREE
drivers/crypto/gemini/
sl3516-ce-core.c CRYPTO_DEV_SL3516
drivers/crypto/hisilicon/sec/
sec_drv.c CRYPTO_DEV_HISI_SEC
drivers/crypto/inside-secure/
safexcel.c CRYPTO_DEV_SAFEXCEL
drivers/crypto/intel/ixp4xx/
ixp4xx_crypto.c CRYPTO_DEV_IXP4XX
drivers/crypto/intel/keembay/
keembay-ocs-aes-core.c CRYPTO_DEV_KEEMBAY_OCS_AES_SM4
keembay-ocs-hcu-core.c CRYPTO_DEV_KEEMBAY_OCS_HCU
drivers/crypto/marvell/cesa/
cesa.c CRYPTO_DEV_MARVELL_CESA
drivers/crypto/qce/
core.c CRYPTO_DEV_QCE
drivers/crypto/rockchip/
rk3288_crypto.c CRYPTO_DEV_ROCKCHIP
drivers/crypto/starfive/
jh7110-cryp.c CRYPTO_DEV_JH7110
drivers/crypto/stm32/
stm32-cryp.c CRYPTO_DEV_STM32_CRYP
stm32-hash.c CRYPTO_DEV_STM32_HASH
drivers/crypto/tegra/
tegra-se-main.c CRYPTO_DEV_TEGRA
drivers/crypto/xilinx/
zynqmp-aes-gcm.c CRYPTO_DEV_ZYNQMP_AES
drivers/dma/
altera-msgdma.c ALTERA_MSGDMA
amba-pl08x.c AMBA_PL08X
apple-admac.c APPLE_ADMAC
at_hdmac.c AT_HDMAC
at_xdmac.c AT_XDMAC
bcm-sba-raid.c BCM_SBA_RAID
bcm2835-dma.c DMA_BCM2835
dma-axi-dmac.c AXI_DMAC
dma-jz4780.c DMA_JZ4780
ep93xx_dma.c EP93XX_DMA
fsl-edma-main.c FSL_EDMA
fsl-qdma.c FSL_QDMA
fsl_raid.c FSL_RAID
fsldma.c FSL_DMA
img-mdc-dma.c IMG_MDC_DMA
imx-dma.c IMX_DMA
imx-sdma.c IMX_SDMA
k3dma.c K3_DMA
loongson1-apb-dma.c LOONGSON1_APB_DMA
ls2x-apb-dma.c LS2X_APB_DMA
milbeaut-hdmac.c MILBEAUT_HDMAC
milbeaut-xdmac.c MILBEAUT_XDMAC
mmp_pdma.c MMP_PDMA
mmp_tdma.c MMP_TDMA
moxart-dma.c MOXART_DMA
mpc512x_dma.c MPC512X_DMA
mv_xor.c MV_XOR
mv_xor_v2.c MV_XOR_V2
mxs-dma.c MXS_DMA
nbpfaxi.c NBPFAXI_DMA
owl-dma.c OWL_DMA
pl330.c PL330_DMA
pxa_dma.c PXA_DMA
sprd-dma.c SPRD_DMA
st_fdma.c ST_FDMA
ste_dma40.c STE_DMA40
sun4i-dma.c DMA_SUN4I
sun6i-dma.c DMA_SUN6I
tegra186-gpc-dma.c TEGRA186_GPC_DMA
tegra20-apb-dma.c TEGRA20_APB_DMA
tegra210-adma.c TEGRA210_ADMA
uniphier-mdmac.c UNIPHIER_MDMAC
uniphier-xdmac.c UNIPHIER_XDMAC
xgene-dma.c XGENE_DMA
drivers/dma/dw-axi-dmac/
dw-axi-dmac-platform.c DW_AXI_DMAC
drivers/dma/dw/
platform.c DW_DMAC
drivers/dma/lgm/
lgm-dma.c INTEL_LDMA
drivers/dma/mediatek/
mtk-cqdma.c MTK_CQDMA
mtk-hsdma.c MTK_HSDMA
mtk-uart-apdma.c MTK_UART_APDMA
drivers/dma/ppc4xx/
adma.c AMCC_PPC440SPE_ADMA
drivers/dma/qcom/
bam_dma.c QCOM_BAM_DMA
gpi.c QCOM_GPI_DMA
qcom_adm.c QCOM_ADM
drivers/dma/sf-pdma/
sf-pdma.c SF_PDMA
drivers/dma/sh/
rcar-dmac.c RCAR_DMAC
rz-dmac.c RZ_DMAC
usb-dmac.c RENESAS_USB_DMAC
drivers/dma/stm32/
stm32-dma.c STM32_DMA
stm32-dma3.c STM32_DMA3
stm32-mdma.c STM32_MDMA
drivers/dma/ti/
cppi41.c TI_CPPI41
edma.c TI_EDMA
k3-udma.c TI_K3_UDMA
omap-dma.c DMA_OMAP
drivers/dma/xilinx/
xilinx_dma.c XILINX_DMA
xilinx_dpdma.c XILINX_ZYNQMP_DPDMA
zynqmp_dma.c XILINX_ZYNQMP_DMA
drivers/edac/
altera_edac.c EDAC_ALTERA
drivers/firmware/
raspberrypi.c RASPBERRYPI_FIRMWARE
turris-mox-rwtm.c TURRIS_MOX_RWTM
drivers/firmware/qcom/
qcom_scm.c QCOM_SCM
drivers/firmware/tegra/
bpmp.c TEGRA_BPMP
drivers/fpga/
versal-fpga.c FPGA_MGR_VERSAL_FPGA
zynq-fpga.c FPGA_MGR_ZYNQ_FPGA
zynqmp-fpga.c FPGA_MGR_ZYNQMP_FPGA
drivers/gpu/drm/amd/amdgpu/
amdgpu_drv.c DRM_AMDGPU
drivers/gpu/drm/arm/
hdlcd_drv.c DRM_HDLCD
malidp_drv.c DRM_MALI_DISPLAY
drivers/gpu/drm/arm/display/komeda/
komeda_drv.c DRM_KOMEDA
drivers/gpu/drm/armada/
armada_crtc.c DRM_ARMADA
drivers/gpu/drm/aspeed/
aspeed_gfx_drv.c DRM_ASPEED_GFX
drivers/gpu/drm/atmel-hlcdc/
atmel_hlcdc_dc.c DRM_ATMEL_HLCDC
drivers/gpu/drm/bridge/
fsl-ldb.c DRM_FSL_LDB
nwl-dsi.c DRM_NWL_MIPI_DSI
samsung-dsim.c DRM_SAMSUNG_DSIM
drivers/gpu/drm/bridge/cadence/
cdns-mhdp8546-core.c DRM_CDNS_MHDP8546
drivers/gpu/drm/bridge/imx/
imx8mp-hdmi-pvi.c DRM_IMX8MP_HDMI_PVI
imx8mp-hdmi-tx.c DRM_IMX8MP_DW_HDMI_BRIDGE
drivers/gpu/drm/etnaviv/
etnaviv_gpu.c DRM_ETNAVIV
drivers/gpu/drm/exynos/
exynos5433_drm_decon.c DRM_EXYNOS+DRM_EXYNOS5433_DECON
exynos7_drm_decon.c DRM_EXYNOS+DRM_EXYNOS7_DECON
exynos_dp.c DRM_EXYNOS+DRM_EXYNOS_DP
exynos_drm_dsi.c DRM_EXYNOS+DRM_EXYNOS_DSI
exynos_drm_fimc.c DRM_EXYNOS+DRM_EXYNOS_FIMC
exynos_drm_fimd.c DRM_EXYNOS+DRM_EXYNOS_FIMD
exynos_drm_g2d.c DRM_EXYNOS+DRM_EXYNOS_G2D
exynos_drm_gsc.c DRM_EXYNOS+DRM_EXYNOS_GSC
exynos_drm_mic.c DRM_EXYNOS+DRM_EXYNOS_MIC
exynos_drm_rotator.c DRM_EXYNOS+DRM_EXYNOS_ROTATOR
exynos_drm_scaler.c DRM_EXYNOS+DRM_EXYNOS_SCALER
exynos_hdmi.c DRM_EXYNOS+DRM_EXYNOS_HDMI
exynos_mixer.c DRM_EXYNOS+DRM_EXYNOS_MIXER
drivers/gpu/drm/fsl-dcu/
fsl_dcu_drm_drv.c DRM_FSL_DCU
drivers/gpu/drm/hisilicon/kirin/
dw_drm_dsi.c DRM_HISI_KIRIN
kirin_drm_drv.c DRM_HISI_KIRIN
drivers/gpu/drm/i915/
i915_pci.c DRM_I915
drivers/gpu/drm/imagination/
pvr_drv.c DRM_POWERVR
drivers/gpu/drm/imx/dcss/
dcss-drv.c DRM_IMX_DCSS
drivers/gpu/drm/imx/ipuv3/
dw_hdmi-imx.c DRM_IMX_HDMI
imx-drm-core.c DRM_IMX
imx-ldb.c DRM_IMX_LDB
imx-tve.c DRM_IMX_TVE
parallel-display.c DRM_IMX_PARALLEL_DISPLAY
drivers/gpu/drm/imx/lcdc/
imx-lcdc.c DRM_IMX_LCDC
drivers/gpu/drm/ingenic/
ingenic-drm-drv.c DRM_INGENIC
ingenic-ipu.c DRM_INGENIC+DRM_INGENIC_IPU
drivers/gpu/drm/kmb/
kmb_drv.c DRM_KMB_DISPLAY
drivers/gpu/drm/lima/
lima_drv.c DRM_LIMA
drivers/gpu/drm/logicvc/
logicvc_drm.c DRM_LOGICVC
drivers/gpu/drm/mcde/
mcde_drv.c DRM_MCDE
mcde_dsi.c DRM_MCDE
drivers/gpu/drm/mediatek/
mtk_disp_aal.c DRM_MEDIATEK
mtk_disp_ccorr.c DRM_MEDIATEK
mtk_disp_color.c DRM_MEDIATEK
mtk_disp_gamma.c DRM_MEDIATEK
mtk_disp_merge.c DRM_MEDIATEK
mtk_disp_ovl.c DRM_MEDIATEK
mtk_disp_rdma.c DRM_MEDIATEK
mtk_dp.c DRM_MEDIATEK_DP
mtk_dpi.c DRM_MEDIATEK
mtk_drm_drv.c DRM_MEDIATEK
mtk_dsi.c DRM_MEDIATEK
mtk_ethdr.c DRM_MEDIATEK
mtk_hdmi.c DRM_MEDIATEK_HDMI
mtk_mdp_rdma.c DRM_MEDIATEK
mtk_padding.c DRM_MEDIATEK
drivers/gpu/drm/meson/
meson_drv.c DRM_MESON
meson_dw_hdmi.c DRM_MESON_DW_HDMI
meson_dw_mipi_dsi.c DRM_MESON_DW_MIPI_DSI
drivers/gpu/drm/msm/
msm_mdss.c DRM_MSM+DRM_MSM_MDSS
drivers/gpu/drm/msm/adreno/
a6xx_gmu.c DRM_MSM
adreno_device.c DRM_MSM
drivers/gpu/drm/msm/disp/dpu1/
dpu_kms.c DRM_MSM+DRM_MSM_DPU
drivers/gpu/drm/msm/disp/mdp4/
mdp4_kms.c DRM_MSM+DRM_MSM_MDP4
drivers/gpu/drm/msm/disp/mdp5/
mdp5_kms.c DRM_MSM+DRM_MSM_MDP5
drivers/gpu/drm/msm/dp/
dp_display.c DRM_MSM+DRM_MSM_DP
drivers/gpu/drm/msm/dsi/
dsi.c DRM_MSM+DRM_MSM_DSI
drivers/gpu/drm/msm/dsi/phy/
dsi_phy.c DRM_MSM+DRM_MSM_DSI
drivers/gpu/drm/msm/hdmi/
hdmi.c DRM_MSM+DRM_MSM_HDMI
hdmi_phy.c DRM_MSM+DRM_MSM_HDMI
drivers/gpu/drm/mxsfb/
lcdif_drv.c DRM_IMX_LCDIF
mxsfb_drv.c DRM_MXSFB
drivers/gpu/drm/nouveau/
nouveau_platform.c DRM_NOUVEAU+NOUVEAU_PLATFORM_DRIVER
drivers/gpu/drm/omapdrm/
omap_dmm_tiler.c DRM_OMAP
drivers/gpu/drm/omapdrm/dss/
dispc.c DRM_OMAP
dsi.c DRM_OMAP+OMAP2_DSS_DSI
dss.c DRM_OMAP
hdmi4.c DRM_OMAP+OMAP4_DSS_HDMI
hdmi5.c DRM_OMAP+OMAP5_DSS_HDMI
venc.c DRM_OMAP+OMAP2_DSS_VENC
drivers/gpu/drm/panfrost/
panfrost_drv.c DRM_PANFROST
drivers/gpu/drm/panthor/
panthor_drv.c DRM_PANTHOR
drivers/gpu/drm/pl111/
pl111_drv.c DRM_PL111
drivers/gpu/drm/renesas/rcar-du/
rcar_du_drv.c DRM_RCAR_DU
rcar_dw_hdmi.c DRM_RCAR_DW_HDMI
rcar_lvds.c DRM_RCAR_LVDS
drivers/gpu/drm/renesas/rz-du/
rzg2l_du_drv.c DRM_RZG2L_DU
rzg2l_mipi_dsi.c DRM_RZG2L_MIPI_DSI
drivers/gpu/drm/renesas/shmobile/
shmob_drm_drv.c DRM_SHMOBILE
drivers/gpu/drm/rockchip/
analogix_dp-rockchip.c DRM_ROCKCHIP+ROCKCHIP_ANALOGIX_DP
cdn-dp-core.c DRM_ROCKCHIP+ROCKCHIP_CDN_DP
dw-mipi-dsi-rockchip.c DRM_ROCKCHIP+ROCKCHIP_DW_MIPI_DSI
dw_hdmi-rockchip.c DRM_ROCKCHIP+ROCKCHIP_DW_HDMI
inno_hdmi.c DRM_ROCKCHIP+ROCKCHIP_INNO_HDMI
rk3066_hdmi.c DRM_ROCKCHIP+ROCKCHIP_RK3066_HDMI
rockchip_drm_drv.c DRM_ROCKCHIP
rockchip_lvds.c DRM_ROCKCHIP+ROCKCHIP_LVDS
rockchip_vop2_reg.c DRM_ROCKCHIP+ROCKCHIP_VOP2
rockchip_vop_reg.c DRM_ROCKCHIP+ROCKCHIP_VOP
drivers/gpu/drm/sprd/
sprd_dpu.c DRM_SPRD
sprd_drm.c DRM_SPRD
sprd_dsi.c DRM_SPRD
drivers/gpu/drm/sti/
sti_compositor.c DRM_STI
sti_drv.c DRM_STI
sti_dvo.c DRM_STI
sti_hda.c DRM_STI
sti_hdmi.c DRM_STI
sti_hqvdp.c DRM_STI
sti_tvout.c DRM_STI
sti_vtg.c DRM_STI
drivers/gpu/drm/stm/
drv.c DRM_STM
dw_mipi_dsi-stm.c DRM_STM_DSI
drivers/gpu/drm/sun4i/
sun4i_backend.c DRM_SUN4I_BACKEND
sun4i_drv.c DRM_SUN4I
sun4i_frontend.c DRM_SUN4I+DRM_SUN4I_BACKEND
sun4i_hdmi_enc.c DRM_SUN4I_HDMI
sun4i_tcon.c DRM_SUN4I
sun4i_tv.c DRM_SUN4I
sun6i_drc.c DRM_SUN4I
sun6i_mipi_dsi.c DRM_SUN6I_DSI
sun8i_dw_hdmi.c DRM_SUN8I_DW_HDMI
sun8i_hdmi_phy.c DRM_SUN8I_DW_HDMI
sun8i_mixer.c DRM_SUN8I_MIXER
sun8i_tcon_top.c DRM_SUN8I_TCON_TOP
drivers/gpu/drm/tegra/
dc.c DRM_TEGRA
dpaux.c DRM_TEGRA
dsi.c DRM_TEGRA
gr2d.c DRM_TEGRA
gr3d.c DRM_TEGRA
hdmi.c DRM_TEGRA
hub.c DRM_TEGRA
nvdec.c DRM_TEGRA
sor.c DRM_TEGRA
vic.c DRM_TEGRA
drivers/gpu/drm/tidss/
tidss_drv.c DRM_TIDSS
drivers/gpu/drm/tilcdc/
tilcdc_drv.c DRM_TILCDC
tilcdc_panel.c DRM_TILCDC
drivers/gpu/drm/tiny/
arcpgu.c DRM_ARCPGU
bochs.c DRM_BOCHS
cirrus.c DRM_CIRRUS_QEMU
ofdrm.c DRM_OFDRM
simpledrm.c DRM_SIMPLEDRM
drivers/gpu/drm/tve200/
tve200_drv.c DRM_TVE200
drivers/gpu/drm/v3d/
v3d_drv.c DRM_V3D
drivers/gpu/drm/vc4/
vc4_crtc.c DRM_VC4
vc4_dpi.c DRM_VC4
vc4_drv.c DRM_VC4
vc4_dsi.c DRM_VC4
vc4_hdmi.c DRM_VC4
vc4_hvs.c DRM_VC4
vc4_txp.c DRM_VC4
vc4_v3d.c DRM_VC4
vc4_vec.c DRM_VC4
drivers/gpu/drm/vgem/
vgem_drv.c DRM_VGEM
drivers/gpu/drm/virtio/
virtgpu_drv.c DRM_VIRTIO_GPU
drivers/gpu/drm/vkms/
vkms_drv.c DRM_VKMS
drivers/gpu/drm/xlnx/
zynqmp_dpsub.c DRM_ZYNQMP_DPSUB
drivers/gpu/host1x/
dev.c TEGRA_HOST1X
drivers/gpu/ipu-v3/
ipu-common.c IMX_IPUV3_CORE
ipu-pre.c DRM+IMX_IPUV3_CORE
ipu-prg.c DRM+IMX_IPUV3_CORE
drivers/hsi/controllers/
omap_ssi_core.c OMAP_SSI
omap_ssi_port.c OMAP_SSI
drivers/hwtracing/coresight/
coresight-catu.c CORESIGHT_CATU
coresight-cpu-debug.c CORESIGHT_CPU_DEBUG
coresight-etb10.c CORESIGHT_SINK_ETBV10
coresight-etm3x-core.c CORESIGHT_SOURCE_ETM3X
coresight-etm4x-core.c CORESIGHT_SOURCE_ETM4X
coresight-funnel.c CORESIGHT_LINKS_AND_SINKS
coresight-replicator.c CORESIGHT_LINKS_AND_SINKS
coresight-stm.c CORESIGHT_STM
coresight-tmc-core.c CORESIGHT_LINK_AND_SINK_TMC
coresight-tpiu.c CORESIGHT_SINK_TPIU
drivers/i2c/busses/
i2c-at91-core.c I2C_AT91
i2c-cpm.c I2C_CPM
i2c-imx.c I2C_IMX
i2c-mt65xx.c I2C_MT65XX
i2c-mxs.c I2C_MXS
i2c-qcom-geni.c I2C_QCOM_GENI
i2c-qup.c I2C_QUP
i2c-rcar.c I2C_RCAR
i2c-sh_mobile.c I2C_SH_MOBILE
i2c-stm32f7.c I2C_STM32F7
i2c-tegra.c I2C_TEGRA
i2c-xgene-slimpro.c I2C_XGENE_SLIMPRO
drivers/i3c/master/mipi-i3c-hci/
core.c MIPI_I3C_HCI
drivers/iio/adc/
adi-axi-adc.c ADI_AXI_ADC
at91-sama5d2_adc.c AT91_SAMA5D2_ADC
stm32-adc.c STM32_ADC
stm32-dfsdm-adc.c STM32_DFSDM_ADC
ti_am335x_adc.c TI_AM335X_ADC
drivers/iio/dac/
adi-axi-dac.c ADI_AXI_DAC
drivers/input/touchscreen/
raspberrypi-ts.c TOUCHSCREEN_RASPBERRYPI_FW
drivers/iommu/
exynos-iommu.c EXYNOS_IOMMU
ipmmu-vmsa.c IPMMU_VMSA
mtk_iommu.c MTK_IOMMU
mtk_iommu_v1.c MTK_IOMMU_V1
omap-iommu.c OMAP_IOMMU
rockchip-iommu.c ROCKCHIP_IOMMU
sprd-iommu.c SPRD_IOMMU
sun50i-iommu.c SUN50I_IOMMU
drivers/iommu/arm/arm-smmu-v3/
arm-smmu-v3.c ARM_SMMU_V3
drivers/iommu/arm/arm-smmu/
arm-smmu.c ARM_SMMU
qcom_iommu.c QCOM_IOMMU
drivers/leds/
leds-sun50i-a100.c LEDS_SUN50I_A100
drivers/mailbox/
bcm-flexrm-mailbox.c BCM_FLEXRM_MBOX
bcm-pdc-mailbox.c BCM_PDC_MBOX
mtk-cmdq-mailbox.c MTK_CMDQ_MBOX
drivers/media/platform/
video-mux.c VIDEO_MUX
drivers/media/platform/allegro-dvt/
allegro-core.c VIDEO_ALLEGRO_DVT
drivers/media/platform/amlogic/meson-ge2d/
ge2d.c VIDEO_MESON_GE2D
drivers/media/platform/amphion/
vpu_core.c VIDEO_AMPHION_VPU
vpu_drv.c VIDEO_AMPHION_VPU
drivers/media/platform/aspeed/
aspeed-video.c VIDEO_ASPEED
drivers/media/platform/atmel/
atmel-isi.c VIDEO_ATMEL_ISI
drivers/media/platform/broadcom/
bcm2835-unicam.c VIDEO_BCM2835_UNICAM
drivers/media/platform/cadence/
cdns-csi2rx.c VIDEO_CADENCE_CSI2RX
drivers/media/platform/chips-media/coda/
coda-common.c VIDEO_CODA
imx-vdoa.c VIDEO_IMX_VDOA
drivers/media/platform/chips-media/wave5/
wave5-vpu.c VIDEO_WAVE_VPU
drivers/media/platform/imagination/
e5010-jpeg-enc.c VIDEO_E5010_JPEG_ENC
drivers/media/platform/intel/
pxa_camera.c VIDEO_PXA27x
drivers/media/platform/marvell/
mmp-driver.c VIDEO_MMP_CAMERA
drivers/media/platform/mediatek/jpeg/
mtk_jpeg_core.c VIDEO_MEDIATEK_JPEG
mtk_jpeg_dec_hw.c VIDEO_MEDIATEK_JPEG
mtk_jpeg_enc_hw.c VIDEO_MEDIATEK_JPEG
drivers/media/platform/mediatek/mdp/
mtk_mdp_core.c VIDEO_MEDIATEK_MDP
drivers/media/platform/mediatek/mdp3/
mtk-mdp3-comp.c VIDEO_MEDIATEK_MDP3
mtk-mdp3-core.c VIDEO_MEDIATEK_MDP3
drivers/media/platform/mediatek/vcodec/decoder/
mtk_vcodec_dec_drv.c VIDEO_MEDIATEK_VCODEC
mtk_vcodec_dec_hw.c VIDEO_MEDIATEK_VCODEC
drivers/media/platform/mediatek/vcodec/encoder/
mtk_vcodec_enc_drv.c VIDEO_MEDIATEK_VCODEC
drivers/media/platform/mediatek/vpu/
mtk_vpu.c VIDEO_MEDIATEK_VPU
drivers/media/platform/microchip/
microchip-sama5d2-isc.c VIDEO_MICROCHIP_ISC
microchip-sama7g5-isc.c VIDEO_MICROCHIP_XISC
drivers/media/platform/nuvoton/
npcm-video.c VIDEO_NPCM_VCD_ECE
drivers/media/platform/nvidia/tegra-vde/
vde.c VIDEO_TEGRA_VDE
drivers/media/platform/nxp/
imx-mipi-csis.c VIDEO_IMX_MIPI_CSIS
imx-pxp.c VIDEO_IMX_PXP
imx7-media-csi.c VIDEO_IMX7_CSI
imx8mq-mipi-csi2.c VIDEO_IMX8MQ_MIPI_CSI2
drivers/media/platform/nxp/dw100/
dw100.c VIDEO_DW100
drivers/media/platform/nxp/imx-jpeg/
mxc-jpeg.c VIDEO_IMX8_JPEG
drivers/media/platform/nxp/imx8-isi/
imx8-isi-core.c VIDEO_IMX8_ISI
drivers/media/platform/qcom/camss/
camss.c VIDEO_QCOM_CAMSS
drivers/media/platform/qcom/venus/
core.c VIDEO_QCOM_VENUS
vdec.c VIDEO_QCOM_VENUS
venc.c VIDEO_QCOM_VENUS
drivers/media/platform/raspberrypi/pisp_be/
pisp_be.c VIDEO_RASPBERRYPI_PISP_BE
drivers/media/platform/renesas/
rcar-csi2.c VIDEO_RCAR_CSI2
rcar-fcp.c VIDEO_RENESAS_FCP
rcar_drif.c VIDEO_RCAR_DRIF
rcar_fdp1.c VIDEO_RENESAS_FDP1
rcar_jpu.c VIDEO_RENESAS_JPU
renesas-ceu.c VIDEO_RENESAS_CEU
drivers/media/platform/renesas/rcar-vin/
rcar-core.c VIDEO_RCAR_VIN
drivers/media/platform/renesas/rzg2l-cru/
rzg2l-core.c VIDEO_RZG2L_CRU
rzg2l-csi2.c VIDEO_RZG2L_CSI2
drivers/media/platform/renesas/vsp1/
vsp1_drv.c VIDEO_RENESAS_VSP1
drivers/media/platform/rockchip/rga/
rga.c VIDEO_ROCKCHIP_RGA
drivers/media/platform/rockchip/rkisp1/
rkisp1-dev.c VIDEO_ROCKCHIP_ISP1
drivers/media/platform/samsung/exynos-gsc/
gsc-core.c VIDEO_SAMSUNG_EXYNOS_GSC
drivers/media/platform/samsung/exynos4-is/
fimc-core.c VIDEO_S5P_FIMC
fimc-is.c VIDEO_EXYNOS4_FIMC_IS
fimc-lite.c VIDEO_EXYNOS_FIMC_LITE
media-dev.c VIDEO_S5P_FIMC
mipi-csis.c VIDEO_S5P_MIPI_CSIS
drivers/media/platform/samsung/s5p-g2d/
g2d.c VIDEO_SAMSUNG_S5P_G2D
drivers/media/platform/samsung/s5p-jpeg/
jpeg-core.c VIDEO_SAMSUNG_S5P_JPEG
drivers/media/platform/samsung/s5p-mfc/
s5p_mfc.c VIDEO_SAMSUNG_S5P_MFC
drivers/media/platform/st/sti/bdisp/
bdisp-v4l2.c VIDEO_STI_BDISP
drivers/media/platform/st/sti/c8sectpfe/
c8sectpfe-core.c DVB_C8SECTPFE
drivers/media/platform/st/sti/delta/
delta-v4l2.c VIDEO_STI_DELTA_DRIVER
drivers/media/platform/st/sti/hva/
hva-v4l2.c VIDEO_STI_HVA
drivers/media/platform/st/stm32/
stm32-dcmi.c VIDEO_STM32_DCMI
drivers/media/platform/st/stm32/dma2d/
dma2d.c VIDEO_STM32_DMA2D
drivers/media/platform/st/stm32/stm32-dcmipp/
dcmipp-core.c VIDEO_STM32_DCMIPP
drivers/media/platform/sunxi/sun4i-csi/
sun4i_csi.c VIDEO_SUN4I_CSI
drivers/media/platform/sunxi/sun6i-csi/
sun6i_csi.c VIDEO_SUN6I_CSI
drivers/media/platform/sunxi/sun8i-di/
sun8i-di.c VIDEO_SUN8I_DEINTERLACE
drivers/media/platform/sunxi/sun8i-rotate/
sun8i_rotate.c VIDEO_SUN8I_ROTATE
drivers/media/platform/ti/am437x/
am437x-vpfe.c VIDEO_AM437X_VPFE
drivers/media/platform/ti/cal/
cal.c VIDEO_TI_CAL
drivers/media/platform/ti/j721e-csi2rx/
j721e-csi2rx.c VIDEO_TI_J721E_CSI2RX
drivers/media/platform/ti/omap3isp/
isp.c VIDEO_OMAP3
drivers/media/platform/ti/vpe/
vpe.c VIDEO_TI_VPE
drivers/media/platform/verisilicon/
hantro_drv.c VIDEO_HANTRO
drivers/media/platform/xilinx/
xilinx-vipp.c VIDEO_XILINX
drivers/media/test-drivers/
vim2m.c VIDEO_VIM2M
drivers/media/test-drivers/vivid/
vivid-core.c VIDEO_VIVID
drivers/memory/
mtk-smi.c MTK_SMI
drivers/memory/tegra/
mc.c TEGRA_MC
drivers/mfd/
stm32-timers.c MFD_STM32_TIMERS
drivers/misc/
fastrpc.c QCOM_FASTRPC
drivers/mmc/host/
atmel-mci.c MMC_ATMELMCI
bcm2835.c MMC_BCM2835
cavium-octeon.c MMC_CAVIUM_OCTEON
davinci_mmc.c MMC_DAVINCI
dw_mmc-bluefield.c MMC_DW_BLUEFIELD
dw_mmc-exynos.c MMC_DW_EXYNOS
dw_mmc-hi3798cv200.c MMC_DW_HI3798CV200
dw_mmc-hi3798mv200.c MMC_DW_HI3798MV200
dw_mmc-k3.c MMC_DW_K3
dw_mmc-pltfm.c MMC_DW_PLTFM
dw_mmc-rockchip.c MMC_DW_ROCKCHIP
dw_mmc-starfive.c MMC_DW_STARFIVE
jz4740_mmc.c MMC_JZ4740
litex_mmc.c MMC_LITEX
meson-gx-mmc.c MMC_MESON_GX
meson-mx-sdhc-mmc.c MMC_MESON_MX_SDHC
meson-mx-sdio.c MMC_MESON_MX_SDIO
mmci.c MMC_ARMMMCI
moxart-mmc.c MMC_MOXART
mtk-sd.c MMC_MTK
mvsdio.c MMC_MVSDIO
mxcmmc.c MMC_MXC
mxs-mmc.c MMC_MXS
omap.c MMC_OMAP
omap_hsmmc.c MMC_OMAP_HS
owl-mmc.c MMC_OWL
pxamci.c MMC_PXA
renesas_sdhi_internal_dmac.c MMC_SDHI_INTERNAL_DMAC
renesas_sdhi_sys_dmac.c MMC_SDHI_SYS_DMAC
sdhci-bcm-kona.c MMC_SDHCI_BCM_KONA
sdhci-brcmstb.c MMC_SDHCI_BRCMSTB
sdhci-cadence.c MMC_SDHCI_CADENCE
sdhci-dove.c MMC_SDHCI_DOVE
sdhci-esdhc-imx.c MMC_SDHCI_ESDHC_IMX
sdhci-iproc.c MMC_SDHCI_IPROC
sdhci-milbeaut.c MMC_SDHCI_MILBEAUT
sdhci-msm.c MMC_SDHCI_MSM
sdhci-npcm.c MMC_SDHCI_NPCM
sdhci-of-arasan.c MMC_SDHCI_OF_ARASAN
sdhci-of-aspeed.c MMC_SDHCI_OF_ASPEED
sdhci-of-at91.c MMC_SDHCI_OF_AT91
sdhci-of-dwcmshc.c MMC_SDHCI_OF_DWCMSHC
sdhci-of-esdhc.c MMC_SDHCI_OF_ESDHC
sdhci-of-hlwd.c MMC_SDHCI_OF_HLWD
sdhci-of-ma35d1.c MMC_SDHCI_OF_MA35D1
sdhci-of-sparx5.c MMC_SDHCI_OF_SPARX5
sdhci-omap.c MMC_SDHCI_OMAP
sdhci-pic32.c MMC_SDHCI_MICROCHIP_PIC32
sdhci-pxav2.c MMC_SDHCI_PXAV2
sdhci-pxav3.c MMC_SDHCI_PXAV3
sdhci-s3c.c MMC_SDHCI_S3C
sdhci-spear.c MMC_SDHCI_SPEAR
sdhci-sprd.c MMC_SDHCI_SPRD
sdhci-st.c MMC_SDHCI_ST
sdhci-tegra.c MMC_SDHCI_TEGRA
sdhci-xenon.c MMC_SDHCI_XENON
sdhci_am654.c MMC_SDHCI_AM654
sdhci_f_sdh30.c MMC_SDHCI_F_SDH30
sh_mmcif.c MMC_SH_MMCIF
sunplus-mmc.c MMC_SUNPLUS
sunxi-mmc.c MMC_SUNXI
uniphier-sd.c MMC_UNIPHIER
usdhi6rol0.c MMC_USDHI6ROL0
wmt-sdmmc.c MMC_WMT
drivers/mtd/hyperbus/
hbmc-am654.c HBMC_AM654
drivers/mtd/nand/
ecc-mtk.c MTD_NAND_ECC_MEDIATEK
ecc-mxic.c MTD_NAND_CORE+MTD_NAND_ECC_MXIC
drivers/mtd/nand/onenand/
onenand_omap2.c MTD_ONENAND_OMAP2
drivers/mtd/nand/raw/
arasan-nand-controller.c MTD_NAND_ARASAN
cadence-nand-controller.c MTD_NAND_CADENCE
denali_dt.c MTD_NAND_DENALI_DT
fsmc_nand.c MTD_NAND_FSMC
hisi504_nand.c MTD_NAND_HISI504
intel-nand-controller.c MTD_NAND_INTEL_LGM
lpc32xx_mlc.c MTD_NAND_MLC_LPC32XX
lpc32xx_slc.c MTD_NAND_SLC_LPC32XX
marvell_nand.c MTD_NAND_MARVELL
meson_nand.c MTD_NAND_MESON
mtk_nand.c MTD_NAND_MTK
qcom_nandc.c MTD_NAND_QCOM
renesas-nand-controller.c MTD_NAND_RENESAS
rockchip-nand-controller.c MTD_NAND_ROCKCHIP
sh_flctl.c MTD_NAND_SH_FLCTL
stm32_fmc2_nand.c MTD_NAND_STM32_FMC2
sunxi_nand.c MTD_NAND_SUNXI
tegra_nand.c MTD_NAND_TEGRA
drivers/mtd/nand/raw/atmel/
nand-controller.c MTD_NAND_ATMEL
drivers/mtd/nand/raw/brcmnand/
bcm6368_nand.c MTD_NAND_BRCMNAND_BCM63XX
bcmbca_nand.c MTD_NAND_BRCMNAND_BCMBCA
brcmstb_nand.c MTD_NAND_BRCMNAND_BRCMSTB
iproc_nand.c MTD_NAND_BRCMNAND_IPROC
drivers/mtd/nand/raw/gpmi-nand/
gpmi-nand.c MTD_NAND_GPMI_NAND
drivers/mtd/spi-nor/controllers/
hisi-sfc.c SPI_HISI_SFC
drivers/net/dsa/
lantiq_gswip.c NET_DSA_LANTIQ_GSWIP
drivers/net/ethernet/
ethoc.c ETHOC
korina.c KORINA
lantiq_xrx200.c LANTIQ_XRX200
drivers/net/ethernet/actions/
owl-emac.c OWL_EMAC
drivers/net/ethernet/airoha/
airoha_eth.c NET_AIROHA
drivers/net/ethernet/allwinner/
sun4i-emac.c SUN4I_EMAC
drivers/net/ethernet/altera/
altera_tse_main.c ALTERA_TSE
drivers/net/ethernet/amd/xgbe/
xgbe-platform.c AMD_XGBE
drivers/net/ethernet/apm/xgene/
xgene_enet_main.c NET_XGENE
drivers/net/ethernet/arc/
emac_rockchip.c EMAC_ROCKCHIP
drivers/net/ethernet/atheros/
ag71xx.c AG71XX
drivers/net/ethernet/broadcom/
bcm4908_enet.c BCM4908_ENET
bcmsysport.c SYSTEMPORT
bgmac-platform.c BGMAC_PLATFORM
drivers/net/ethernet/broadcom/asp2/
bcmasp.c BCMASP
drivers/net/ethernet/broadcom/genet/
bcmgenet.c BCMGENET
drivers/net/ethernet/cadence/
macb_main.c MACB
drivers/net/ethernet/calxeda/
xgmac.c NET_CALXEDA_XGMAC
drivers/net/ethernet/cavium/octeon/
octeon_mgmt.c OCTEON_MGMT_ETHERNET
drivers/net/ethernet/cirrus/
ep93xx_eth.c EP93XX_ETH
drivers/net/ethernet/cortina/
gemini.c GEMINI_ETHERNET
drivers/net/ethernet/engleder/
tsnep_main.c TSNEP
drivers/net/ethernet/faraday/
ftgmac100.c FTGMAC100
ftmac100.c FTMAC100
drivers/net/ethernet/freescale/
fec_main.c FEC
fec_mpc52xx.c FEC_MPC52xx
gianfar.c GIANFAR
ucc_geth.c UCC_GETH
drivers/net/ethernet/freescale/fman/
fman_port.c FSL_FMAN
drivers/net/ethernet/freescale/fs_enet/
fs_enet-main.c FS_ENET
drivers/net/ethernet/hisilicon/
hip04_eth.c HIP04_ETH
hisi_femac.c HISI_FEMAC
hix5hd2_gmac.c HIX5HD2_GMAC
drivers/net/ethernet/hisilicon/hns/
hns_dsaf_main.c HNS_DSAF
hns_enet.c HNS_ENET
drivers/net/ethernet/ibm/emac/
core.c IBM_EMAC
mal.c IBM_EMAC
drivers/net/ethernet/intel/e1000/
e1000_main.c E1000
drivers/net/ethernet/intel/e1000e/
netdev.c E1000E
drivers/net/ethernet/marvell/
mv643xx_eth.c MV643XX_ETH
mvneta.c MVNETA
pxa168_eth.c PXA168_ETH
drivers/net/ethernet/marvell/mvpp2/
mvpp2_main.c MVPP2
drivers/net/ethernet/mediatek/
mtk_eth_soc.c NET_MEDIATEK_SOC
mtk_star_emac.c NET_MEDIATEK_STAR_EMAC
mtk_wed.c NET_MEDIATEK_SOC+NET_MEDIATEK_SOC_WED
drivers/net/ethernet/microchip/lan966x/
lan966x_main.c LAN966X_SWITCH
drivers/net/ethernet/moxa/
moxart_ether.c ARM_MOXART_ETHER
drivers/net/ethernet/mscc/
ocelot_vsc7514.c MSCC_OCELOT_SWITCH
drivers/net/ethernet/ni/
nixge.c NI_XGE_MANAGEMENT_ENET
drivers/net/ethernet/nxp/
lpc_eth.c LPC_ENET
drivers/net/ethernet/qualcomm/emac/
emac.c QCOM_EMAC
drivers/net/ethernet/renesas/
ravb_main.c RAVB
rswitch.c RENESAS_ETHER_SWITCH
rtsn.c RTSN
sh_eth.c SH_ETH
drivers/net/ethernet/samsung/sxgbe/
sxgbe_platform.c SXGBE_ETH
drivers/net/ethernet/smsc/
smc91x.c SMC91X
drivers/net/ethernet/socionext/
netsec.c SNI_NETSEC
sni_ave.c SNI_AVE
drivers/net/ethernet/stmicro/stmmac/
dwmac-anarion.c DWMAC_ANARION
dwmac-dwc-qos-eth.c DWMAC_DWC_QOS_ETH
dwmac-generic.c DWMAC_GENERIC
dwmac-imx.c DWMAC_IMX8
dwmac-ingenic.c DWMAC_INGENIC
dwmac-intel-plat.c DWMAC_INTEL_PLAT
dwmac-ipq806x.c DWMAC_IPQ806X
dwmac-loongson1.c DWMAC_LOONGSON1
dwmac-lpc18xx.c DWMAC_LPC18XX
dwmac-mediatek.c DWMAC_MEDIATEK
dwmac-meson.c DWMAC_MESON
dwmac-meson8b.c DWMAC_MESON
dwmac-qcom-ethqos.c DWMAC_QCOM_ETHQOS
dwmac-rk.c DWMAC_ROCKCHIP
dwmac-rzn1.c DWMAC_RZN1
dwmac-socfpga.c DWMAC_SOCFPGA
dwmac-starfive.c DWMAC_STARFIVE
dwmac-sti.c DWMAC_STI
dwmac-stm32.c DWMAC_STM32
dwmac-sun8i.c DWMAC_SUN8I
dwmac-sunxi.c DWMAC_SUNXI
dwmac-tegra.c DWMAC_TEGRA
dwmac-visconti.c DWMAC_VISCONTI
drivers/net/ethernet/sunplus/
spl2sw_driver.c SP7021_EMAC
drivers/net/ethernet/ti/
am65-cpsw-nuss.c TI_K3_AM65_CPSW_NUSS
cpsw.c TI_CPSW
cpsw_new.c TI_CPSW_SWITCHDEV
davinci_emac.c TI_DAVINCI_EMAC
netcp_core.c TI_KEYSTONE_NETCP
drivers/net/ethernet/ti/icssg/
icssg_prueth.c TI_ICSSG_PRUETH
icssg_prueth_sr1.c TI_ICSSG_PRUETH_SR1
drivers/net/ethernet/via/
via-rhine.c VIA_RHINE
via-velocity.c VIA_VELOCITY
drivers/net/ethernet/xilinx/
ll_temac_main.c XILINX_LL_TEMAC
xilinx_axienet_main.c XILINX_AXI_EMAC
drivers/net/ethernet/xscale/
ixp4xx_eth.c IXP4XX_ETH
drivers/net/ipa/
ipa_main.c QCOM_IPA
drivers/net/wan/
fsl_qmc_hdlc.c FSL_QMC_HDLC
fsl_ucc_hdlc.c FSL_UCC_HDLC
drivers/net/wireless/ath/ath10k/
ahb.c ATH10K_AHB+ATH10K_PCI
snoc.c ATH10K_SNOC
drivers/net/wireless/ath/ath11k/
ahb.c ATH11K_AHB
drivers/net/wireless/ath/wcn36xx/
main.c WCN36XX
drivers/net/wireless/marvell/mwifiex/
pcie.c MWIFIEX_PCIE
drivers/net/wireless/mediatek/mt76/mt7603/
soc.c MT7603E
drivers/net/wireless/mediatek/mt76/mt7615/
soc.c MT7615E+MT7622_WMAC
drivers/net/wireless/mediatek/mt76/mt7915/
soc.c MT7915E+MT798X_WMAC
drivers/net/wwan/
qcom_bam_dmux.c QCOM_BAM_DMUX
drivers/nvme/host/
apple.c NVME_APPLE
pci.c BLK_DEV_NVME
drivers/nvmem/
zynqmp_nvmem.c NVMEM_ZYNQMP
drivers/pci/controller/
pci-tegra.c PCI_TEGRA
pcie-iproc-platform.c PCIE_IPROC_PLATFORM
pcie-rcar-ep.c PCIE_RCAR_EP
pcie-rockchip-ep.c PCIE_ROCKCHIP_EP
drivers/pci/controller/cadence/
pci-j721e.c PCI_J721E
drivers/pci/controller/dwc/
pci-dra7xx.c PCI_DRA7XX
pci-exynos.c PCI_EXYNOS
pci-imx6.c PCI_IMX6
pci-keystone.c PCI_KEYSTONE
pci-layerscape-ep.c PCI_LAYERSCAPE_EP
pci-layerscape.c PCI_LAYERSCAPE
pci-meson.c PCI_MESON
pcie-al.c ACPI+ARM64+PCI_QUIRKS|PCIE_AL
pcie-armada8k.c PCIE_ARMADA_8K
pcie-artpec6.c PCIE_ARTPEC6
pcie-bt1.c PCIE_BT1
pcie-designware-plat.c PCIE_DW_PLAT
pcie-dw-rockchip.c PCIE_ROCKCHIP_DW
pcie-fu740.c PCIE_FU740
pcie-histb.c PCIE_HISI_STB
pcie-intel-gw.c PCIE_INTEL_GW
pcie-keembay.c PCIE_KEEMBAY
pcie-kirin.c PCIE_KIRIN
pcie-qcom-ep.c PCIE_QCOM_EP
pcie-qcom.c PCIE_QCOM
pcie-rcar-gen4.c PCIE_RCAR_GEN4
pcie-spear13xx.c PCIE_SPEAR13XX
pcie-tegra194.c PCIE_TEGRA194
pcie-uniphier-ep.c PCIE_UNIPHIER_EP
pcie-uniphier.c PCIE_UNIPHIER
pcie-visconti.c PCIE_VISCONTI_HOST
drivers/power/supply/
ab8500_btemp.c AB8500_BM
ab8500_chargalg.c AB8500_BM
ab8500_charger.c AB8500_BM
ab8500_fg.c AB8500_BM
drivers/remoteproc/
da8xx_remoteproc.c DA8XX_REMOTEPROC
imx_dsp_rproc.c IMX_DSP_REMOTEPROC
imx_rproc.c IMX_REMOTEPROC
ingenic_rproc.c INGENIC_VPU_RPROC
keystone_remoteproc.c KEYSTONE_REMOTEPROC
meson_mx_ao_arc.c MESON_MX_AO_ARC_REMOTEPROC
mtk_scp.c MTK_SCP
omap_remoteproc.c OMAP_REMOTEPROC
pru_rproc.c PRU_REMOTEPROC
qcom_q6v5_adsp.c QCOM_Q6V5_ADSP
qcom_q6v5_mss.c QCOM_Q6V5_MSS
qcom_q6v5_pas.c QCOM_Q6V5_PAS
qcom_q6v5_wcss.c QCOM_Q6V5_WCSS
qcom_wcnss.c QCOM_WCNSS_PIL
qcom_wcnss_iris.c QCOM_WCNSS_PIL
rcar_rproc.c RCAR_REMOTEPROC
st_remoteproc.c ST_REMOTEPROC
stm32_rproc.c STM32_RPROC
ti_k3_dsp_remoteproc.c TI_K3_DSP_REMOTEPROC
ti_k3_m4_remoteproc.c TI_K3_M4_REMOTEPROC
ti_k3_r5_remoteproc.c TI_K3_R5_REMOTEPROC
wkup_m3_rproc.c WKUP_M3_RPROC
xlnx_r5_remoteproc.c XLNX_R5_REMOTEPROC
drivers/scsi/hisi_sas/
hisi_sas_v1_hw.c SCSI_HISI_SAS
hisi_sas_v2_hw.c SCSI_HISI_SAS
drivers/slimbus/
qcom-ngd-ctrl.c SLIM_QCOM_NGD_CTRL
drivers/soc/fsl/qbman/
bman_ccsr.c FSL_DPAA
qman_ccsr.c FSL_DPAA
qman_portal.c FSL_DPAA
drivers/soc/fsl/qe/
qmc.c CPM_QMC
drivers/soc/mediatek/
mtk-mmsys.c MTK_MMSYS
drivers/soc/qcom/
qcom-geni-se.c QCOM_GENI_SE
drivers/soc/ti/
knav_qmss_queue.c KEYSTONE_NAVIGATOR_QMSS
pruss.c TI_PRUSS
drivers/spi/
spi-airoha-snfi.c SPI_AIROHA_SNFI
spi-atmel.c SPI_ATMEL
spi-bcm2835.c SPI_BCM2835
spi-cadence-quadspi.c SPI_CADENCE_QUADSPI
spi-davinci.c SPI_DAVINCI
spi-dw-bt1.c SPI_DW_BT1
spi-dw-mmio.c SPI_DW_MMIO
spi-ep93xx.c SPI_EP93XX
spi-fsl-dspi.c SPI_FSL_DSPI
spi-fsl-lpspi.c SPI_FSL_LPSPI
spi-fsl-spi.c SPI_FSL_SPI
spi-geni-qcom.c SPI_QCOM_GENI
spi-img-spfi.c SPI_IMG_SPFI
spi-imx.c SPI_IMX
spi-ingenic.c SPI_INGENIC
spi-mt65xx.c SPI_MT65XX
spi-mtk-nor.c SPI_MTK_NOR
spi-mtk-snfi.c SPI_MTK_SNFI
spi-mxs.c SPI_MXS
spi-omap2-mcspi.c SPI_OMAP24XX
spi-pic32-sqi.c SPI_PIC32_SQI
spi-pic32.c SPI_PIC32
spi-pl022.c SPI_PL022
spi-ppc4xx.c SPI_PPC4xx
spi-pxa2xx-platform.c SPI_PXA2XX
spi-qcom-qspi.c SPI_QCOM_QSPI
spi-qup.c SPI_QUP
spi-rockchip-sfc.c SPI_ROCKCHIP_SFC
spi-rockchip.c SPI_ROCKCHIP
spi-rspi.c SPI_RSPI
spi-s3c64xx.c SPI_S3C64XX
spi-sh-msiof.c SPI_SH_MSIOF
spi-sifive.c SPI_SIFIVE
spi-slave-mt27xx.c SPI_SLAVE_MT27XX
spi-sprd.c SPI_SPRD
spi-stm32-qspi.c SPI_STM32_QSPI
spi-stm32.c SPI_STM32
spi-sun6i.c SPI_SUN6I
spi-sunplus-sp7021.c SPI_SUNPLUS_SP7021
spi-tegra114.c SPI_TEGRA114
spi-tegra20-slink.c SPI_TEGRA20_SLINK
spi-tegra210-quad.c SPI_TEGRA210_QUAD
spi-ti-qspi.c SPI_TI_QSPI
spi-uniphier.c SPI_UNIPHIER
spi-zynqmp-gqspi.c SPI_ZYNQMP_GQSPI
drivers/staging/media/deprecated/atmel/
atmel-sama5d2-isc.c VIDEO_ATMEL_ISC
atmel-sama7g5-isc.c VIDEO_ATMEL_XISC
drivers/staging/media/imx/
imx-media-dev.c VIDEO_IMX_MEDIA
imx6-mipi-csi2.c VIDEO_IMX_MEDIA
drivers/staging/media/meson/vdec/
vdec.c VIDEO_MESON_VDEC
drivers/staging/media/rkvdec/
rkvdec.c VIDEO_ROCKCHIP_VDEC
drivers/staging/media/starfive/camss/
stf-camss.c VIDEO_STARFIVE_CAMSS
drivers/staging/media/sunxi/cedrus/
cedrus.c VIDEO_SUNXI_CEDRUS
drivers/staging/media/sunxi/sun6i-isp/
sun6i_isp.c VIDEO_SUN6I_ISP
drivers/staging/media/tegra-video/
csi.c VIDEO_TEGRA
vi.c VIDEO_TEGRA
drivers/staging/most/dim2/
dim2.c MOST_DIM2
drivers/staging/vc04_services/bcm2835-camera/
bcm2835-camera.c VIDEO_BCM2835
drivers/staging/vc04_services/interface/vchiq_arm/
vchiq_arm.c BCM2835_VCHIQ
drivers/tty/
goldfish.c GOLDFISH_TTY
drivers/tty/serial/
amba-pl011.c SERIAL_AMBA_PL011
atmel_serial.c SERIAL_ATMEL
cpm_uart.c SERIAL_CPM
fsl_lpuart.c SERIAL_FSL_LPUART
imx.c SERIAL_IMX
msm_serial.c SERIAL_MSM
mxs-auart.c SERIAL_MXS_AUART
samsung_tty.c SERIAL_SAMSUNG
serial-tegra.c SERIAL_TEGRA
sh-sci.c SERIAL_SH_SCI
sprd_serial.c SERIAL_SPRD
stm32-usart.c SERIAL_STM32
ucc_uart.c SERIAL_QE
drivers/tty/serial/8250/
8250_aspeed_vuart.c SERIAL_8250_ASPEED_VUART
8250_bcm2835aux.c SERIAL_8250_BCM2835AUX
8250_bcm7271.c SERIAL_8250_BCM7271
8250_dw.c SERIAL_8250_DW
8250_em.c SERIAL_8250_EM
8250_ingenic.c SERIAL_8250_INGENIC
8250_lpc18xx.c SERIAL_8250_LPC18XX
8250_mtk.c SERIAL_8250_MT6577
8250_of.c SERIAL_OF_PLATFORM
8250_omap.c SERIAL_8250_OMAP
8250_pxa.c SERIAL_8250_PXA
8250_tegra.c SERIAL_8250_TEGRA
8250_uniphier.c SERIAL_8250_UNIPHIER
drivers/ufs/host/
cdns-pltfrm.c SCSI_UFS_CDNS_PLATFORM
tc-dwc-g210-pltfrm.c SCSI_UFS_DWC_TC_PLATFORM
ufs-exynos.c SCSI_UFS_EXYNOS
ufs-hisi.c SCSI_UFS_HISI
ufs-mediatek.c SCSI_UFS_MEDIATEK
ufs-qcom.c SCSI_UFS_QCOM
ufs-renesas.c SCSI_UFS_RENESAS
ufs-sprd.c SCSI_UFS_SPRD
drivers/usb/cdns3/
cdns3-plat.c USB|USB_CDNS3
drivers/usb/chipidea/
ci_hdrc_imx.c USB_CHIPIDEA_IMX
ci_hdrc_msm.c USB_CHIPIDEA_MSM
ci_hdrc_npcm.c USB_CHIPIDEA_NPCM
ci_hdrc_tegra.c USB_CHIPIDEA_TEGRA
ci_hdrc_usb2.c USB_CHIPIDEA_GENERIC
drivers/usb/dwc2/
params.c USB_DWC2
drivers/usb/dwc3/
core.c USB_DWC3
drivers/usb/fotg210/
fotg210-core.c USB_FOTG210
drivers/usb/gadget/udc/
aspeed_udc.c USB_ASPEED_UDC
atmel_usba_udc.c USB_ATMEL_USBA
fsl_qe_udc.c USB_FSL_QE
fsl_udc_core.c USB_FSL_USB2
lpc32xx_udc.c USB_LPC32XX
renesas_usb3.c USB_RENESAS_USB3
renesas_usbf.c USB_RENESAS_USBF
snps_udc_plat.c USB_SNP_UDC_PLAT
tegra-xudc.c USB_TEGRA_XUDC
udc-xilinx.c USB_GADGET_XILINX
drivers/usb/gadget/udc/aspeed-vhub/
core.c USB_ASPEED_VHUB
drivers/usb/gadget/udc/bdc/
bdc_core.c USB_BDC_UDC
drivers/usb/host/
ehci-atmel.c USB_EHCI_HCD_AT91
ehci-brcm.c USB_EHCI_BRCMSTB
ehci-exynos.c USB_EHCI_EXYNOS
ehci-mv.c USB_EHCI_MV
ehci-npcm7xx.c USB_EHCI_HCD_NPCM7XX
ehci-omap.c USB_EHCI_HCD_OMAP
ehci-orion.c USB_EHCI_HCD_ORION
ehci-platform.c USB_EHCI_HCD_PLATFORM
ehci-spear.c USB_EHCI_HCD_SPEAR
ehci-st.c USB_EHCI_HCD_STI
fsl-mph-dr-of.c USB_EHCI_FSL|USB_FSL_USB2
octeon-hcd.c USB_OCTEON_HCD
ohci-at91.c USB_OHCI_HCD_AT91
ohci-da8xx.c USB_OHCI_HCD_DAVINCI
ohci-exynos.c USB_OHCI_EXYNOS
ohci-nxp.c USB_OHCI_HCD_LPC32XX
ohci-platform.c USB_OHCI_HCD_PLATFORM
ohci-pxa27x.c USB_OHCI_HCD_PXA27X
ohci-s3c2410.c USB_OHCI_HCD_S3C2410
ohci-spear.c USB_OHCI_HCD_SPEAR
xhci-histb.c USB_XHCI_HISTB
xhci-mtk.c USB_XHCI_MTK
xhci-pci.c USB_XHCI_PCI
xhci-plat.c USB_XHCI_PLATFORM
xhci-rcar.c USB_XHCI_RCAR
xhci-tegra.c USB_XHCI_TEGRA
drivers/usb/mtu3/
mtu3_plat.c USB_MTU3
drivers/usb/musb/
da8xx.c USB_MUSB_DA8XX
jz4740.c USB_MUSB_JZ4740
mediatek.c USB_MUSB_MEDIATEK
mpfs.c USB_MUSB_POLARFIRE_SOC
musb_dsps.c USB_MUSB_DSPS
omap2430.c USB_MUSB_OMAP2PLUS
sunxi.c USB_MUSB_SUNXI
ux500.c USB_MUSB_UX500
drivers/usb/renesas_usbhs/
common.c USB_RENESAS_USBHS
drivers/video/fbdev/
atmel_lcdfb.c FB_ATMEL
fsl-diu-fb.c FB_FSL_DIU
goldfishfb.c FB_GOLDFISH
imxfb.c FB_IMX
ocfb.c FB_OPENCORES
pxa3xx-gcu.c PXA3XX_GCU
pxafb.c FB_PXA
vt8500lcdfb.c FB_VT8500
wm8505fb.c FB_WM8505
xilinxfb.c FB_XILINX
drivers/video/fbdev/omap2/omapfb/dss/
dispc.c FB_OMAP2_DSS
dsi.c FB_OMAP2_DSS+FB_OMAP2_DSS_DSI
dss.c FB_OMAP2_DSS
hdmi4.c FB_OMAP2_DSS+FB_OMAP4_DSS_HDMI
hdmi5.c FB_OMAP2_DSS+FB_OMAP5_DSS_HDMI
venc.c FB_OMAP2_DSS+FB_OMAP2_DSS_VENC
drivers/virtio/
virtio_mmio.c VIRTIO_MMIO
virtio_pci_common.c VIRTIO_PCI
sound/atmel/
ac97c.c SND_ATMEL_AC97C
sound/soc/adi/
axi-i2s.c SND_SOC_ADI_AXI_I2S
axi-spdif.c SND_SOC_ADI_AXI_SPDIF
sound/soc/apple/
mca.c SND_SOC_APPLE_MCA
sound/soc/atmel/
atmel-classd.c SND_ATMEL_SOC_CLASSD
atmel-i2s.c SND_ATMEL_SOC_I2S
atmel-pdmic.c SND_ATMEL_SOC_PDMIC
atmel_wm8904.c SND_ATMEL_SOC_WM8904
mchp-i2s-mcc.c SND_MCHP_SOC_I2S_MCC
mchp-pdmc.c SND_MCHP_SOC_PDMC
mchp-spdifrx.c SND_MCHP_SOC_SPDIFRX
mchp-spdiftx.c SND_MCHP_SOC_SPDIFTX
sam9g20_wm8731.c SND_AT91_SOC_SAM9G20_WM8731
sam9x5_wm8731.c SND_AT91_SOC_SAM9X5_WM8731
sound/soc/bcm/
bcm2835-i2s.c SND_BCM2835_SOC_I2S
bcm63xx-i2s-whistler.c SND_BCM63XX_I2S_WHISTLER
cygnus-ssp.c SND_SOC_CYGNUS
sound/soc/cirrus/
ep93xx-i2s.c SND_EP93XX_SOC_I2S
sound/soc/codecs/
cros_ec_codec.c SND_SOC_CROS_EC_CODEC
wcd937x.c SND_SOC_WCD937X
wcd938x.c SND_SOC_WCD938X
wcd939x.c SND_SOC_WCD939X
sound/soc/dwc/
dwc-i2s.c SND_DESIGNWARE_I2S
sound/soc/fsl/
fsl_asrc.c SND_SOC_FSL_ASRC
fsl_aud2htx.c SND_SOC_FSL_AUD2HTX
fsl_dma.c SND_SOC_POWERPC_DMA
fsl_easrc.c SND_SOC_FSL_EASRC
fsl_esai.c SND_SOC_FSL_ESAI
fsl_micfil.c SND_SOC_FSL_MICFIL
fsl_qmc_audio.c SND_SOC_POWERPC_QMC_AUDIO
fsl_sai.c SND_SOC_FSL_SAI
fsl_spdif.c SND_SOC_FSL_SPDIF
fsl_ssi.c SND_SOC_FSL_SSI
fsl_xcvr.c SND_SOC_FSL_XCVR
lpc3xxx-i2s.c SND_SOC_FSL_LPC3XXX
mpc5200_psc_ac97.c SND_SOC_MPC5200_AC97
mpc5200_psc_i2s.c SND_SOC_MPC5200_I2S
sound/soc/generic/
test-component.c SND_TEST_COMPONENT
sound/soc/hisilicon/
hi6210-i2s.c SND_I2S_HI6210_I2S
sound/soc/img/
img-i2s-in.c SND_SOC_IMG_I2S_IN
img-i2s-out.c SND_SOC_IMG_I2S_OUT
img-parallel-out.c SND_SOC_IMG_PARALLEL_OUT
img-spdif-in.c SND_SOC_IMG_SPDIF_IN
img-spdif-out.c SND_SOC_IMG_SPDIF_OUT
sound/soc/intel/keembay/
kmb_platform.c SND_SOC_INTEL_KEEMBAY
sound/soc/jz4740/
jz4740-i2s.c SND_JZ4740_SOC_I2S
sound/soc/kirkwood/
kirkwood-i2s.c SND_KIRKWOOD_SOC
sound/soc/mediatek/mt2701/
mt2701-afe-pcm.c SND_SOC_MT2701
sound/soc/mediatek/mt6797/
mt6797-afe-pcm.c SND_SOC_MT6797
sound/soc/mediatek/mt7986/
mt7986-afe-pcm.c SND_SOC_MT7986
sound/soc/mediatek/mt8173/
mt8173-afe-pcm.c SND_SOC_MT8173
sound/soc/mediatek/mt8183/
mt8183-afe-pcm.c SND_SOC_MT8183
sound/soc/mediatek/mt8186/
mt8186-afe-pcm.c SND_SOC_MT8186
sound/soc/mediatek/mt8188/
mt8188-afe-pcm.c SND_SOC_MT8188
sound/soc/mediatek/mt8192/
mt8192-afe-pcm.c SND_SOC_MT8192
sound/soc/mediatek/mt8195/
mt8195-afe-pcm.c SND_SOC_MT8195
sound/soc/mediatek/mt8365/
mt8365-afe-pcm.c SND_SOC_MT8365
sound/soc/meson/
aiu.c SND_MESON_AIU
axg-frddr.c SND_MESON_AXG_FRDDR
axg-toddr.c SND_MESON_AXG_TODDR
sound/soc/mxs/
mxs-saif.c SND_MXS_SOC
sound/soc/pxa/
mmp-sspa.c SND_MMP_SOC_SSPA
pxa-ssp.c SND_PXA_SOC_SSP
pxa2xx-ac97.c SND_PXA2XX_SOC_AC97
sound/soc/qcom/
lpass-apq8016.c SND_SOC_LPASS_APQ8016
lpass-ipq806x.c SND_SOC_LPASS_IPQ806X
lpass-sc7180.c SND_SOC_LPASS_SC7180
lpass-sc7280.c SND_SOC_LPASS_SC7280
sound/soc/qcom/qdsp6/
q6apm-dai.c SND_SOC_QDSP6_APM_DAI
q6asm-dai.c SND_SOC_QDSP6_ASM_DAI
sound/soc/rockchip/
rockchip_i2s.c SND_SOC_ROCKCHIP_I2S
rockchip_i2s_tdm.c SND_SOC_ROCKCHIP_I2S_TDM
rockchip_pdm.c SND_SOC_ROCKCHIP_PDM
rockchip_spdif.c SND_SOC_ROCKCHIP_SPDIF
sound/soc/samsung/
i2s.c SND_SAMSUNG_I2S
sound/soc/sh/
fsi.c SND_SOC_SH4_FSI
rz-ssi.c SND_SOC_RZ
sound/soc/sh/rcar/
core.c SND_SOC_RCAR
sound/soc/sof/imx/
imx8.c SND_SOC_SOF_IMX8
imx8m.c SND_SOC_SOF_IMX8M
imx8ulp.c SND_SOC_SOF_IMX8ULP
sound/soc/sof/mediatek/mt8186/
mt8186.c SND_SOC_SOF_MT8186
sound/soc/sof/mediatek/mt8195/
mt8195.c SND_SOC_SOF_MT8195
sound/soc/sprd/
sprd-pcm-dma.c SND_SOC_SPRD
sound/soc/starfive/
jh7110_pwmdac.c SND_SOC_JH7110_PWMDAC
jh7110_tdm.c SND_SOC_JH7110_TDM
sound/soc/sti/
sti_uniperif.c SND_SOC_STI
sound/soc/stm/
stm32_adfsdm.c SND_SOC_STM32_DFSDM
stm32_i2s.c SND_SOC_STM32_I2S
stm32_sai_sub.c SND_SOC_STM32_SAI
stm32_spdifrx.c SND_SOC_STM32_SPDIFRX
sound/soc/sunxi/
sun4i-codec.c SND_SUN4I_CODEC
sun4i-i2s.c SND_SUN4I_I2S
sun4i-spdif.c SND_SUN4I_SPDIF
sun50i-dmic.c SND_SUN50I_DMIC
sound/soc/tegra/
tegra20_ac97.c SND_SOC_TEGRA20_AC97
tegra20_i2s.c SND_SOC_TEGRA20_I2S
tegra20_spdif.c SND_SOC_TEGRA20_SPDIF
tegra210_admaif.c SND_SOC_TEGRA210_ADMAIF
tegra30_i2s.c SND_SOC_TEGRA30_I2S
sound/soc/ti/
davinci-i2s.c SND_SOC_DAVINCI_ASP
davinci-mcasp.c SND_SOC_DAVINCI_MCASP
omap-dmic.c SND_SOC_OMAP_DMIC
omap-mcbsp.c SND_SOC_OMAP_MCBSP
omap-mcpdm.c SND_SOC_OMAP_MCPDM
sound/soc/uniphier/
aio-ld11.c SND_SOC_UNIPHIER_LD11
aio-pxs2.c SND_SOC_UNIPHIER_PXS2
sound/soc/ux500/
ux500_msp_dai.c SND_SOC_UX500_PLAT_MSP_I2S
sound/soc/xilinx/
xlnx_formatter_pcm.c SND_SOC_XILINX_AUDIO_FORMATTER
sound/soc/xtensa/
xtfpga-i2s.c SND_SOC_XTFPGA_I2S
sound/sparc/
cs4231.c SND_SUN_CS4231`;
