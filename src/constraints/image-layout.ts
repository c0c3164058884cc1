import type { LayoutFact } from "../facts/fact.js";
import type { Assumption } from "../machine/machine.js";
import { alignUp, MAX_EXACT } from "../units/quantity.js";
import { accepted, type Result, refused } from "../units/result.js";
import { leastCommonMultiple } from "./constraints.js";
import { IMAGE_FORMATS, type ImageFormat, type PlaneFormat, TILE_FORMATS } from "./image-format.js";
import { type AfbcMode, afbcMode, LINEAR, modifierName } from "./modifier.js";
import type { Participant } from "./participant.js";

/** A picture as a request names it. */
export interface Image {
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** DRM fourcc, or V4L2's where DRM has none. */
  readonly format: string;
  /** As {@link modifierName} writes it. */
  readonly modifier: string;
}

/** Where a plane lies; a compressed picture is one plane, whose stride is that of the superblocks' pixels. `memory` counts buffers, 0 the first; offset and size in bytes, stride in bytes per row. */
export interface PlaneLayout {
  readonly memory: number;
  readonly offset: number;
  readonly stride: number;
  readonly size: number;
}

/** A picture in memory. */
export interface ImageLayout {
  readonly modifier: string;
  readonly planes: readonly PlaneLayout[];
}

/** What all participants together want of a picture: bytes, rows, bytes. */
export interface LayoutAlignment {
  readonly strideAlign: number;
  readonly heightAlign: number;
  readonly offsetAlign: number;
}

/** Why an image cannot be understood. */
export type ImageRefusal =
  | { readonly code: "bad-image"; readonly text: string }
  | { readonly code: "unknown-format"; readonly format: string; readonly known: readonly string[] }
  | { readonly code: "unknown-modifier"; readonly modifier: string; readonly known: readonly string[] };

const LARGEST_SIDE = 65536;

/**
 * Parses `WIDTHxHEIGHT:FOURCC[:MODIFIER]`. Sides are at least 1 and at most 65536 pixels; the modifier is a name or a number. What has a name
 * but no layout that can be computed is refused as unknown, by its name.
 */
export function parseImage(text: string): Result<Image, ImageRefusal> {
  const match = /^(\d{1,9})x(\d{1,9}):([^:]+)(?::(.+))?$/.exec(text.trim());
  if (match === null) return refused({ code: "bad-image", text });
  const width = Number(match[1]);
  const height = Number(match[2]);
  if (width < 1 || height < 1 || width > LARGEST_SIDE || height > LARGEST_SIDE) {
    return refused({ code: "bad-image", text });
  }
  const asked = match[3] as string;
  const format = IMAGE_FORMATS.has(asked) ? asked : asked.toUpperCase();
  if (!IMAGE_FORMATS.has(format)) {
    return refused({ code: "unknown-format", format: asked, known: [...IMAGE_FORMATS.keys()] });
  }
  const written = match[4] ?? LINEAR;
  const modifier = modifierName(written) ?? written.toUpperCase().replace(/^DRM_FORMAT_MOD_/, "");
  const isTiled = TILE_FORMATS.has(modifier) && IMAGE_FORMATS.get(format)?.isCompressed !== true;
  if (!isTiled && afbcMode(modifier) === null) {
    return refused({ code: "unknown-modifier", modifier, known: [...TILE_FORMATS.keys()] });
  }
  return accepted({ width, height, format, modifier });
}

/** What is taken when nobody knows an engine's alignment: a stride every engine of the facts accepts, and whole macroblocks for codecs. */
const ASSUMED = { strideAlign: 64, heightAlign: 2, codecHeightAlign: 16, offsetAlign: 64 } as const;

/**
 * Merges what the participants want of this picture; what a participant's facts leave open is assumed, with an assumption
 * per device and field, and never taken as 1.
 */
export function mergeLayouts(
  participants: readonly Participant[],
  image: Image,
): { readonly alignment: LayoutAlignment; readonly assumptions: readonly Assumption[] } {
  const assumptions: Assumption[] = [];
  let merged: LayoutAlignment = { strideAlign: 1, heightAlign: 1, offsetAlign: 1 };
  for (const participant of participants) {
    const { device } = participant;
    const facts = layoutsOf(participant.alternatives[0].layouts, image);
    const heightAssumed = device.role === "codec" ? ASSUMED.codecHeightAlign : ASSUMED.heightAlign;
    const take = (field: keyof LayoutAlignment, assumed: number): number => {
      const known = facts.find((fact) => fact[field] !== undefined)?.[field];
      if (known !== undefined) return known;
      assumptions.push({ code: "unknown-layout", device: device.path, field, source: `assumed ${assumed}` });
      return assumed;
    };
    merged = {
      strideAlign: leastCommonMultiple(merged.strideAlign, take("strideAlign", ASSUMED.strideAlign)),
      heightAlign: leastCommonMultiple(merged.heightAlign, take("heightAlign", heightAssumed)),
      offsetAlign: leastCommonMultiple(merged.offsetAlign, take("offsetAlign", ASSUMED.offsetAlign)),
    };
  }
  return { alignment: merged, assumptions };
}

