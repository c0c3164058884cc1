import { IMAGE_FORMATS, type PlaneFormat, TILE_FORMATS, type TileFormat } from "../constraints/image-format.js";
import { LINEAR, modifierName } from "../constraints/modifier.js";
import type { Attachment, DmaBuffer } from "../simulate/buffers/dma-buffer.js";
import type { DmaSystem } from "../simulate/dma-system.js";
import { alignUp, type Bytes, type DmaAddr } from "../units/quantity.js";
import { accepted, type Result, refused } from "../units/result.js";
import type { DrmRefusal, DumbRefusal, FramebufferRefusal } from "./drm-refusal.js";
import { Handles } from "./handles.js";

/** A dumb buffer, as `DRM_IOCTL_MODE_CREATE_DUMB` tells of it. */
export interface DumbBuffer {
  readonly handle: number;
  /** Bytes of a row. */
  readonly pitch: Bytes;
  readonly size: Bytes;
}

/** A framebuffer to be made: one entry per plane in each list. */
export interface FramebufferRequest {
  readonly width: number;
  readonly height: number;
  /** DRM fourcc. */
  readonly format: string;
  /** How pixels are arranged, by the modifier's name or number. Default `LINEAR`. */
  readonly modifier?: string;
  readonly handles: readonly number[];
  /** Bytes of a row. */
  readonly pitches: readonly Bytes[];
  /** Of the first byte, within its buffer. Default 0 for all. */
  readonly offsets?: readonly Bytes[];
}

/** A framebuffer that is shown. */
export interface Scanout {
  /** Address of the first byte of each plane, as the display emits it; null where the kernel keeps it to itself. */
  readonly planes: readonly (DmaAddr | null)[];
}

interface Framebuffer {
  readonly buffers: readonly DmaBuffer[];
  readonly offsets: readonly Bytes[];
  /** Attachments that are mapped while it is shown. */
  shown: readonly Attachment[];
}

const LARGEST_U32 = 2 ** 32 - 1;

/**
 * A process with the node of a display open: dumb buffers, PRIME, framebuffers.
 *
 * What differs from Linux 6.12: a dumb buffer has no memory before it is shown or written, so that whoever imports it before that is heeded; an imported
 * buffer is mapped when it is shown and not when it comes in; pictures in tiles have whole tiles, which Linux leaves to each driver, and compressed ones are
 * refused.
 *
 * @see Linux 6.12 `drivers/gpu/drm/drm_dumb_buffers.c`, `drm_prime.c`, `drm_framebuffer.c`, `drm_gem_framebuffer_helper.c`
 */
export class DrmClient {
  readonly #system: DmaSystem;
  readonly #display: string;
  readonly #handles: Handles = new Handles();
  readonly #attachments: Map<DmaBuffer, Attachment> = new Map();
  readonly #framebuffers: Map<number, Framebuffer> = new Map();
  #nextFramebuffer = 1;

  /** @param display - any name of the display */
  constructor(system: DmaSystem, display: string) {
    this.#system = system;
    this.#display = display;
  }

  /** Handles that are open. */
  get handleCount(): number {
    return this.#handles.count;
  }

