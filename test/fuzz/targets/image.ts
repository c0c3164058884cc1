import { IMAGE_FORMATS } from "../../../src/constraints/image-format.js";
import { type Image, layOut, parseImage } from "../../../src/constraints/image-layout.js";
import type { Mutation } from "../mutate.js";
import { textMutation } from "../mutate-text.js";

/**
 * Reads the first word of a text as picture, three more as alignments of stride, height and offset, and lays the picture out.
 *
 * @throws when a picture is read that the text does not state, when planes overlap, are not aligned or too small, or when a size is not exact
 */
export function run(data: Uint8Array): void {
  const [words = "", ...numbers] = new TextDecoder().decode(data).split(" ");
  const result = parseImage(words);
  if (!result.ok) return;
  const image = result.value;
  const { width, height, format, modifier } = image;
  const again = parseImage(`${width}x${height}:${format}:${modifier}`);
  if (JSON.stringify(again) !== JSON.stringify(result)) throw new Error("written out, it reads as another picture");
  const [strideAlign, heightAlign, offsetAlign] = [0, 1, 2].map((i) => alignmentOf(numbers[i])) as [
    number,
    number,
    number,
  ];
  check(image, strideAlign, heightAlign, offsetAlign);
}

/** 1 where the text states none. Facts and overrides may state any whole number. */
function alignmentOf(text: string | undefined): number {
  const value = /^\d{1,16}$/.test(text ?? "") ? Number(text) : 1;
  return Number.isSafeInteger(value) && value > 0 ? value : 1;
}

function check(image: Image, strideAlign: number, heightAlign: number, offsetAlign: number): void {
  let laidOut: ReturnType<typeof layOut>;
  try {
    laidOut = layOut(image, { strideAlign, heightAlign, offsetAlign });
  } catch (error) {
    // Documented: larger than 2^53 - 1. That needs a giant alignment, since the largest picture is below 2^40.
    if (error instanceof RangeError && Math.max(strideAlign, heightAlign, offsetAlign) > 2 ** 16) return;
    throw error;
  }
  const { layout, size } = laidOut;
  if (image.modifier.startsWith("ARM_AFBC(")) {
    const [plane, ...more] = layout.planes;
    if (plane === undefined || more.length > 0 || plane.offset !== 0)
      throw new Error("a compressed picture is one plane");
    if (plane.stride % strideAlign !== 0) throw new Error(`stride ${plane.stride} is not aligned`);
    if (plane.size !== size || !Number.isSafeInteger(size)) throw new Error(`size ${size} is not that of the plane`);
    return;
  }
  const { planes } = IMAGE_FORMATS.get(image.format) ?? { planes: [] };
  if (layout.planes.length !== planes.length) throw new Error("a plane is missing");
  let end = 0;
  for (const [i, plane] of layout.planes.entries()) {
    const about = planes[i] as (typeof planes)[number];
    const rows = Math.ceil(image.height / about.vertical);
    const bytes = Math.ceil((Math.ceil(image.width / about.horizontal) * about.bytes) / about.pixels);
    for (const value of [plane.offset, plane.stride, plane.size]) {
      if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${value} in plane ${i} is not exact`);
    }
    if (plane.offset < end || plane.offset % offsetAlign !== 0) throw new Error(`plane ${i} begins at ${plane.offset}`);
    if (plane.stride < bytes || plane.size < rows * plane.stride) throw new Error(`plane ${i} is too small`);
    if (i === 0 && plane.stride % strideAlign !== 0) throw new Error(`stride ${plane.stride} is not aligned`);
    end = plane.offset + plane.size;
  }
  if (size !== end) throw new Error(`size ${size}, but the last plane ends at ${end}`);
}

const encoder = new TextEncoder();

/** Pictures of one, two and three planes, with and without tiles. */
export const seeds: Uint8Array[] = [
  "1920x1080:NV12",
  "3840x2160:NV12:LINEAR 64 16 4096",
  "1x1:XR24",
  "65536x65536:YU12 192 8 1",
  "4056x3040:pRAA 32 2 64",
  "1281x721:NV15:DRM_FORMAT_MOD_VIVANTE_TILED 24 3 7",
  "640x480:yuyv:VIVANTE_SUPER_TILED 256",
].map((text) => encoder.encode(text));

export const mutation: Mutation = textMutation([
  "x",
  ":",
  " ",
  ...IMAGE_FORMATS.keys(),
  ":SAMSUNG_64_32_TILE",
  ":ALLWINNER_TILED",
  ":LINEAR",
  "65536",
  "65537",
  "3",
  "63",
  "4503599627370496",
  "9007199254740991",
]);
