import { alignUp } from "../units/quantity.js";

/** A picture whose buffer has just the size asked for. */
export interface LikelyFormat {
  readonly width: number;
  readonly height: number;
  /** FourCC codes that share the arithmetic, the most usual first: `NV12`, `XR24`. */
  readonly format: string;
  /** Multiples that bytes of a line and lines were rounded up to; 1 for none. */
  readonly strideStep: number;
  readonly heightStep: number;
  /** Bytes of the picture before the last page is filled up. */
  readonly size: number;
}

/** Sizes of pictures that cameras, displays and codecs use, the most usual first. */
const PICTURES: readonly (readonly [width: number, height: number])[] = [
  [1920, 1080],
  [3840, 2160],
  [1280, 720],
  [640, 480],
  [2560, 1440],
  [1024, 768],
  [800, 600],
  [800, 480],
  [1280, 800],
  [1366, 768],
  [1440, 900],
  [1600, 900],
  [1600, 1200],
  [1680, 1050],
  [1920, 1200],
  [1024, 600],
  [720, 480],
  [720, 576],
  [1280, 960],
  [1280, 1024],
  [1296, 972],
  [1332, 990],
  [1456, 1088],
  [1536, 864],
  [1640, 1232],
  [2028, 1080],
  [2028, 1520],
  [2304, 1296],
  [2592, 1944],
  [2560, 1600],
  [3280, 2464],
  [4056, 3040],
  [4608, 2592],
  [4096, 2160],
  [7680, 4320],
  [320, 240],
];

interface Arithmetic {
  readonly format: string;
  /** Bits of a pixel on the lines that `strideStep` rounds. */
  readonly lineBits: number;
  /** All planes together, as multiples of the first in halves: 3 is one and a half. */
  readonly halves: number;
}

/** The most usual first. 10-bit formats of two planes have two bytes for each sample. */
const FORMATS: readonly Arithmetic[] = [
  { format: "XR24/AR24", lineBits: 32, halves: 2 },
  { format: "NV12/YU12", lineBits: 8, halves: 3 },
  { format: "YUYV/RG16/NV16", lineBits: 16, halves: 2 },
  { format: "RG24", lineBits: 24, halves: 2 },
  { format: "P010", lineBits: 16, halves: 3 },
  { format: "NV15", lineBits: 10, halves: 3 },
  { format: "raw 10-bit packed", lineBits: 10, halves: 2 },
  { format: "raw 12-bit packed", lineBits: 12, halves: 2 },
  { format: "GREY/raw 8-bit", lineBits: 8, halves: 2 },
];

/** How lines are rounded, the most usual first. */
const STEPS: readonly (readonly [stride: number, height: number])[] = [
  [1, 1],
  [1, 16],
  [64, 1],
  [64, 16],
  [256, 1],
  [32, 1],
  [32, 32],
  [128, 1],
];

/**
 * Pictures that need just so many bytes: the arithmetic of image layouts, reversed. The likeliest first: common rounding before rare, common sizes before rare.
 *
 * @param size - bytes asked for
 * @param pageSize - when given, `size` is a number of whole pages, and a picture counts when it ends within the last one
 */
export function likelyFormats(size: number, pageSize: number | null): readonly LikelyFormat[] {
  const found: LikelyFormat[] = [];
  const known = new Set<string>();
  for (const [strideStep, heightStep] of STEPS) {
    for (const { format, lineBits, halves } of FORMATS) {
      for (const [width, height] of PICTURES) {
        const stride = alignUp(Math.ceil((width * lineBits) / 8), strideStep);
        const bytes = (stride * alignUp(height, heightStep) * halves) / 2;
        if (alignUp(bytes, pageSize ?? 1) !== size) continue;
        const name = `${width}x${height} ${format}`;
        if (known.has(name)) continue;
        known.add(name);
        found.push({ width, height, format, strideStep, heightStep, size: bytes });
      }
    }
  }
  return found;
}

/** `1920x1080 XR24/AR24 (8294400 bytes)`, with what was rounded. */
export function formatWords(format: LikelyFormat): string {
  return words(format, [`${format.size} bytes`]);
}

/** As {@link formatWords} without the size, where it stands beside: `1920x1080 NV12/YU12 (height to 16 rows)`. */
export function formatName(format: LikelyFormat): string {
  return words(format, []);
}

function words({ width, height, format, strideStep, heightStep }: LikelyFormat, first: readonly string[]): string {
  const details = [
    ...first,
    ...(strideStep > 1 ? [`lines padded to ${strideStep} bytes`] : []),
    ...(heightStep > 1 ? [`height to ${heightStep} rows`] : []),
  ];
  return `${width}x${height} ${format}${details.length === 0 ? "" : ` (${details.join(", ")})`}`;
}
