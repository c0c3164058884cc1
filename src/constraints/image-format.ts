import { LINEAR } from "./modifier.js";

/** One plane of a pixel format: `bytes` per block of `pixels` horizontal samples, subsampled by `horizontal` and `vertical`. */
export interface PlaneFormat {
  readonly bytes: number;
  readonly pixels: number;
  readonly horizontal: number;
  readonly vertical: number;
  /** Tiles that belong to the format itself, where V4L2 names them so: `width` in bytes, `height` in rows of this plane. */
  readonly tile?: { readonly width: number; readonly height: number };
}

/** A pixel format by its DRM fourcc, or by its V4L2 one where DRM has none. */
export interface ImageFormat {
  readonly fourcc: string;
  readonly planes: readonly PlaneFormat[];
  /** Exists compressed only: no plain layout and no tiles. */
  readonly isCompressed?: true;
}

/** How a modifier arranges a plane: tiles of `width` bytes by `height` rows. */
export interface TileFormat {
  readonly modifier: string;
  readonly width: number;
  readonly height: number;
}

const plane = (bytes: number, pixels = 1, horizontal = 1, vertical = 1): PlaneFormat => ({
  bytes,
  pixels,
  horizontal,
  vertical,
});

/** A plane in tiles of its own. */
const tiled = (of: PlaneFormat, width: number, height: number): PlaneFormat => ({ ...of, tile: { width, height } });

const packed = (bytes: number, ...fourccs: string[]): readonly ImageFormat[] =>
  fourccs.map((fourcc) => ({ fourcc, planes: [plane(bytes)] }));

const planar = (planes: readonly PlaneFormat[], ...fourccs: string[]): readonly ImageFormat[] =>
  fourccs.map((fourcc) => ({ fourcc, planes }));

const compressed = (format: PlaneFormat, fourcc: string): ImageFormat => ({
  fourcc,
  planes: [format],
  isCompressed: true,
});

const luma = plane(1);
const chroma = plane(2, 1, 2, 2);
const luma10 = plane(5, 4);
const chroma10 = plane(5, 2, 2, 2);

/**
 * The formats whose layout is known, by DRM fourcc (Linux 6.12 `include/uapi/drm/drm_fourcc.h`), and the V4L2 names (`videodev2.h`) of grey
 * and raw Bayer samples and of tiled pictures where they do not collide with one. Formats whose size only their engine knows (MediaTek's MT21,
 * Qualcomm's Q08C and Q10C) are left out.
 */
