import { formatExactSize } from "../../units/quantity.js";
import { numberIn } from "../pattern-recogniser.js";
import type { ExplainContext, Explanation, Recogniser } from "../recogniser.js";
import { contiguousEvidence, LOOK_AT_POOL } from "./contiguous-evidence.js";
import { errnoIn } from "./errno-text.js";
import { wordedLine } from "./worded-line.js";

interface Errno {
  readonly [name: string]: string | null;
  readonly errno: string | null;
}

const errnoOf = ({ rest = "" }: Readonly<Partial<Record<string, string>>>): Errno => ({
  errno: errnoIn(rest)?.name ?? null,
});

/** `DRM_IOCTL_MODE_CREATE_DUMB failed: Cannot allocate memory` */
const dumb = wordedLine<Errno>({
  id: "drm-dumb-buffer",
  topic: "a dumb buffer of a display",
  wordings: [
    {
      hint: "MODE_CREATE_DUMB",
      pattern: /MODE_CREATE_DUMB(?:\))?:? ?(?<rest>.{0,80}(?:fail|error).*)/i,
      source:
        "Mesa src/gallium/auxiliary/renderonly/renderonly.c renderonly_create_kms_dumb_buffer_for_resource(), src/gallium/winsys/sw/kms-dri/kms_dri_sw_winsys.c",
    },
  ],
  read: errnoOf,
  explain: explainDumb,
});

function explainDumb({ errno }: Errno, context: ExplainContext): Explanation {
  if (errno === "EACCES" || errno === "EPERM") {
    return {
      severity: "error",
      cause:
        "The program may not create dumb buffers on the node it opened: a render node has none, and a card node asks for permission.",
      proof: `The ioctl answered ${errno}; memory was not asked for.`,
      certainty: "sure",
      why: "DRM refuses DRM_IOCTL_MODE_CREATE_DUMB on a render node with EACCES (Linux 6.12 drm_ioctl_permit())",
      fix: "Which node is open? Programs fall back to dumb buffers when GBM has no driver for the GPU (a missing or foreign Mesa driver): mend that, or switch the program's dma-buf path off (WEBKIT_DISABLE_DMABUF_RENDERER=1 for WebKitGTK and Tauri programs).",
      next: ["ls -l /dev/dri", "eglinfo -B", "coalloc doctor"],
      remedies: [],
    };
  }
  const memory = errno === null || errno === "ENOMEM";
  return {
    severity: "error",
    cause: memory
      ? "The display's driver had no memory for a buffer: on displays without an IOMMU it has to be one contiguous piece, usually of the CMA area, which is too small, full or fragmented."
      : `The display's driver refused to make a buffer with ${errno}.`,
    proof: errno === null ? "The line names no error number." : `The ioctl answered ${errno}.`,
    ...contiguousEvidence(context, "displays without an IOMMU take buffers from the CMA area"),
    fix: memory
      ? "Count what is shown: width x height x 4 for each buffer, two or three for every output and every large window. Compare with CmaFree, and enlarge the area or lower the resolution. When it grows over hours, a client leaks buffers: count its open descriptors."
      : "Check width, height and bits per pixel of the request.",
    next: [...LOOK_AT_POOL, "ls /proc/PID/fd | wc -l", "coalloc place MACHINE -d DISPLAY --image 1920x1080:XR24"],
    remedies: [],
  };
}

