import type { Recogniser } from "../recogniser.js";
import { wordedLine } from "./worded-line.js";

/** Errors of EGL by number: `EGL/egl.h`. */
const EGL_ERRORS: Readonly<Record<number, string>> = {
  0x3001: "EGL_NOT_INITIALIZED",
  0x3002: "EGL_BAD_ACCESS",
  0x3003: "EGL_BAD_ALLOC",
  0x3004: "EGL_BAD_ATTRIBUTE",
  0x3008: "EGL_BAD_DISPLAY",
  0x3009: "EGL_BAD_MATCH",
  0x300c: "EGL_BAD_PARAMETER",
};

/** What each error of an import means. */
const MEANINGS: Readonly<Record<string, string>> = {
  EGL_BAD_ALLOC:
    "the driver refused to import it: it is smaller than the layout the driver works out (rows padded to 16 or 32, strides), it lies on another device, or it cannot be mapped",
  EGL_BAD_MATCH: "format, modifier or stride is one this GPU does not read; the modifier is the usual one",
  EGL_BAD_ATTRIBUTE:
    "an attribute of the buffer (plane, offset, pitch, modifier) is missing, or one this driver does not know",
  EGL_BAD_DISPLAY: "the EGL display was not there, or is another one than the context's",
  EGL_NOT_INITIALIZED: "EGL was not set up: the GPU or its driver is gone; the buffer is not the reason",
  EGL_BAD_PARAMETER: "the target or the buffer is one EGL does not take",
};

/** How the sentences begin that OBS Studio prints for an error of EGL (libobs-opengl/gl-egl-common.c `gl_egl_error_to_string()`). */
const ERRORS_IN_WORDS: readonly (readonly [beginning: string, error: string])[] = [
  ["EGL is not initialized", "EGL_NOT_INITIALIZED"],
  ["EGL failed to allocate resources", "EGL_BAD_ALLOC"],
  ["An unrecognized attribute", "EGL_BAD_ATTRIBUTE"],
  ["Arguments are inconsistent", "EGL_BAD_MATCH"],
  ["One or more argument values are invalid", "EGL_BAD_PARAMETER"],
];

function errorInWords(words: string | undefined): string | undefined {
  if (words === undefined) return undefined;
  return ERRORS_IN_WORDS.find(([beginning]) => words.startsWith(beginning))?.[1];
}

/** `Couldn't import RGB Image: 00003009`, `Error creating EGLImage: EGL_BAD_ALLOC`, `DMABuf surface import failed!` */
const imported = wordedLine<{ readonly egl: string | null }>({
  id: "egl-dmabuf-import",
  topic: "a dma-buf imported into a GPU",
  wordings: [
    {
      hint: "import RGB Image",
      pattern: /Couldn't import \w+ Image: (?<hex>[0-9a-f]{8})/,
      source: "Sunshine src/platform/linux/graphics.cpp import_source()",
    },
    {
      hint: "creating EGLImage",
      pattern: /Error creating EGLImage: (?<egl>EGL_\w+)/,
      source: "Chromium ui/gl/gl_image_egl.cc GLImageEGL::Initialize()",
    },
    {
      hint: "import supplied dmabuf",
      pattern: /Failed to import supplied dmabufs?: (?<egl>EGL_\w+)/,
      source: "Mir src/platform/graphics/linux_dmabuf.cpp import_egl_image()",
    },
    {
      hint: "create EGLImage",
      pattern: /Cannot create EGLImage: (?:(?<decimal>\d{5})\b|(?<words>[A-Z][\w ]{0,80}))?/,
      source:
        "OBS Studio libobs-opengl/gl-egl-common.c gl_egl_create_dmabuf_image(); https://github.com/w23/obs-studio/issues/17",
    },
    {
      hint: "eglCreateImage",
      pattern: /eglCreateImage(?:KHR)?(?:\(\))?(?: failed|: dri2_create_image| errored out with (?<egl>EGL_\w+))/,
      source: "Mesa src/egl/drivers/dri2; aquamarine src/backend/drm/Renderer.cpp eglLog()",
    },
    {
      hint: "surface import failed",
      pattern: /DMABuf surface import failed/,
      source: "Firefox gfx/layers/opengl/TextureHostOGL.cpp CreateTextureHostOGL()",
    },
  ],
  read: ({ egl, hex, decimal, words }) => ({
    egl:
      egl ?? errorInWords(words) ?? EGL_ERRORS[hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)] ?? null,
  }),
  explain: ({ egl }, { lines }) => {
    const [below] = lines.of("drm-prime-import");
    return {
      severity: "error",
      cause: `The GPU did not import a dma-buf: ${(egl === null ? undefined : MEANINGS[egl]) ?? "its driver does not read it (size, format, modifier, or a buffer of another device)"}.`,
      proof: `${egl === null ? "The line names no error" : `EGL answered ${egl}`}${
        below === undefined ? "" : `; line ${below.line} of this log shows the refusal of the kernel below it`
      }.`,
      certainty: egl === null ? "possible" : "likely",
      why: "EGL has a handful of errors for all reasons; the driver's own message is in MESA_DEBUG=1 and EGL_LOG_LEVEL=debug",
      fix: "Compare the buffer's size with stride x padded rows (try rows rounded up to 16 and 32), its modifier with those eglQueryDmaBufModifiersEXT lists, and its device with EGL's. Import again with the linear modifier, or without one, to see which it is.",
      next: [
        "EGL_LOG_LEVEL=debug MESA_DEBUG=1 PROGRAM 2>&1 | coalloc explain -",
        "eglinfo -B",
        "coalloc place MACHINE -d PRODUCER -d GPU --image WIDTHxHEIGHT:FORMAT",
      ],
      remedies: [],
    };
  },
});

/** Lines about buffers imported through EGL. */
export const EGL: readonly Recogniser[] = imported;
