/** Lines of one failure: the reason is told once, by the line that knows most. */
import { describe, expect, it } from "vitest";
import { explained } from "./read-log.js";

const ids = (...lines: readonly string[]): readonly string[] =>
  explained(lines.join("\n")).findings.map(({ id }) => id);

describe("a failure that several layers report", () => {
  it("is told by libcamera, and not again by the Python program on top", () => {
    const heap = "ERROR RPI dma_heaps.cpp:53 Could not open any dmaHeap device";
    expect(ids(heap, "OSError: [Errno 12] Cannot allocate memory")).toEqual(["libcamera-no-heap"]);
    expect(ids("OSError: [Errno 12] Cannot allocate memory", heap)).toHaveLength(2);
  });

  it("is told of the element that GStreamer names, and not again without its name", () => {
    const named = "ERROR: from element /GstPipeline:pipeline0/GstV4l2Src:v4l2src0: Failed to allocate required memory.";
    expect(ids(named, "Buffer pool activation failed")).toEqual(["gst-v4l2-pool"]);
    expect(ids("Buffer pool activation failed")).toEqual(["gst-v4l2-pool"]);
  });

  it("is told by the allocator of videobuf2, and not again by its core", () => {
    const scattered = "videobuf2_dma_contig: contiguous chunk is too small 4096/8294400";
    expect(ids(scattered, "videobuf2_common: [cap] __prepare_dmabuf: failed to map dmabuf for plane 0")).toEqual([
      "vb2-scattered-buffer",
    ]);
  });

  it("makes VFIO's ENOMEM sure where the kernel names the limit", () => {
    const mapping = "qemu-system-x86_64: VFIO_MAP_DMA failed: -12";
    const limit = "vfio_pin_pages_remote: RLIMIT_MEMLOCK (67108864) exceeded";
    expect(explained(mapping).findings[0]!.certainty).toBe("likely");
    expect(explained(`${limit}\n${mapping}`).findings.find(({ id }) => id === "vfio-map-dma")!.certainty).toBe("sure");
  });
});

describe("commands that go on from a finding", () => {
  it("name the device by the node its name in the log is made of, where no board is given", () => {
    const [finding] = explained("hantro-vpu ff9a0000.video-codec: dma alloc of size 3133440 failed").findings;
    expect(finding!.next).toContain("coalloc place BOARD.dtb -d video-codec@ff9a0000 --size 3133440");
  });
});