export const IMAGE_FORMATS: ReadonlyMap<string, ImageFormat> = new Map(
  [
    ...packed(1, "C8", "R8", "D8", "RGB8", "BGR8", "GREY", "BA81", "GBRG", "GRBG", "RGGB"),
    ...packed(2, "R10", "R12", "R16", "RG88", "GR88", "RG16", "BG16", "XR12", "AR12", "XR15", "AR15", "XB15", "AB15"),
    ...packed(2, "XB12", "AB12", "RX12", "RA12", "BX12", "RX15", "RA15", "BX15", "BA15"),
    ...packed(2, "BG10", "GB10", "BA10", "RG10", "BG12", "GB12", "BA12", "RG12"),
    ...packed(3, "RG24", "BG24", "VU24"),
    ...packed(4, "XR24", "AR24", "XB24", "AB24", "RX24", "RA24", "BX24", "BA24", "XR30", "AR30", "XB30", "AB30"),
    ...packed(4, "RX30", "RA30", "BX30", "BA30", "AYUV", "XYUV", "AVUY", "XVUY", "Y410", "XV30", "GR32", "RG32"),
    ...packed(
      8,
      "XR48",
      "AR48",
      "XB48",
      "AB48",
      "XR4H",
      "AR4H",
      "XB4H",
      "AB4H",
      "AB10",
      "Y412",
      "Y416",
      "XV36",
      "XV48",
    ),
    ...planar([plane(4, 2)], "YUYV", "YVYU", "UYVY", "VYUY"),
    ...planar([plane(8, 2)], "Y210", "Y212", "Y216"),
    ...planar([luma10], "pBAA", "pGAA", "pgAA", "pRAA"),
    ...planar([luma, chroma], "NV12", "NV21"),
    ...planar([luma, plane(2, 1, 2, 1)], "NV16", "NV61"),
    ...planar([luma, plane(2)], "NV24", "NV42"),
    ...planar([luma10, chroma10], "NV15"),
    ...planar([luma10, plane(5, 2, 2, 1)], "NV20"),
    ...planar([luma10, plane(5, 2)], "NV30"),
    ...planar([plane(2), plane(4, 1, 2, 2)], "P010", "P012", "P016"),
    ...planar([plane(2), plane(4, 1, 2, 1)], "P210"),
    ...planar([plane(4, 3), plane(8, 3, 2, 2)], "P030"),
    ...planar([luma, plane(1, 1, 2, 2), plane(1, 1, 2, 2)], "YU12", "YV12"),
    ...planar([luma, plane(1, 1, 2, 1), plane(1, 1, 2, 1)], "YU16", "YV16"),
    ...planar([luma, luma, luma], "YU24", "YV24"),
    ...planar([luma, plane(1, 1, 4, 4), plane(1, 1, 4, 4)], "YUV9", "YVU9"),
    ...planar([luma, plane(1, 1, 4, 1), plane(1, 1, 4, 1)], "YU11", "YV11"),
    ...planar([plane(2), plane(2), plane(2)], "Q410", "Q401"),
    compressed(plane(3, 2), "YU08"),
    compressed(plane(15, 8), "YU10"),
    compressed(plane(15, 4), "VU30"),
    // Tiled under V4L2: MediaTek, Samsung, Allwinner, Hantro and Amphion.
    ...planar([tiled(luma, 16, 32), tiled(chroma, 16, 16)], "MM21"),
    ...planar([tiled(luma10, 20, 32), tiled(chroma10, 20, 16)], "MT2T", "MT2R"),
    ...planar([tiled(luma, 64, 32), tiled(chroma, 64, 32)], "TM12"),
    ...planar([tiled(luma, 16, 16), tiled(chroma, 16, 16)], "VM12", "HM12"),
    ...planar([tiled(luma, 32, 32), tiled(chroma, 32, 32)], "ST12"),
    ...planar([tiled(luma, 4, 4), tiled(chroma, 4, 4)], "VT12"),
    ...planar([tiled(luma10, 5, 4), tiled(chroma10, 5, 4)], "VT15"),
    ...planar([tiled(plane(2), 8, 4), tiled(plane(4, 1, 2, 2), 8, 4)], "T010"),
    ...planar([tiled(luma, 8, 128), tiled(chroma, 8, 128)], "AT12"),
  ].map((format) => [format.fourcc, format]),
);

/**
 * Modifiers in tiles of one size, whose size follows from it: names of {@link LINEAR}'s kind, tile widths in bytes. Arm's compression has a rule of
 * its own; modifiers in neither are known by name only.
 */
export const TILE_FORMATS: ReadonlyMap<string, TileFormat> = new Map(
  [
    { modifier: LINEAR, width: 1, height: 1 },
    { modifier: "VIVANTE_TILED", width: 16, height: 4 },
    { modifier: "VIVANTE_SUPER_TILED", width: 256, height: 64 },
    { modifier: "SAMSUNG_64_32_TILE", width: 64, height: 32 },
    { modifier: "SAMSUNG_16_16_TILE", width: 16, height: 16 },
    { modifier: "ALLWINNER_TILED", width: 32, height: 32 },
    { modifier: "BROADCOM_VC4_T_TILED", width: 128, height: 32 },
  ].map((tile) => [tile.modifier, tile]),
);
