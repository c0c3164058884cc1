import { describe, expect, it } from "vitest";
import { explained } from "../read-log.js";

describe("lines that hold the words of a failure and are none", () => {
  const lines = [
    "video100: VIDIOC_REQBUFS: count=4, type=vid-cap, memory=mmap",
    "\ttest VIDIOC_REQBUFS/CREATE_BUFS/QUERYBUF: OK",
    "opened /dev/dma_heap/system with fd 12",
    "Rockchip dma heap configured path: /dev/dma_heap/system-uncached-dma32",
    "open(/dev/udmabuf0)",
    "allocated 4 mmap buffers out of 4 requested",
    "DRM_IOCTL_MODE_CREATE_DUMB: width=1920 height=1080 bpp=32",
    "vfio_dma_map(0x55, 0x0, 0xa0000, 0x7f) = 0",
    "drmModeAddFB2: fb 42",
    "eglExportDMABUFImageQueryMESA: 0x7f4bd7ac7800 NV12 (3231564e) planes:2",
    "VFIO_UNMAP_DMA failed: Invalid argument",
    "Failed to queue buffers to the printer",
  ];
  for (const line of lines) it(line.trim(), () => expect(explained(line).findings).toEqual([]));
});

describe("the words of other versions of a program", () => {
  const numbersOf = (line: string): unknown => explained(line).findings[0]?.numbers;

  it.each([
    [
      "mpp[1]: mpp_dma_heap: os_allocator_dma_heap_open open dma heap type 1 failed!",
      "mpp-heap-open",
      { heap: "cma-uncached" },
    ],
    [
      "mpp[1]: mpp_buffer: MppBufferService get_group failed to get allocater with mode 0 type 10003",
      "mpp-no-allocator",
      { type: 0x1_0003 },
    ],
    ["[h264_rkmpp @ 0x55] Failed to initialize MPP context (code = -1).", "ffmpeg-rkmpp-init", { codec: "h264_rkmpp" }],
    [
      "ERROR:gbm_pixmap_wayland.cc:95] Cannot create bo with format=RGBA_8888 and usage=Scanout|Rendering|Texturing",
      "gbm-buffer",
      { usage: "Scanout|Rendering|Texturing" },
    ],
    [
      "error: Cannot create EGLImage: Arguments are inconsistent (for example, a valid context requires buffers not supplied by a valid surface).",
      "egl-dmabuf-import",
      { egl: "EGL_BAD_MATCH" },
    ],
    ["Failed to import supplied dmabuf: EGL_BAD_ALLOC (0x3003)", "egl-dmabuf-import", { egl: "EGL_BAD_ALLOC" }],
    [
      "vfio_container_dma_map(0x55, 0x0, 0xa0000, 0x7f) = -12 (Cannot allocate memory)",
      "vfio-map-dma",
      { errno: "ENOMEM" },
    ],
    [
      "EAL: Cannot open VFIO container /dev/vfio/vfio, error 1 (Operation not permitted)",
      "vfio-group-open",
      { errno: "EPERM" },
    ],
    ["EAL:   cannot open VFIO container, error 2 (No such file or directory)", "vfio-group-open", { errno: "ENOENT" }],
  ])("%s", (line, id, numbers) => {
    expect(explained(line).findings.map((finding) => finding.id)).toEqual([id]);
    expect(numbersOf(line)).toMatchObject(numbers);
  });
});

describe("what the rest of a log adds", () => {
  it("makes a program's ENOMEM sure when the kernel says which memory was short", () => {
    const line = "ERROR V4L2 /dev/video14[16:cap]: Unable to request 1 buffers: Cannot allocate memory";
    const kernel = "cma: cma_alloc: linux,cma: alloc failed, req-size: 4525 pages, ret: -12";
    const certainty = (log: string): string | undefined =>
      explained(log).findings.find(({ id }) => id === "v4l2-request-buffers")?.certainty;
    expect(certainty(line)).toBe("likely");
    expect(certainty(`${kernel}\n${line}`)).toBe("sure");
  });

  it("leads from the copy that failed to the buffer above 4 GiB", () => {
    const log = "rga_mm: RGA_MMU unsupported memory larger than 4G!\nRgaBlit(1465) RGA_BLIT fail: Invalid argument";
    const blit = explained(log).findings.find(({ id }) => id === "rga-blit");
    expect(blit?.certainty).toBe("sure");
    expect(blit?.cause).toContain("line 1");
  });

  it("says the size of a buffer once, with the reason before it", () => {
    const log = [
      "mpp[1]: mpp_drm: os_allocator_drm_alloc drm_alloc failed ret -1",
      "mpp[1]: mpp_buffer: mpp_buffer_create failed to create buffer with size 3110400",
    ].join("\n");
    const { findings } = explained(log);
    expect(findings.map(({ id }) => id)).toEqual(["mpp-buffer"]);
    expect(findings[0]!.proof).toContain("1920x1080");
  });
});
