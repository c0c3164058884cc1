import type { RouteDocument } from "../../placement/document.js";

/** `dma-heap /dev/dma_heap/system`, `V4L2 on /rga@fdb80000`. */
export function shortRoute(route: RouteDocument): string {
  switch (route.kind) {
    case "dma-heap":
      return `dma-heap ${route.path}`;
    case "udmabuf":
      return route.path;
    case "drm-dumb":
      return `DRM dumb buffer on ${route.device}`;
    case "v4l2":
      return `V4L2 on ${route.device}#${route.queue}`;
    case "none":
      return "no route";
  }
}

/** The system calls that get the memory. */
export function recipe(route: RouteDocument): string {
  switch (route.kind) {
    case "dma-heap":
      return `DMA_HEAP_IOCTL_ALLOC on ${route.path}`;
    case "udmabuf":
      return `memfd_create, F_SEAL_SHRINK, then UDMABUF_CREATE on ${route.path}`;
    case "drm-dumb":
      return `DRM_IOCTL_MODE_CREATE_DUMB on the card of ${route.device}, then DRM_IOCTL_PRIME_HANDLE_TO_FD`;
    case "v4l2":
      return `VIDIOC_REQBUFS with MMAP on queue ${route.queue} of ${route.device}, then VIDIOC_EXPBUF`;
    case "none":
      return "no way on this kernel";
  }
}
