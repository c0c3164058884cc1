import { type Image, type ImageRefusal, parseImage } from "../../constraints/image-layout.js";
import type { Access } from "../../constraints/participant.js";
import type { CpuUse } from "../../placement/request.js";
import type { Bytes } from "../../units/quantity.js";
import type { BufferRequest } from "./dma-buffer.js";

/** A request with its defaults filled in. Exactly one of `size` and `image` is not null. */
export interface CheckedRequest {
  readonly size: Bytes | null;
  readonly image: Image | null;
  readonly count: number;
  readonly cpu: CpuUse;
}

/** Pictures kept by their text; beyond that they are read anew. */
const MOST_IMAGES = 256;

const CPU_USES: readonly string[] = ["none", "rare", "often"];
const ACCESSES: readonly string[] = ["read", "write", "read-write"];

/** Reads what is asked of a system. */
export class BufferRequests {
  /** Pictures by the text that was read: a pipeline asks for a few again and again. */
  readonly #images: Map<string, Image> = new Map();

  /** @throws RangeError for a size or count that is no whole number from 1 on, for both or neither of size and image, an unreadable image */
  read(request: BufferRequest): CheckedRequest {
    const { count = 1, cpu = "rare" } = request;
    checkWhole("count", count);
    if (!CPU_USES.includes(cpu)) throw new RangeError(`"${String(cpu)}" is no use by the CPU: ${CPU_USES.join(", ")}`);
    const size = request.size ?? null;
    const image = this.#readImage(request.image ?? null);
    if ((size === null) === (image === null)) throw new RangeError("a buffer has either a size or an image");
    if (size !== null) checkWhole("size", size);
    return { size, image, count, cpu };
  }

  #readImage(image: string | Image | null): Image | null {
    if (typeof image !== "string") return image;
    let read = this.#images.get(image);
    if (read === undefined) {
      const parsed = parseImage(image);
      if (!parsed.ok) throw new RangeError(explainImage(parsed.refusal), { cause: parsed.refusal });
      read = parsed.value;
      if (this.#images.size === MOST_IMAGES) this.#images.clear();
      this.#images.set(image, read);
    }
    return read;
  }
}

/** @throws RangeError for what is no access */
export function checkAccess(access: Access): void {
  if (!ACCESSES.includes(access)) throw new RangeError(`"${String(access)}" is no access: ${ACCESSES.join(", ")}`);
}

/** Name of one buffer of a group. @param id - of the buffer within its system; `index`: within its group */
export function nameOfBuffer({ name, count = 1 }: BufferRequest, id: number, index: number): string {
  if (name === undefined) return `buffer ${id}`;
  return count === 1 ? name : `${name} ${index}`;
}

function explainImage(refusal: ImageRefusal): string {
  switch (refusal.code) {
    case "bad-image":
      return `"${refusal.text}" is no picture: WIDTHxHEIGHT:FOURCC[:MODIFIER]`;
    case "unknown-format":
      return `nothing is known of the format ${refusal.format}`;
    case "unknown-modifier":
      return `nothing is known of the modifier ${refusal.modifier}`;
  }
}

function checkWhole(name: string, value: Bytes): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new RangeError(`${name} is ${value}, not a whole number from 1 to 2^53 - 1`);
}