  /**
   * A buffer for pictures that the CPU draws. Rows are as long as their pixels, rounded up to whole bytes.
   *
   * @see Linux 6.12 `drm_mode_create_dumb()`, `drm_gem_dma_dumb_create()`
   */
  createDumb(width: number, height: number, bpp: number): Result<DumbBuffer, DumbRefusal> {
    for (const [field, value] of [
      ["width", width],
      ["height", height],
      ["bpp", bpp],
    ] as const) {
      if (!Number.isInteger(value) || value < 1 || value > LARGEST_U32) {
        return refused({ code: "bad-dumb", errno: "EINVAL", field, value });
      }
    }
    const pitch = Math.ceil((width * bpp) / 8);
    const size = pitch * height;
    if (pitch > LARGEST_U32 || size > LARGEST_U32) {
      return refused({ code: "dumb-too-large", errno: "EINVAL", pitch, size });
    }
    const buffer = this.#system.createBuffer({ size, cpu: "often" });
    this.#attachments.set(buffer, buffer.attach(this.#display));
    return accepted({ handle: this.#handles.open(buffer), pitch, size });
  }

  /** The buffer behind a handle: what `DRM_IOCTL_MODE_MAP_DUMB` is for. @throws RangeError for a handle that is not open */
  buffer(handle: number): DmaBuffer {
    return this.#handles.get(handle);
  }

  /** A descriptor for others. @throws RangeError for a handle that is not open */
  primeHandleToFd(handle: number): number {
    return this.#handles.get(handle).export();
  }

  /**
   * The handle of a buffer that somebody else has made: the one it has here, if it has one. The display attaches to it.
   *
   * @throws RangeError for a descriptor that is not open
   * @see Linux 6.12 `drm_gem_prime_fd_to_handle()`, `drm_gem_prime_import_dev()`
   */
  primeFdToHandle(descriptor: number): Result<number, DrmRefusal> {
    const buffer = this.#system.importBuffer(descriptor);
    if (!this.#attachments.has(buffer)) {
      const attached = buffer.tryAttach(this.#display);
      if (!attached.ok) {
        buffer.release();
        return attached;
      }
      this.#attachments.set(buffer, attached.value);
    }
    return accepted(this.#handles.openOnce(buffer));
  }

  /** Closes a handle, however often its buffer came in; framebuffers keep what they show. @throws RangeError for a handle that is not open */
  closeHandle(handle: number): void {
    const buffer = this.#handles.close(handle);
    if (buffer !== null) this.#detachIfUnused(buffer);
  }

  /**
   * A picture in one buffer or several, to be shown.
   *
   * @returns its number
   * @throws RangeError for a handle that is not open
   * @see Linux 6.12 `framebuffer_check()`, `drm_gem_fb_init_with_funcs()`
   */
  addFramebuffer(request: FramebufferRequest): Result<number, FramebufferRefusal> {
    const { width, height, handles, pitches } = request;
    const format = IMAGE_FORMATS.get(request.format);
    if (format === undefined) return refused({ code: "unknown-format", errno: "EINVAL", format: request.format });
    if (!(Number.isInteger(width) && width >= 1 && Number.isInteger(height) && height >= 1)) {
      return refused({ code: "bad-size", errno: "EINVAL", width, height });
    }
    const asked = request.modifier ?? LINEAR;
    const modifier = modifierName(asked) ?? asked;
    const tile = TILE_FORMATS.get(modifier);
    if (tile === undefined || format.isCompressed === true) {
      return refused({ code: "unknown-modifier", errno: "EINVAL", format: request.format, modifier });
    }
    const planes = format.planes.length;
    for (const given of [handles.length, pitches.length, request.offsets?.length ?? planes]) {
      if (given !== planes) return refused({ code: "plane-count", errno: "EINVAL", planes, given });
    }
    const offsets = request.offsets ?? handles.map(() => 0);
    const buffers = handles.map((handle) => this.#handles.get(handle));
    for (const [plane, of] of format.planes.entries()) {
      const pitch = pitches[plane] as Bytes;
      const offset = offsets[plane] as Bytes;
      if (!isU32(pitch) || !isU32(offset)) return refused({ code: "bad-plane", errno: "EINVAL", plane, pitch, offset });
      const least = rowBytes(of, tile, width);
      if (pitch < least) return refused({ code: "pitch-too-small", errno: "EINVAL", plane, pitch, least });
      if (pitch % tile.width !== 0) {
        return refused({ code: "pitch-not-tiled", errno: "EINVAL", plane, pitch, tile: tile.width });
      }
      const rows = alignUp(Math.ceil(height / of.vertical), tile.height);
      const end = rows * pitch + offset;
      if (end > LARGEST_U32) return refused({ code: "plane-too-large", errno: "ERANGE", plane, end });
      const needed = (rows - 1) * pitch + least + offset;
      const size = this.#wholeSize(buffers[plane] as DmaBuffer);
      if (!(size >= needed)) return refused({ code: "buffer-too-small", errno: "EINVAL", plane, size, least: needed });
    }
    for (const buffer of buffers) buffer.acquire();
    const id = this.#nextFramebuffer;
    this.#nextFramebuffer += 1;
    this.#framebuffers.set(id, { buffers, offsets, shown: [] });
    return accepted(id);
  }

  /** Shows a framebuffer: its buffers are mapped for the display, and get memory if they have none. @throws RangeError for an unknown number */
  show(id: number): Result<Scanout, DrmRefusal> {
    const framebuffer = this.#framebuffer(id);
    if (framebuffer.shown.length === 0) {
      const mapped: Attachment[] = [];
      for (const buffer of framebuffer.buffers) {
        const attachment = this.#attachments.get(buffer) as Attachment;
        const view = attachment.map("to-device");
        if (!view.ok) {
          for (const one of mapped) one.unmap();
          return view;
        }
        mapped.push(attachment);
      }
      framebuffer.shown = mapped;
    }
    const planes = framebuffer.shown.map((attachment, i) => addressIn(attachment, framebuffer.offsets[i] as Bytes));
    return accepted({ planes });
  }

  /** Shows it no more. @throws RangeError for an unknown number, or one that is not shown */
  hide(id: number): void {
    const framebuffer = this.#framebuffer(id);
    if (framebuffer.shown.length === 0) throw new RangeError(`framebuffer ${id} is not shown`);
    for (const attachment of framebuffer.shown) attachment.unmap();
    framebuffer.shown = [];
  }

  /** Takes a framebuffer away, hidden if need be. @throws RangeError for an unknown number */
  removeFramebuffer(id: number): void {
    const framebuffer = this.#framebuffer(id);
    if (framebuffer.shown.length > 0) this.hide(id);
    this.#framebuffers.delete(id);
    for (const buffer of framebuffer.buffers) {
      this.#detachIfUnused(buffer);
      buffer.release();
    }
  }

  /** Bytes of a buffer in whole pages, as GEM objects have them. */
  #wholeSize(buffer: DmaBuffer): Bytes {
    return alignUp(buffer.size, this.#system.machine.profile.pageSize);
  }

  #framebuffer(id: number): Framebuffer {
    const framebuffer = this.#framebuffers.get(id);
    if (framebuffer === undefined) throw new RangeError(`there is no framebuffer ${id}`);
    return framebuffer;
  }

  /** The display leaves a buffer that neither a handle nor a framebuffer of this client keeps. */
  #detachIfUnused(buffer: DmaBuffer): void {
    if (this.#handles.has(buffer)) return;
    for (const { buffers } of this.#framebuffers.values()) if (buffers.includes(buffer)) return;
    this.#attachments.get(buffer)?.detach();
    this.#attachments.delete(buffer);
  }
}

/** Bytes of a row of tiles, of a row of pixels without. Linux 6.12 `drivers/gpu/drm/drm_fourcc.c` `drm_format_info_min_pitch()`. */
function rowBytes({ bytes, pixels, horizontal }: PlaneFormat, tile: TileFormat, width: number): Bytes {
  return alignUp(Math.ceil((Math.ceil(width / horizontal) * bytes) / pixels), tile.width);
}

function isU32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= LARGEST_U32;
}

function addressIn(attachment: Attachment, offset: Bytes): DmaAddr | null {
  if (attachment.view === null) throw new RangeError(`${attachment.device} has lost its view`);
  return attachment.view.addressOf(offset);
}
