/**
 * Names of format modifiers: a number, a name out of `drm_fourcc.h` or a list of flags becomes the one name that facts and
 * documents use.
 *
 *   0x0800000000000041                                        -> ARM_AFBC(BLOCK_SIZE_16x16 | SPARSE)
 *   arm_afbc(AFBC_FORMAT_MOD_SPARSE|BLOCK_SIZE_16x16)         -> ARM_AFBC(BLOCK_SIZE_16x16 | SPARSE)
 *   0x0700000000066004                                        -> BROADCOM_SAND128_COL_HEIGHT(1632)
 *
 * Linux 6.12 `include/uapi/drm/drm_fourcc.h`: the vendor stands in the top eight bits.
 */

/** The plain modifier: rows one after the other. */
export const LINEAR = "LINEAR";

/** A mode of Arm's frame buffer compression: superblock in pixels, and what changes the size. */
export interface AfbcMode {
  readonly blockWidth: number;
  readonly blockHeight: number;
  /** The header is in tiles of 8 by 8 superblocks. */
  readonly hasTiledHeader: boolean;
}

const ARM = 0x08;
const BROADCOM = 0x07;
const AMLOGIC = 0x0a;

/** Modifiers that are one number, by vendor. */
const PLAIN: readonly (readonly [vendor: number, value: number, name: string])[] = [
  [0x00, 0, LINEAR],
  [0x01, 1, "I915_X_TILED"],
  [0x01, 2, "I915_Y_TILED"],
  [0x01, 9, "I915_4_TILED"],
  [0x03, 1, "NVIDIA_TEGRA_TILED"],
  [0x04, 1, "SAMSUNG_64_32_TILE"],
  [0x04, 2, "SAMSUNG_16_16_TILE"],
  [0x05, 1, "QCOM_COMPRESSED"],
  [0x05, 2, "QCOM_TILED2"],
  [0x05, 3, "QCOM_TILED3"],
  [0x06, 1, "VIVANTE_TILED"],
  [0x06, 2, "VIVANTE_SUPER_TILED"],
  [0x06, 3, "VIVANTE_SPLIT_TILED"],
  [0x06, 4, "VIVANTE_SPLIT_SUPER_TILED"],
  [BROADCOM, 1, "BROADCOM_VC4_T_TILED"],
  [BROADCOM, 6, "BROADCOM_UIF"],
  [ARM, 0x10000000000001, "ARM_16X16_BLOCK_U_INTERLEAVED"],
  [0x09, 1, "ALLWINNER_TILED"],
];

/** Column widths in bytes of Broadcom's SAND, by the number that names them. */
const SAND = [
  [2, 32],
  [3, 64],
  [4, 128],
  [5, 256],
] as const;

/** Superblocks of Arm's compression in the order of their numbers, 1 the first. */
const AFBC_BLOCKS = ["16x16", "32x8", "64x4", "32x8_64x4"] as const;

/** Flags of Arm's compression in the order of their bits, 4 the first. */
const AFBC_FLAGS = ["YTR", "SPLIT", "SPARSE", "CBR", "TILED", "SC", "DB", "BCH", "USM"] as const;

const AMLOGIC_LAYOUTS = ["LAYOUT_BASIC", "LAYOUT_SCATTER"] as const;

/**
 * The name of a modifier, from a number (`0x0800000000000001`, hexadecimal or decimal, 64 bits) or a name in any case, with or without
 * `DRM_FORMAT_MOD_`; flags may come in any order.
 *
 * @returns null for what no name is known of
 */
