import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afbcMode, modifierName } from "../../src/constraints/modifier.js";

describe("modifierName", () => {
  // Numbers worked out by hand from Linux 6.12 include/uapi/drm/drm_fourcc.h: vendor in the top byte
  const cases: readonly [text: string, name: string | null][] = [
    ["0", "LINEAR"],
    ["none", "LINEAR"],
    ["DRM_FORMAT_MOD_LINEAR", "LINEAR"],
    ["0x0400000000000002", "SAMSUNG_16_16_TILE"],
    ["0x500000000000001", "QCOM_COMPRESSED"],
    ["360287970189639681", "QCOM_COMPRESSED"],
    ["0x0600000000000002", "VIVANTE_SUPER_TILED"],
    ["vivante_super_tiled", "VIVANTE_SUPER_TILED"],
    ["0x0700000000000001", "BROADCOM_VC4_T_TILED"],
    ["0x0700000000000004", "BROADCOM_SAND128"],
    ["broadcom_sand128", "BROADCOM_SAND128"],
    ["0x0700000000066004", "BROADCOM_SAND128_COL_HEIGHT(1632)"],
    ["DRM_FORMAT_MOD_BROADCOM_SAND128_COL_HEIGHT(1632)", "BROADCOM_SAND128_COL_HEIGHT(1632)"],
    ["BROADCOM_SAND64_COL_HEIGHT(0)", "BROADCOM_SAND64"],
    ["0x0900000000000001", "ALLWINNER_TILED"],
    ["0x0800000000000001", "ARM_AFBC(BLOCK_SIZE_16x16)"],
    ["0x0800000000000051", "ARM_AFBC(BLOCK_SIZE_16x16 | YTR | SPARSE)"],
    ["0x0800000000001ff3", "ARM_AFBC(BLOCK_SIZE_64x4 | YTR | SPLIT | SPARSE | CBR | TILED | SC | DB | BCH | USM)"],
    ["arm_afbc(AFBC_FORMAT_MOD_SPARSE | AFBC_FORMAT_MOD_BLOCK_SIZE_32x8)", "ARM_AFBC(BLOCK_SIZE_32x8 | SPARSE)"],
    ["0x0810000000000001", "ARM_16X16_BLOCK_U_INTERLEAVED"],
    ["0x0a00000000000102", "AMLOGIC_FBC(LAYOUT_SCATTER, OPTION_MEM_SAVING)"],
    ["0x0a00000000000001", "AMLOGIC_FBC(LAYOUT_BASIC, 0)"],
    ["AMLOGIC_FBC(AMLOGIC_FBC_LAYOUT_BASIC, 0)", "AMLOGIC_FBC(LAYOUT_BASIC, 0)"],
    // DRM_FORMAT_MOD_INVALID, a vendor without a table, superblock 0, flags and sizes nobody defined
    ["0x00ffffffffffffff", null],
    ["0x0200000000000001", null],
    ["0x0800000000000040", null],
    ["0x0800000000002001", null],
    ["0x10000000000000000", null],
    ["18446744073709551616", null],
    ["ARM_AFBC(SPARSE)", null],
    ["ARM_AFBC(BLOCK_SIZE_16x16 | BLOCK_SIZE_32x8)", null],
    ["ARM_AFBC(BLOCK_SIZE_16x16 | FAST)", null],
    ["AMLOGIC_FBC(BASIC)", null],
    ["BROADCOM_SAND96", null],
    ["TILED", null],
    ["", null],
  ];
  for (const [text, name] of cases) it(`of "${text}" is ${name}`, () => expect(modifierName(text)).toBe(name));

  it("is a name of itself, whatever number it came from", () => {
    const vendor = fc.integer({ min: 0, max: 12 });
    const value = fc.oneof(fc.integer({ min: 0, max: 0x4000 }), fc.integer({ min: 0, max: 2 ** 40 }));
    fc.assert(
      fc.property(vendor, value, (v, n) => {
        const name = modifierName(`0x${((BigInt(v) << 56n) | BigInt(n)).toString(16)}`);
        if (name !== null) expect(modifierName(name)).toBe(name);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("afbcMode", () => {
  it("reads superblock and header from the name", () => {
    expect(afbcMode("ARM_AFBC(BLOCK_SIZE_16x16)")).toEqual({ blockWidth: 16, blockHeight: 16, hasTiledHeader: false });
    expect(afbcMode("ARM_AFBC(BLOCK_SIZE_32x8 | YTR | TILED | SC)")).toEqual({
      blockWidth: 32,
      blockHeight: 8,
      hasTiledHeader: true,
    });
  });
  it("is null for superblocks of two sizes and for what is no Arm compression", () => {
    expect(afbcMode("ARM_AFBC(BLOCK_SIZE_32x8_64x4 | TILED)")).toBeNull();
    expect(afbcMode("LINEAR")).toBeNull();
  });
});
