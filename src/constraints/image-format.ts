/** One plane of a pixel format: `bytes` per block of `pixels` horizontal samples, subsampled by `horizontal` and `vertical`. */
export interface PlaneFormat {
  readonly bytes: number;
  readonly pixels: number;
  readonly horizontal: number;
  readonly vertical: number;
}

/** A pixel format by its DRM fourcc. */
export interface ImageFormat {
  readonly fourcc: string;
  readonly planes: readonly PlaneFormat[];
}

/** How a modifier arranges a plane: tiles of `width` bytes by `height` rows, and a header of `header` bytes per tile in front. */
export interface TileFormat {
  readonly modifier: string;
  readonly width: number;
  readonly height: number;
  readonly header: number;
}

/** The plain modifier: rows one after the other. */
export const LINEAR = "LINEAR";

const plane = (bytes: number, pixels = 1, horizontal = 1, vertical = 1): PlaneFormat => ({
  bytes,
  pixels,
  horizontal,
  vertical,
});

const packed = (bytes: number, ...fourccs: string[]): readonly ImageFormat[] =>
  fourccs.map((fourcc) => ({ fourcc, planes: [plane(bytes)] }));

const planar = (planes: readonly PlaneFormat[], ...fourccs: string[]): readonly ImageFormat[] =>
  fourccs.map((fourcc) => ({ fourcc, planes }));

/**
 * The formats whose layout is known, by DRM fourcc (Linux 6.12 `include/uapi/drm/drm_fourcc.h`), and the V4L2 names of grey and raw Bayer
 * samples where they do not collide with one.
 */
export const IMAGE_FORMATS: ReadonlyMap<string, ImageFormat> = new Map(
  [
    ...packed(1, "C8", "R8", "D8", "GREY", "BA81", "GBRG", "GRBG", "RGGB"),
    ...packed(2, "R10", "R12", "R16", "RG88", "GR88", "RG16", "BG16", "XR12", "AR12", "XR15", "AR15", "XB15", "AB15"),
    ...packed(2, "BG10", "GB10", "BA10", "RG10", "BG12", "GB12", "BA12", "RG12"),
    ...packed(3, "RG24", "BG24", "VU24"),
    ...packed(4, "XR24", "AR24", "XB24", "AB24", "RX24", "RA24", "BX24", "BA24", "XR30", "AR30", "XB30", "AB30"),
    ...packed(4, "RX30", "RA30", "BX30", "BA30", "AYUV", "XYUV", "GR32"),
    ...packed(8, "XR48", "AR48", "XB48", "AB48", "XR4H", "AR4H", "XB4H", "AB4H"),
    ...planar([plane(4, 2)], "YUYV", "YVYU", "UYVY", "VYUY"),
    ...planar([plane(5, 4)], "pBAA", "pGAA", "pgAA", "pRAA"),
    ...planar([plane(1), plane(2, 1, 2, 2)], "NV12", "NV21"),
    ...planar([plane(1), plane(2, 1, 2, 1)], "NV16", "NV61"),
    ...planar([plane(1), plane(2)], "NV24", "NV42"),
    ...planar([plane(5, 4), plane(5, 2, 2, 2)], "NV15"),
    ...planar([plane(5, 4), plane(5, 2, 2, 1)], "NV20"),
    ...planar([plane(5, 4), plane(5, 2)], "NV30"),
    ...planar([plane(2), plane(4, 1, 2, 2)], "P010", "P012", "P016"),
    ...planar([plane(2), plane(4, 1, 2, 1)], "P210"),
    ...planar([plane(1), plane(1, 1, 2, 2), plane(1, 1, 2, 2)], "YU12", "YV12"),
    ...planar([plane(1), plane(1, 1, 2, 1), plane(1, 1, 2, 1)], "YU16", "YV16"),
    ...planar([plane(1), plane(1), plane(1)], "YU24", "YV24"),
    ...planar([plane(1), plane(1, 1, 4, 4), plane(1, 1, 4, 4)], "YUV9", "YVU9"),
  ].map((format) => [format.fourcc, format]),
);

/** Modifiers whose size can be computed, named as in `drm_fourcc.h` without `DRM_FORMAT_MOD_`. Tile widths are in bytes. */
export const TILE_FORMATS: ReadonlyMap<string, TileFormat> = new Map(
  [
    { modifier: LINEAR, width: 1, height: 1, header: 0 },
    { modifier: "VIVANTE_TILED", width: 16, height: 4, header: 0 },
    { modifier: "VIVANTE_SUPER_TILED", width: 256, height: 64, header: 0 },
    { modifier: "SAMSUNG_64_32_TILE", width: 64, height: 32, header: 0 },
    { modifier: "SAMSUNG_16_16_TILE", width: 16, height: 16, header: 0 },
    { modifier: "ALLWINNER_TILED", width: 32, height: 32, header: 0 },
  ].map((tile) => [tile.modifier, tile]),
);
