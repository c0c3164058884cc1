import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IMAGE_FORMATS, TILE_FORMATS } from "../../src/constraints/image-format.js";
import { layOut, mergeLayouts, parseImage } from "../../src/constraints/image-layout.js";
import { importerOf } from "../../src/constraints/importer.js";
import type { Participant } from "../../src/constraints/participant.js";
import type { LayoutFact } from "../../src/facts/fact.js";
import { board, device } from "../machine-builder.js";

const NONE = { strideAlign: 1, heightAlign: 1, offsetAlign: 1 };
const image = (width: number, height: number, format: string, modifier = "LINEAR") => ({
  width,
  height,
  format,
  modifier,
});

function participant(name: string, layouts: readonly LayoutFact[], role: "codec" | "display" = "display"): Participant {
  const taking = device(name, { layouts, role });
  return importerOf(board({ ram: "0x40000000+1G", devices: [taking] }), {
    device: taking,
    queue: null,
    access: "read",
  });
}

describe("parseImage", () => {
  const good = [
    ["1920x1080:NV12", image(1920, 1080, "NV12")],
    [" 64x32:nv12 ", image(64, 32, "NV12")],
    ["1x65536:XR24:linear", image(1, 65536, "XR24")],
    ["8x8:NV12:DRM_FORMAT_MOD_SAMSUNG_64_32_TILE", image(8, 8, "NV12", "SAMSUNG_64_32_TILE")],
    ["8x8:NV12:0x0400000000000001", image(8, 8, "NV12", "SAMSUNG_64_32_TILE")],
    ["8x8:XR24:0", image(8, 8, "XR24")],
    ["8x8:XR24:0x0800000000000001", image(8, 8, "XR24", "ARM_AFBC(BLOCK_SIZE_16x16)")],
    ["8x8:YU08:arm_afbc(SPARSE|BLOCK_SIZE_16X16)", image(8, 8, "YU08", "ARM_AFBC(BLOCK_SIZE_16x16 | SPARSE)")],
    ["8x8:mm21", image(8, 8, "MM21")],
    ["8x8:pBAA", image(8, 8, "pBAA")],
    ["8x8:pgAA", image(8, 8, "pgAA")],
  ] as const;
  for (const [text, value] of good)
    it(`reads ${text.trim()}`, () => expect(parseImage(text)).toEqual({ ok: true, value }));

  for (const text of [
    "",
    "1920x1080",
    "x1080:NV12",
    "0x8:NV12",
    "8x0:NV12",
    "65537x8:NV12",
    "8x65537:NV12",
    "-8x8:NV12",
    "8x8:",
    "8.5x8:NV12",
    "8x8:NV12:",
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      expect(parseImage(text)).toEqual({ ok: false, refusal: { code: "bad-image", text } }));
  }
  it("names the formats it knows", () => {
    const answer = parseImage("8x8:NV99");
    expect(answer).toEqual({
      ok: false,
      refusal: { code: "unknown-format", format: "NV99", known: [...IMAGE_FORMATS.keys()] },
    });
  });
  it("names the modifiers it knows", () => {
    expect(parseImage("8x8:NV12:TILED")).toEqual({
      ok: false,
      refusal: { code: "unknown-modifier", modifier: "TILED", known: [...TILE_FORMATS.keys()] },
    });
  });
  const unsized = [
    ["8x8:NV12:0x0500000000000001", "QCOM_COMPRESSED"],
    ["8x8:NV12:BROADCOM_SAND128", "BROADCOM_SAND128"],
    ["8x8:NV12:0x0700000000066004", "BROADCOM_SAND128_COL_HEIGHT(1632)"],
    ["8x8:XR24:0x0200000000000001", "0X0200000000000001"],
    ["8x8:YU08", "LINEAR"],
    ["8x8:XR24:0x0800000000000004", "ARM_AFBC(BLOCK_SIZE_32x8_64x4)"],
  ] as const;
  for (const [text, modifier] of unsized) {
    it(`knows no layout of ${text}, and names the modifier`, () =>
      expect(parseImage(text)).toEqual({
        ok: false,
        refusal: { code: "unknown-modifier", modifier, known: [...TILE_FORMATS.keys()] },
      }));
  }
  for (const format of ["MT21", "Q08C", "Q10C"]) {
    it(`leaves the size of ${format} to its engine`, () =>
      expect(parseImage(`8x8:${format}`)).toMatchObject({ ok: false, refusal: { code: "unknown-format", format } }));
  }
});