/**
 * Lays the planes out one after the other in a single buffer. Strides keep the ratio the format gives them, because engines derive the
 * stride of the chroma planes from that of the first.
 *
 * @throws RangeError when the picture is larger than 2^53 - 1 bytes
 */
export function layOut(
  image: Image,
  alignment: LayoutAlignment,
): { readonly layout: ImageLayout; readonly size: number } {
  const format = IMAGE_FORMATS.get(image.format) as ImageFormat;
  const mode = afbcMode(image.modifier);
  if (mode !== null) return layOutCompressed(image, format, mode, alignment);
  const tile = TILE_FORMATS.get(image.modifier) ?? { width: 1, height: 1 };
  const first = format.planes[0] as PlaneFormat;
  const perPixel = (p: PlaneFormat): number => p.bytes / (p.pixels * p.horizontal);
  const ratios = format.planes.map((p) => perPixel(p) / perPixel(first));
  const natural = format.planes.map((p, i) => {
    const bytes = Math.ceil(Math.ceil(image.width / p.horizontal) / p.pixels) * p.bytes;
    return Math.ceil(bytes / (ratios[i] as number));
  });
  const tileWidth = format.planes.reduce((width, p) => leastCommonMultiple(width, p.tile?.width ?? 1), tile.width);
  const step = leastCommonMultiple(alignment.strideAlign, tileWidth) / Math.min(1, ...ratios);
  const stride = alignUp(Math.max(...natural), step);
  const planes: PlaneLayout[] = [];
  let end = 0;
  for (const [i, p] of format.planes.entries()) {
    const tileHeight = leastCommonMultiple(tile.height, p.tile?.height ?? 1);
    const rows = alignUp(Math.ceil(alignUp(image.height, alignment.heightAlign) / p.vertical), tileHeight);
    const planeStride = stride * (ratios[i] as number);
    const offset = alignUp(end, alignment.offsetAlign);
    const size = planeStride * rows;
    planes.push({ memory: 0, offset, stride: planeStride, size });
    end = offset + size;
  }
  if (end > MAX_EXACT) throw new RangeError(`a picture of ${end} bytes is outside the exact range`);
  return { layout: { modifier: image.modifier, planes }, size: end };
}

/** Bytes of a superblock's header entry. */
const AFBC_HEADER = 16;

/**
 * A header entry for each superblock, then a body that has room for every superblock without compression. Superblocks have 256 pixels.
 *
 * @see Linux 6.12 `drm_gem_afbc_min_size()` in `drivers/gpu/drm/drm_gem_framebuffer_helper.c`; for formats of two planes, of which it counts the
 * first alone, all planes are counted here
 */
function layOutCompressed(
  image: Image,
  format: ImageFormat,
  mode: AfbcMode,
  { strideAlign, heightAlign }: LayoutAlignment,
): { readonly layout: ImageLayout; readonly size: number } {
  const bitsOf = (p: PlaneFormat): number => (p.bytes * 8) / (p.pixels * p.horizontal * p.vertical);
  const bits = Math.ceil(format.planes.reduce((sum, p) => sum + bitsOf(p), 0));
  const tiles = mode.hasTiledHeader ? 8 : 1;
  const strideStep = leastCommonMultiple(strideAlign * 8, bits) / bits;
  const width = alignUp(image.width, leastCommonMultiple(mode.blockWidth * tiles, strideStep));
  const height = alignUp(image.height, leastCommonMultiple(mode.blockHeight * tiles, heightAlign));
  const nrBlocks = (width * height) / 256;
  const body = nrBlocks * alignUp((bits * 256) / 8, 128);
  const size = alignUp(nrBlocks * AFBC_HEADER, mode.hasTiledHeader ? 4096 : 64) + body;
  if (!(size <= MAX_EXACT)) throw new RangeError(`a picture of ${size} bytes is outside the exact range`);
  return {
    layout: { modifier: image.modifier, planes: [{ memory: 0, offset: 0, stride: (width * bits) / 8, size }] },
    size,
  };
}

/** Facts for this picture, the format by name before `*`. */
function layoutsOf(layouts: readonly LayoutFact[], image: Image): readonly LayoutFact[] {
  const fitting = layouts.filter((l) => l.modifier === image.modifier);
  return [...fitting.filter((l) => l.fourcc === image.format), ...fitting.filter((l) => l.fourcc === "*")];
}

/** True when the planes of two layouts lie alike. */
export function isSameLayout(a: ImageLayout, b: ImageLayout): boolean {
  return a.planes.every((plane, i) => {
    const other = b.planes[i];
    return plane.offset === other?.offset && plane.stride === other.stride && plane.size === other.size;
  });
}