/** `drmPrimeFDToHandle() failed: Cannot allocate memory`, `PRIME_FD_TO_HANDLE` with an error: an import was refused. */
const primeImport = wordedLine<Errno>({
  id: "drm-prime-import",
  topic: "a buffer imported into DRM",
  wordings: [
    {
      hint: "PrimeFDToHandle",
      pattern: /PrimeFDToHandle(?:\(\))?:? ?(?<rest>fail.*)/i,
      source:
        "older Mesa src/gallium/auxiliary/renderonly/renderonly.c; https://github.com/OSSystems/meta-browser/issues/513",
    },
    {
      hint: "PRIME_FD_TO_HANDLE",
      pattern: /PRIME_FD_TO_HANDLE(?<rest>.*)/,
      source: "minigbm drv_helpers.c drv_prime_bo_import(), and other callers of DRM_IOCTL_PRIME_FD_TO_HANDLE",
    },
    {
      hint: "ailed to import fd",
      pattern: /[Ff]ailed to import fd(?<rest>.*)/,
      source: "rpicam-apps preview/egl_preview.cpp EglPreview::makeBuffer(), wayland_egl_preview.cpp",
    },
  ],
  read: errnoOf,
  explain: ({ errno }) => {
    const denied = errno === "EPERM" || errno === "EACCES";
    return {
      severity: "error",
      cause: denied
        ? "The node refuses to import buffers from this program: another program is the display's master, or the node may not be used without it."
        : "The device refused a buffer that another one made: it is not contiguous, lies out of the device's reach, or would have to be bounced, which a display cannot show.",
      proof: errno === null ? "The line names no error number." : `The import answered ${errno}.`,
      certainty: errno === null ? "possible" : "likely",
      why: denied
        ? "EPERM and EACCES come from the check of the node, before the buffer is looked at"
        : "drivers whose display has no IOMMU answer EINVAL to a scattered buffer (Linux 6.12 drm_gem_dma_helper.c), and ENOMEM where it cannot be mapped",
      fix: denied
        ? "Import on the render node, or through the compositor; a second program cannot draw on a display that is taken."
        : "Who made the buffer? Let the device with the strictest rules make it: allocate on the display's node (GBM with GBM_BO_USE_SCANOUT, or a dumb buffer) or in a CMA heap, and import it into GPU and decoder. If it already came from a CMA area, compare its address with what the display reaches.",
      next: [
        "coalloc place MACHINE -d DISPLAY -d GPU --image 1920x1080:XR24",
        "coalloc reach MACHINE",
        "dmesg | coalloc explain -",
      ],
      remedies: [],
    };
  },
});