describe("layOut", () => {
  const sizes = [
    { text: "3840x2160 NV12", picture: image(3840, 2160, "NV12"), size: 12441600 },
    { text: "2592x1944 NV12", picture: image(2592, 1944, "NV12"), size: 7558272 },
    { text: "1920x1080 XR24", picture: image(1920, 1080, "XR24"), size: 2025 * 4096 },
    { text: "1920x1080 YUYV", picture: image(1920, 1080, "YUYV"), size: 4147200 },
    {
      text: "1920x1080 YUYV in 1088 rows",
      picture: image(1920, 1080, "YUYV"),
      align: { heightAlign: 16 },
      size: 4177920,
    },
    {
      text: "2160x1080 NV12, stride 2304",
      picture: image(2160, 1080, "NV12"),
      align: { strideAlign: 256 },
      size: 3732480,
    },
    {
      text: "1920x1080 NV12 in 1088 rows",
      picture: image(1920, 1080, "NV12"),
      align: { heightAlign: 16 },
      size: 3133440,
    },
    { text: "1920x1080 NV16", picture: image(1920, 1080, "NV16"), size: 4147200 },
    { text: "1920x1080 NV24", picture: image(1920, 1080, "NV24"), size: 6220800 },
    { text: "1920x1080 YU12", picture: image(1920, 1080, "YU12"), size: 3110400 },
    { text: "1920x1080 P010", picture: image(1920, 1080, "P010"), size: 6220800 },
    { text: "1920x1080 NV15", picture: image(1920, 1080, "NV15"), size: 3888000 },
    { text: "1920x1080 NV20", picture: image(1920, 1080, "NV20"), size: 5184000 },
    { text: "1920x1080 NV30", picture: image(1920, 1080, "NV30"), size: 7776000 },
    { text: "1920x1080 Y210", picture: image(1920, 1080, "Y210"), size: 8294400 },
    { text: "1920x1080 P030", picture: image(1920, 1080, "P030"), size: 4147200 },
    { text: "1920x1080 MM21 in 1088 rows", picture: image(1920, 1080, "MM21"), size: 3133440 },
    { text: "1920x1080 MT2T, 10 bits", picture: image(1920, 1080, "MT2T"), size: 3916800 },
    { text: "1920x1080 TM12 in 64x32 tiles", picture: image(1920, 1080, "TM12"), size: 3133440 },
    { text: "1920x1080 AT12 in 8x128 tiles", picture: image(1920, 1080, "AT12"), size: 3440640 },
    { text: "100x100 ST12 in 32x32 tiles", picture: image(100, 100, "ST12"), size: 128 * 128 + 128 * 64 },
    { text: "100x100 XR24 in 4 KiB tiles", picture: image(100, 100, "XR24", "BROADCOM_VC4_T_TILED"), size: 512 * 128 },
    // 8160 superblocks, 8100 of 32x8: 16 bytes of header and 1024, or 384, of body each
    {
      text: "1920x1080 XR24, compressed",
      picture: image(1920, 1080, "XR24", "ARM_AFBC(BLOCK_SIZE_16x16 | SPARSE)"),
      size: 130560 + 8355840,
    },
    {
      text: "1920x1080 YU08, compressed",
      picture: image(1920, 1080, "YU08", "ARM_AFBC(BLOCK_SIZE_32x8)"),
      size: 129600 + 3110400,
    },
    {
      text: "1920x1080 NV12, compressed",
      picture: image(1920, 1080, "NV12", "ARM_AFBC(BLOCK_SIZE_16x16)"),
      size: 130560 + 3133440,
    },
    // 64 superblocks; the header fills a page
    {
      text: "100x100 XR24, compressed with a tiled header",
      picture: image(100, 100, "XR24", "ARM_AFBC(BLOCK_SIZE_16x16 | TILED)"),
      size: 4096 + 65536,
    },
    { text: "640x480 RG24", picture: image(640, 480, "RG24"), size: 921600 },
    { text: "640x480 raw 10 bit packed", picture: image(640, 480, "pBAA"), size: 384000 },
    { text: "8x8 XR48", picture: image(8, 8, "XR48"), size: 512 },
    { text: "8x8 YUV9", picture: image(8, 8, "YUV9"), size: 72 },
    { text: "1x1 XR24", picture: image(1, 1, "XR24"), size: 4 },
    {
      text: "100x100 NV12 in 64x32 tiles",
      picture: image(100, 100, "NV12", "SAMSUNG_64_32_TILE"),
      size: 128 * 128 + 128 * 64,
    },
    {
      text: "100x100 NV12 in 32x32 tiles",
      picture: image(100, 100, "NV12", "ALLWINNER_TILED"),
      size: 128 * 128 + 128 * 64,
    },
  ];
  for (const { text, picture, align, size } of sizes) {
    it(`${text} takes ${size} bytes`, () => expect(layOut(picture, { ...NONE, ...align }).size).toBe(size));
  }

  it("places planes one after the other, chroma rows halved", () => {
    expect(layOut(image(1920, 1080, "NV12"), { strideAlign: 256, heightAlign: 16, offsetAlign: 4096 }).layout).toEqual({
      modifier: "LINEAR",
      planes: [
        { memory: 0, offset: 0, stride: 2048, size: 2048 * 1088 },
        { memory: 0, offset: 2228224, stride: 2048, size: 2048 * 544 },
      ],
    });
  });
  it("aligns the stride of half-width chroma planes by widening the first", () => {
    const { layout } = layOut(image(70, 10, "YU12"), { strideAlign: 64, heightAlign: 2, offsetAlign: 1 });
    expect(layout.planes).toEqual([
      { memory: 0, offset: 0, stride: 128, size: 1280 },
      { memory: 0, offset: 1280, stride: 64, size: 320 },
      { memory: 0, offset: 1600, stride: 64, size: 320 },
    ]);
  });
  it("rounds odd sides up for chroma", () => {
    const { layout, size } = layOut(image(3, 3, "NV12"), NONE);
    expect(layout.planes).toEqual([
      { memory: 0, offset: 0, stride: 4, size: 12 },
      { memory: 0, offset: 12, stride: 4, size: 8 },
    ]);
    expect(size).toBe(20);
  });
  it("starts a plane on its alignment", () => {
    const { layout } = layOut(image(10, 3, "NV12"), { ...NONE, offsetAlign: 64 });
    expect(layout.planes.map((p) => p.offset)).toEqual([0, 64]);
  });

  it("lays a compressed picture out as one plane, its stride and height in whole superblocks", () => {
    const picture = image(1000, 500, "NV12", "ARM_AFBC(BLOCK_SIZE_16x16)");
    // 1024 pixels of 12 bits: 1008 would make 1512 bytes, no multiple of 256
    expect(layOut(picture, { strideAlign: 256, heightAlign: 64, offsetAlign: 64 }).layout).toEqual({
      modifier: "ARM_AFBC(BLOCK_SIZE_16x16)",
      planes: [{ memory: 0, offset: 0, stride: 1536, size: 64 * 32 * (16 + 384) }],
    });
  });

  it("overlaps no planes, aligns each, and ends where the last one ends", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...IMAGE_FORMATS.keys()),
        fc.constantFrom(...TILE_FORMATS.keys()),
        fc.integer({ min: 1, max: 4096 }),
        fc.integer({ min: 1, max: 4096 }),
        fc.record({
          strideAlign: fc.constantFrom(1, 16, 48, 64, 256),
          heightAlign: fc.constantFrom(1, 2, 16),
          offsetAlign: fc.constantFrom(1, 64, 4096),
        }),
        (format, modifier, width, height, alignment) => {
          const { layout, size } = layOut(image(width, height, format, modifier), alignment);
          const { planes } = IMAGE_FORMATS.get(format)!;
          let end = 0;
          layout.planes.forEach((plane, i) => {
            const { bytes, pixels, horizontal, vertical } = planes[i]!;
            expect(plane.offset).toBeGreaterThanOrEqual(end);
            expect(plane.offset % alignment.offsetAlign).toBe(0);
            expect(plane.stride % alignment.strideAlign).toBe(0);
            expect(plane.stride * 8).toBeGreaterThanOrEqual((Math.ceil(width / horizontal) * bytes * 8) / pixels);
            expect(plane.size % plane.stride).toBe(0);
            expect(plane.size / plane.stride).toBeGreaterThanOrEqual(Math.ceil(height / vertical));
            end = plane.offset + plane.size;
          });
          expect(size).toBe(end);
        },
      ),
    );
  });
});

