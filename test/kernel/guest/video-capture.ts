import type { Descriptor } from "../../../src/linux/native/descriptor.js";
import type { Kernel } from "../../../src/linux/native/kernel.js";
import { getField, makeStruct } from "../../../src/linux/native/struct.js";
import {
  V4L2_BUF_TYPE_VIDEO_CAPTURE as CAPTURE,
  V4L2_MEMORY_DMABUF,
  VIDIOC_DQBUF,
  VIDIOC_QBUF,
  VIDIOC_REQBUFS,
  VIDIOC_S_FMT,
  VIDIOC_STREAMOFF,
  VIDIOC_STREAMON,
  v4l2Buffer,
  v4l2Format,
  v4l2Requestbuffers,
} from "../../../src/linux/uapi/videodev2.js";

const YUYV = 0x56595559;

/** A program that captures into one dma-buf, as any does: what it knows of buffers is their descriptor. */
export class VideoCapture implements Disposable {
  readonly #kernel: Kernel;
  readonly #node: Descriptor;

  constructor(kernel: Kernel, path: string, { width, height }: { readonly width: number; readonly height: number }) {
    this.#kernel = kernel;
    this.#node = kernel.open(path);
    const format = { "fmt.pix.width": width, "fmt.pix.height": height, "fmt.pix.pixelformat": YUYV };
    this.#call(VIDIOC_S_FMT, makeStruct(v4l2Format, { type: CAPTURE, ...format }));
    this.#request(1);
  }

  /** Hands the buffer to the device. @param length - bytes of it; 0 for all it has */
  queue(fd: number, length = 0): void {
    this.#call(VIDIOC_QBUF, makeStruct(v4l2Buffer, { type: CAPTURE, memory: V4L2_MEMORY_DMABUF, "m.fd": fd, length }));
  }

  start(): void {
    this.#call(VIDIOC_STREAMON, this.#type());
  }

  stop(): void {
    this.#call(VIDIOC_STREAMOFF, this.#type());
  }

  /** Waits for the device to fill the buffer. @returns bytes of the picture */
  async frame(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      const watch = this.#kernel.watch(this.#node, { readable: true }, (error) => {
        watch.close();
        // Where the device is gone, the next call says so.
        if (error === null || error.errno === "EBADF") resolve();
        else reject(error);
      });
    });
    const buffer = makeStruct(v4l2Buffer, { type: CAPTURE, memory: V4L2_MEMORY_DMABUF });
    this.#call(VIDIOC_DQBUF, buffer);
    return getField(v4l2Buffer, buffer, "bytesused");
  }

  /** Takes the buffer away from the device, which lets go of it. */
  empty(): void {
    this.#request(0);
  }

  [Symbol.dispose](): void {
    this.#node.close();
  }

  #request(count: number): void {
    this.#call(VIDIOC_REQBUFS, makeStruct(v4l2Requestbuffers, { count, type: CAPTURE, memory: V4L2_MEMORY_DMABUF }));
  }

  #type(): Uint8Array {
    const type = new Uint8Array(4);
    type[0] = CAPTURE;
    return type;
  }

  #call(request: Parameters<Kernel["ioctl"]>[1], argument: Uint8Array): void {
    this.#kernel.ioctl(this.#node, request, argument);
  }
}