export function modifierName(text: string): string | null {
  const word = text.trim();
  if (/^(0x[0-9a-f]{1,16}|\d{1,20})$/i.test(word)) return nameOfNumber(BigInt(word));
  const name = word.toUpperCase().replace(/^DRM_FORMAT_MOD_/, "");
  if (name === "NONE") return LINEAR;
  const call = /^(\w+)\s*\((.*)\)$/.exec(name);
  if (call === null) {
    const isKnown = PLAIN.some((row) => row[2] === name) || SAND.some(([, width]) => name === `BROADCOM_SAND${width}`);
    return isKnown ? name : null;
  }
  const [, kind = "", inner = ""] = call;
  if (kind === "ARM_AFBC") return afbcName(inner.split("|").map((flag) => flag.trim()));
  if (kind === "AMLOGIC_FBC") return amlogicName(inner.split(",").map((flag) => flag.trim()));
  const height = /^\s*(\d{1,9})\s*$/.exec(inner)?.[1];
  const sand = SAND.find(([, width]) => kind === `BROADCOM_SAND${width}_COL_HEIGHT`);
  return sand === undefined || height === undefined ? null : sandName(sand[1], Number(height));
}

/** The mode behind a name of {@link modifierName}; null for what is no Arm compression, or has no superblock of one size. */
export function afbcMode(name: string): AfbcMode | null {
  const match = /^ARM_AFBC\(BLOCK_SIZE_(\d+)x(\d+)( .*)?\)$/.exec(name);
  if (match === null) return null;
  return {
    blockWidth: Number(match[1]),
    blockHeight: Number(match[2]),
    hasTiledHeader: match[3]?.split(" | ").includes("TILED") === true,
  };
}

function nameOfNumber(number: bigint): string | null {
  if (number >= 2n ** 64n) return null;
  const vendor = Number(number / 2n ** 56n);
  const value = number % 2n ** 56n;
  const plain = PLAIN.find((row) => row[0] === vendor && BigInt(row[1]) === value);
  if (plain !== undefined) return plain[2];
  if (vendor === BROADCOM) {
    const width = SAND.find(([code]) => BigInt(code) === value % 256n)?.[1];
    const height = Number(value / 256n);
    return width === undefined || height >= 1e9 ? null : sandName(width, height);
  }
  if (vendor === ARM && value < 2n ** 13n) {
    const bits = Number(value);
    const block = AFBC_BLOCKS[(bits % 16) - 1];
    if (block === undefined) return null;
    return afbcName([`BLOCK_SIZE_${block}`, ...AFBC_FLAGS.filter((_, i) => Math.floor(bits / 2 ** (4 + i)) % 2 === 1)]);
  }
  if (vendor === AMLOGIC && value < 512n) {
    const bits = Number(value);
    const layout = AMLOGIC_LAYOUTS[(bits % 256) - 1];
    return layout === undefined ? null : amlogicName([layout, bits >= 256 ? "OPTION_MEM_SAVING" : "0"]);
  }
  return null;
}

function sandName(width: number, height: number): string {
  return height === 0 ? `BROADCOM_SAND${width}` : `BROADCOM_SAND${width}_COL_HEIGHT(${height})`;
}

function afbcName(words: readonly string[]): string | null {
  const flags = words.map((word) => word.toUpperCase().replace(/^AFBC_FORMAT_MOD_/, ""));
  const blocks = AFBC_BLOCKS.filter((block) => flags.includes(`BLOCK_SIZE_${block.toUpperCase()}`));
  const set = AFBC_FLAGS.filter((flag) => flags.includes(flag));
  if (blocks.length !== 1 || new Set(flags).size !== 1 + set.length) return null;
  return `ARM_AFBC(${[`BLOCK_SIZE_${blocks[0]}`, ...set].join(" | ")})`;
}

function amlogicName(words: readonly string[]): string | null {
  const [layout, options = "0", ...more] = words.map((word) => word.replace(/^AMLOGIC_FBC_/, ""));
  if (more.length > 0 || !AMLOGIC_LAYOUTS.some((known) => known === layout)) return null;
  return options === "0" || options === "OPTION_MEM_SAVING" ? `AMLOGIC_FBC(${layout}, ${options})` : null;
}
