/** What is known of RAM that board trees leave to the boot loader. */
import { MIB } from "../../src/units/quantity.js";

/** Where a chip has its RAM. */
interface ChipRam {
  /** Of a compatible of the tree's root. */
  readonly chip: RegExp;
  readonly start: number;
  /** RAM within the chip's package, where nothing else can be had; null elsewhere. */
  readonly size: number | null;
}

/**
 * Chips with trees that have no memory node, or one at address 0 although RAM is elsewhere: what U-Boot calls `CFG_SYS_SDRAM_BASE`, and for AMD's
 * server the address its firmware hands over. The first that matches counts.
 */
const CHIPS: readonly ChipRam[] = [
  { chip: /^allwinner,sun9i-/, start: 0x2000_0000, size: null },
  { chip: /^allwinner,sun8i-v3s$/, start: 0x4000_0000, size: 64 * MIB },
  { chip: /^allwinner,sun8i-(v3|s3)$/, start: 0x4000_0000, size: 128 * MIB },
  { chip: /^allwinner,sun\d+i-|^nextthing,gr8$/, start: 0x4000_0000, size: null },
  { chip: /^rockchip,(px30|rk3288|rk33\d\d|rk35\d\d)/, start: 0, size: null },
  { chip: /^fsl,imx6(q|qp|dl)$/, start: 0x1000_0000, size: null },
  { chip: /^fsl,imx8m[mnpq]$/, start: 0x4000_0000, size: null },
  { chip: /^fsl,(imx6u|imx7|imx8(q|d)|imx93|ls)/, start: 0x8000_0000, size: null },
  { chip: /^marvell,(armada|cn91)/, start: 0, size: null },
  { chip: /^mediatek,mt798/, start: 0x4000_0000, size: null },
  { chip: /^qcom,ipq6018$/, start: 0x4000_0000, size: null },
  { chip: /^(ti,(omap3|am33xx)|google,gs101)$/, start: 0x8000_0000, size: null },
  { chip: /^st,stm32mp1/, start: 0xc000_0000, size: null },
  { chip: /^amd,seattle/, start: 0x80_0000_0000, size: null },
];

/** The chip of a tree, by the compatibles of its root; null where it is not in the table. */
export function chipRam(compatibles: readonly string[]): ChipRam | null {
  return CHIPS.find(({ chip }) => compatibles.some((compatible) => chip.test(compatible))) ?? null;
}

/** Raspberry Pis before the fourth: the firmware writes the memory node anew, without the share it keeps for the video core. */
const VIDEO_CORE = /^brcm,bcm283[567]$/;

/**
 * What the firmware of a board keeps at the top of the RAM its tree states, in bytes; 0 on other boards. Usual for the video core are 76 MiB of
 * 1 GiB, and 64 MiB of less.
 *
 * @see `gpu_mem` in Raspberry Pi's documentation of `config.txt`
 */
export function keptByFirmware(compatibles: readonly string[], stated: number): number {
  if (!compatibles.some((compatible) => VIDEO_CORE.test(compatible))) return 0;
  return (stated < 1024 * MIB ? 64 : 76) * MIB;
}

/** Chips whose RAM ends below 4 GiB, by their address maps: the Pis have 1 GiB at most, these of Allwinner 3 GiB from 0x40000000. */
const SMALL = /^(brcm,bcm283[567]|allwinner,sun50i-(a64|h5|h6))$/;

/** False for boards that cannot have RAM above 4 GiB. */
export function mayPassFourGib(compatibles: readonly string[]): boolean {
  return !compatibles.some((compatible) => SMALL.test(compatible));
}