describe("mergeLayouts", () => {
  const nv12 = image(1920, 1080, "NV12");
  const layout = (fourcc: string, aligns: Partial<LayoutFact>, modifier = "LINEAR"): LayoutFact => ({
    fourcc,
    modifier,
    ...aligns,
  });

  it("takes what every device can live with", () => {
    const a = participant("a", [layout("NV12", { strideAlign: 48, heightAlign: 2, offsetAlign: 16 })]);
    const b = participant("b", [layout("NV12", { strideAlign: 64, heightAlign: 16, offsetAlign: 1 })]);
    expect(mergeLayouts([a, b], nv12)).toEqual({
      alignment: { strideAlign: 192, heightAlign: 16, offsetAlign: 16 },
      assumptions: [],
    });
  });
  it("prefers what is said of the format to what is said of all", () => {
    const a = participant("a", [
      layout("*", { strideAlign: 256, heightAlign: 8, offsetAlign: 8 }),
      layout("NV12", { strideAlign: 16 }),
    ]);
    expect(mergeLayouts([a], nv12).alignment).toEqual({ strideAlign: 16, heightAlign: 8, offsetAlign: 8 });
  });
  it("leaves out what is said of another format or modifier", () => {
    const a = participant("a", [
      layout("XR24", { strideAlign: 512, heightAlign: 1, offsetAlign: 1 }),
      layout("NV12", { strideAlign: 1024, heightAlign: 1, offsetAlign: 1 }, "ALLWINNER_TILED"),
      layout("*", { strideAlign: 32, heightAlign: 4, offsetAlign: 2 }),
    ]);
    expect(mergeLayouts([a], nv12).alignment).toEqual({ strideAlign: 32, heightAlign: 4, offsetAlign: 2 });
  });
  it("assumes 64 bytes and two rows where nobody knows, and says so", () => {
    expect(mergeLayouts([participant("a", [])], nv12)).toEqual({
      alignment: { strideAlign: 64, heightAlign: 2, offsetAlign: 64 },
      assumptions: [
        { code: "unknown-layout", device: "/soc/a", field: "strideAlign", source: "assumed 64" },
        { code: "unknown-layout", device: "/soc/a", field: "heightAlign", source: "assumed 2" },
        { code: "unknown-layout", device: "/soc/a", field: "offsetAlign", source: "assumed 64" },
      ],
    });
  });
  it("assumes whole macroblocks of a codec", () => {
    const codec = participant("vpu", [layout("NV12", { strideAlign: 16, offsetAlign: 1 })], "codec");
    expect(mergeLayouts([codec], nv12)).toEqual({
      alignment: { strideAlign: 16, heightAlign: 16, offsetAlign: 1 },
      assumptions: [{ code: "unknown-layout", device: "/soc/vpu", field: "heightAlign", source: "assumed 16" }],
    });
  });
});