/** `drmPrimeHandleToFD() failed (err=22)`, `eglExportDMABUFImageMESA failed`: an export was refused. */
const primeExport = wordedLine<Errno>({
  id: "drm-prime-export",
  topic: "a buffer exported by a GPU driver",
  wordings: [
    {
      hint: "PrimeHandleToFD",
      pattern: /PrimeHandleToFD(?:\(\))?:? ?(?<rest>fail.*)/i,
      source: "Mesa src/panfrost/lib/kmod/pan_kmod.h pan_kmod_bo_export()",
    },
    {
      hint: "eglExportDMABUFImageMESA",
      pattern: /eglExportDMABUFImageMESA(?<rest>.{0,80}(?:fail|error|can't).*)/i,
      source: "EGL_MESA_image_dma_buf_export; https://github.com/pop-os/cosmic-comp/issues/2825",
    },
    {
      hint: "PRIME_HANDLE_TO_FD",
      pattern: /PRIME_HANDLE_TO_FD(?<rest>.*)/,
      source: "callers of DRM_IOCTL_PRIME_HANDLE_TO_FD (libdrm prints nothing itself)",
    },
  ],
  read: errnoOf,
  key: () => "",
  explain: ({ errno }) => ({
    severity: "error",
    cause:
      "The GPU's driver cannot export this memory as a dma-buf: it belongs to a texture or image that was not allocated to be shared, or to another device.",
    proof:
      errno === null
        ? "The export was refused; the line names no error number of the kernel."
        : `The export answered ${errno}.`,
    certainty: "likely",
    why: "desktop drivers export the storage of any texture, others (panfrost, v3d) only of buffers made for sharing",
    fix: "Allocate the buffer with GBM on the render node that EGL uses (EGL_EXT_device_drm_render_node names it), import it into EGL and render into it, instead of exporting a texture.",
    next: ["ls -l /dev/dri/by-path", "eglinfo -B", "coalloc place MACHINE -d GPU -d DISPLAY --image 1920x1080:XR24"],
    remedies: [],
  }),
});

/** `Unable to add DRM framebuffer: No such file or directory`. */
const addFramebuffer = wordedLine<Errno>({
  id: "drm-add-framebuffer",
  topic: "a framebuffer of a display",
  wordings: [
    {
      hint: "drmModeAddFB",
      pattern: /drmModeAddFB\d?(?<rest>.{0,80}fail.*)/i,
      source: "wlroots backend/drm/util.c get_fb_for_bo(), in 2022 backend/drm/renderer.c get_fb_for_bo()",
    },
    {
      hint: "add DRM framebuffer",
      pattern: /Unable to add DRM framebuffer(?<rest>.*)/,
      source: "wlroots backend/drm/util.c get_fb_for_bo(), until 2021",
    },
    {
      hint: "failed to create kms fb",
      pattern: /failed to create kms fb(?<rest>.*)/,
      source: "weston libweston/backend-drm/fb.c drm_fb_create_dumb(), drm_fb_get_from_bo()",
    },
  ],
  read: errnoOf,
  explain: ({ errno }) => {
    const handle = errno === "ENOENT";
    return {
      severity: "error",
      cause: handle
        ? "The display does not know the buffer's handle: it was made on another device node and has to be imported first."
        : "The display cannot show the buffer: its format, modifier, stride or size is one the display does not do.",
      proof: errno === null ? "The line names no error number." : `drmModeAddFB2() answered ${errno}.`,
      certainty: errno === null ? "possible" : "likely",
      why: handle
        ? "ENOENT is what DRM answers to a handle that is not this node's (Linux 6.12 drm_gem_fb_init_with_funcs())"
        : "EINVAL is the answer of the checks of format, modifier, pitch and length",
      fix: handle
        ? "On boards where GPU and display are two devices (render node and card node) export the buffer and import it with drmPrimeFDToHandle() on the display's node."
        : "Compare format and modifier with what the plane offers, and its stride with the display's step; XR24 with DRM_FORMAT_MOD_LINEAR is the safe choice.",
      next: ["drm_info", "ls -l /dev/dri/by-path", "coalloc place MACHINE -d GPU -d DISPLAY --image 1920x1080:XR24"],
      remedies: [],
    };
  },
});

interface GbmBuffer {
  readonly [name: string]: string | number | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly usage: string | null;
  readonly errno: string | null;
}

/** `Failed to create GBM buffer of size 1800x1200: Invalid argument`, and the lines of Chromium. */
const gbmBuffer = wordedLine<GbmBuffer>({
  id: "gbm-buffer",
  topic: "a buffer of GBM",
  wordings: [
    {
      hint: "create GBM buffer of size",
      pattern: /create GBM buffer of size (?<width>\d+)x(?<height>\d+)(?<rest>.*)/,
      source:
        "WebKitGTK Source/WebKit/WebProcess/WebPage/dmabuf/AcceleratedSurfaceDMABuf.cpp RenderTargetEGLImage::create(), later CoordinatedGraphics/AcceleratedSurface.cpp",
    },
    {
      hint: "Failed to create pixmap",
      pattern: /Failed to create pixmap (?<width>\d+)x(?<height>\d+), +\w+, usage (?<usage>\w+)(?<rest>.*)/,
      source: "Chromium gpu/ipc/service/gpu_memory_buffer_factory_native_pixmap.cc",
    },
    {
      hint: "Cannot create bo with",
      pattern: /Cannot create bo with format= ?\w+ and usage[ =](?<usage>[\w|]+)(?<rest>.*)/,
      source: "Chromium ui/ozone/platform/wayland/gpu/gbm_pixmap_wayland.cc GbmPixmapWayland::InitializeBuffer()",
    },
    {
      hint: "gbm_bo_create",
      pattern: /gbm_bo_create(?:_with_modifiers2?)?(?:\(\))?:? ?(?<rest>fail.*)/i,
      source: "wlroots render/allocator/gbm.c create_buffer()",
    },
  ],
  read: ({ width, height, usage, rest = "" }) => ({
    width: numberIn(width),
    height: numberIn(height),
    usage: usage ?? null,
    errno: errnoIn(rest)?.name ?? null,
  }),
  explain: ({ width, height, usage, errno }, context) => {
    const bytes = width === null || height === null ? null : width * height * 4;
    const size =
      bytes === null ? "a buffer" : `a buffer of ${width}x${height}, ${formatExactSize(bytes)} at four bytes a pixel`;
    const { reason, fix, ...sure } = refusalOfGbm(errno, context);
    return {
      severity: "error",
      cause: `GBM could not make ${size}${usage === null ? "" : ` for ${usage}`}: ${reason}.`,
      proof: errno === null ? "The line names no error number." : `The driver answered ${errno}.`,
      ...sure,
      fix,
      next: ["strace -f -e trace=ioctl PROGRAM 2>&1 | grep -E 'DUMB|PRIME|GEM'", ...LOOK_AT_POOL, "ls -l /dev/dri"],
      remedies: [],
    };
  },
});

/** What each error number says of a buffer that GBM could not make. */
function refusalOfGbm(
  errno: string | null,
  context: ExplainContext,
): Pick<Explanation, "certainty" | "why" | "fix"> & { readonly reason: string } {
  switch (errno) {
    case "ENOMEM":
      return {
        reason: "the device that shows it had no contiguous memory",
        ...contiguousEvidence(context, "SCANOUT buffers of displays without an IOMMU come from the CMA area"),
        fix: "Compare CmaFree with the buffers on screen (width x height x 4, two or three for each output); enlarge the area, or lower the resolution.",
      };
    case "EACCES":
    case "EPERM":
      return {
        reason: "the program may not make buffers on the node it opened",
        certainty: "likely",
        why: "permission is checked before size and format are looked at",
        fix: `Which node is open? A render node makes no dumb buffers, and a card node asks for permission. ${WITHOUT_DMABUF}`,
      };
    case "EINVAL":
      return {
        reason: "the driver does not do the format, modifier or use asked for",
        certainty: "likely",
        why: "EINVAL is the answer to parameters; a lack of memory is ENOMEM",
        fix: `Try a linear XR24 buffer without SCANOUT, to see which of the three it is. ${WITHOUT_DMABUF}`,
      };
    default:
      return {
        reason: "the driver does not do the format or use asked for, or had no memory",
        certainty: "possible",
        why: "which of the two it was, only the kernel's log or strace shows",
        fix: `Which errno did the ioctl give? 12: the CMA area (look into dmesg). 13: the node may not be used. 22: format, modifier or use. ${WITHOUT_DMABUF}`,
      };
  }
}

const WITHOUT_DMABUF =
  "To see whether it goes away, switch the program's dma-buf path off (WEBKIT_DISABLE_DMABUF_RENDERER=1, chromium --disable-gpu-memory-buffer-video-frames).";

/** `Failed to export buffer to dma_buf: No such file or directory (2)`, `gbm_bo_get_fd failed`. */
const gbmExport = wordedLine<Errno>({
  id: "gbm-export",
  topic: "a buffer of GBM made a dma-buf",
  wordings: [
    {
      hint: "export buffer to dma_buf",
      pattern: /Failed to export buffer to dma_buf(?<rest>.*)/,
      source: "Chromium ui/gfx/linux/gbm_wrapper.cc CreateBufferForBO()",
    },
    {
      hint: "get fd for plane",
      pattern: /Failed to get fd for plane(?<rest>.*)/,
      source: "Chromium ui/gfx/linux/gbm_wrapper.cc GetPlaneFdForBo()",
    },
    {
      hint: "gbm_bo_get_fd",
      pattern: /gbm_bo_get_fd(?<rest>.{0,80}fail.*)/,
      source: "wlroots render/allocator/gbm.c export_gbm_bo()",
    },
  ],
  read: errnoOf,
  key: () => "",
  explain: ({ errno }) => ({
    severity: "error",
    cause:
      "GBM made a buffer, and it could not be turned into a dma-buf: the handle is not known on the node it is exported from, or that driver exports nothing.",
    proof: errno === null ? "The line names no error number." : `The export answered ${errno}.`,
    certainty: "possible",
    why:
      errno === "ENOENT"
        ? "ENOENT is what DRM answers to a handle that is not this node's (Linux 6.12 drm_prime.c): GPU and display are two devices, and the wrong one is asked; no thread names a cause"
        : "the buffer itself was made; the kernel's log may say more with drm.debug=0x8",
    fix: "Which device is behind the node? Compare the card and render nodes; use the Mesa of the distribution that knows this pair. A browser falls back to copying: the message is then a cost, not a fault. To see the reason, set drm.debug and read the log.",
    next: ["ls -l /dev/dri/by-path", "echo 0x8 > /sys/module/drm/parameters/debug; dmesg | coalloc explain -"],
    remedies: [],
  }),
});

/** Lines about DRM buffers, whatever program prints them. */
export const DRM: readonly Recogniser[] = [
  ...dumb,
  ...primeExport,
  ...primeImport,
  ...addFramebuffer,
  ...gbmBuffer,
  ...gbmExport,
];
