import type { AttachRefusal, MapRefusal } from "../simulate/buffers/buffer-refusal.js";
import { describeBufferRefusal } from "../simulate/buffers/buffer-refusal.js";
import type { Bytes } from "../units/quantity.js";

/** Why a framebuffer cannot be made. Codes are public and never change meaning; `plane` counts from 0. */
export type FramebufferRefusal =
  | { readonly code: "unknown-format"; readonly errno: "EINVAL"; readonly format: string }
  | { readonly code: "bad-size"; readonly errno: "EINVAL"; readonly width: number; readonly height: number }
  /** Nothing is known of how the modifier arranges pixels, or of the format without compression. */
  | { readonly code: "unknown-modifier"; readonly errno: "EINVAL"; readonly format: string; readonly modifier: string }
  | {
      readonly code: "bad-plane";
      readonly errno: "EINVAL";
      readonly plane: number;
      readonly pitch: Bytes;
      readonly offset: Bytes;
    }
  | { readonly code: "plane-too-large"; readonly errno: "ERANGE"; readonly plane: number; readonly end: Bytes }
  | { readonly code: "plane-count"; readonly errno: "EINVAL"; readonly planes: number; readonly given: number }
  /** `tile`: bytes of a row within a tile. */
  | {
      readonly code: "pitch-not-tiled";
      readonly errno: "EINVAL";
      readonly plane: number;
      readonly pitch: Bytes;
      readonly tile: Bytes;
    }
  | {
      readonly code: "pitch-too-small";
      readonly errno: "EINVAL";
      readonly plane: number;
      readonly pitch: Bytes;
      readonly least: Bytes;
    }
  | {
      readonly code: "buffer-too-small";
      readonly errno: "EINVAL";
      readonly plane: number;
      readonly size: Bytes;
      readonly least: Bytes;
    };

/** Why a dumb buffer cannot be made. */
export type DumbRefusal =
  | {
      readonly code: "bad-dumb";
      readonly errno: "EINVAL";
      readonly field: "width" | "height" | "bpp";
      readonly value: number;
    }
  | { readonly code: "dumb-too-large"; readonly errno: "EINVAL"; readonly pitch: Bytes; readonly size: Bytes };

/** Whatever a DRM client can be refused. */
export type DrmRefusal = DumbRefusal | FramebufferRefusal | AttachRefusal | MapRefusal;

/** One sentence for people. */
export function describeDrmRefusal(refusal: DrmRefusal): string {
  switch (refusal.code) {
    case "bad-dumb":
      return `a dumb buffer with ${refusal.field} ${refusal.value}: a whole number from 1 to 2^32 - 1 is possible`;
    case "dumb-too-large":
      return `a dumb buffer of ${refusal.size} bytes with rows of ${refusal.pitch}: both have to be below 4 GiB`;
    case "unknown-format":
      return `nothing is known of the format ${refusal.format}`;
    case "bad-size":
      return `a framebuffer of ${refusal.width} by ${refusal.height} pixels: both are whole numbers from 1 on`;
    case "unknown-modifier":
      return `${refusal.format} with the modifier ${refusal.modifier} has no layout that is known`;
    case "bad-plane":
      return `plane ${refusal.plane} has a pitch of ${refusal.pitch} and an offset of ${refusal.offset}: whole numbers from 0 to 2^32 - 1 are possible`;
    case "plane-too-large":
      return `plane ${refusal.plane} ends at byte ${refusal.end}, and 2^32 - 1 is the last that can be named`;
    case "plane-count":
      return `the format has ${refusal.planes} planes, and ${refusal.given} were given`;
    case "pitch-not-tiled":
      return `plane ${refusal.plane} has a pitch of ${refusal.pitch}, no multiple of its tiles' ${refusal.tile} bytes`;
    case "pitch-too-small":
      return `plane ${refusal.plane} has rows of ${refusal.least} bytes at least, and a pitch of ${refusal.pitch}`;
    case "buffer-too-small":
      return `plane ${refusal.plane} needs a buffer of ${refusal.least} bytes, and its has ${refusal.size}`;
    default:
      return describeBufferRefusal(refusal);
  }
}
