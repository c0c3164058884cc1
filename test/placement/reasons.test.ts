import { describe, expect, it } from "vitest";
import { type PlaceDocument, placeDocument } from "../../src/placement/document.js";
import { assumptionText, explain, explainAssumption, formatRanges } from "../../src/placement/explain.js";
import { placeBuffer } from "../../src/placement/place.js";
import type { Reason } from "../../src/placement/reason.js";
import type { PlacementRequest } from "../../src/placement/request.js";
import { type BoardSpec, board, type DeviceSpec, device, iommu, ranges, region } from "../machine-builder.js";

const KIB = 1024;
const MIB = 1024 * KIB;

/** The document of a request for all devices of a board, or for those named. */
function place(
  about: BoardSpec,
  request: Partial<Omit<PlacementRequest, "participants">> & {
    readonly of?: readonly string[];
    readonly queue?: string;
  } = {},
): PlaceDocument {
  const { of, queue = null, ...asked } = request;
  const machine = board(about);
  const participants = machine.devices
    .filter((d) => of === undefined || of.includes(d.name))
    .map((d) => ({ device: d, queue, access: "read-write" as const }));
  return placeDocument(
    machine,
    placeBuffer(machine, { participants, size: MIB, image: null, count: 1, cpu: "none", ...asked }),
  );
}

/** Everything said of one candidate, `HEAP ROUTE`, sentence and all. */
function said(
  document: PlaceDocument,
  heap: string,
  route?: string,
): { readonly verdict: string; readonly reasons: readonly unknown[] } {
  const found = document.candidates.filter((c) => c.heap === heap && (route === undefined || c.route.kind === route));
  if (found.length !== 1) throw new Error(`${found.length} candidates ${heap} ${route ?? ""}`);
  return { verdict: found[0]!.verdict, reasons: found[0]!.reasons };
}

const TWO_BANKS = { ram: "0x40000000+3G,0x100000000+1G" } as const;

describe("why a candidate is refused", () => {
  it("would-bounce: some pages are out of reach", () => {
    const document = place({ ...TWO_BANKS, devices: [device("isp", { queue: "sg" })] });
    expect(said(document, "system", "dma-heap")).toEqual({
      verdict: "refused",
      reasons: [
        {
          code: "would-bounce",
          device: "/soc/isp",
          outside: 2 ** 30,
          share: 0.25,
          firstOutside: 2 ** 32,
          reach: [{ base: 0x4000_0000, size: 3 * 2 ** 30 }],
          text: "25 % of it (1 GiB from 0x100000000 on) is out of reach of /soc/isp and would be bounced",
        },
      ],
    });
  });

  it("would-bounce: all of it is out of reach", () => {
    const document = place({ ...TWO_BANKS, cma: "0x100000000+64M", devices: [device("vpu", { exports: "none" })] });
    expect(said(document, "cma:default", "dma-heap").reasons).toEqual([
      {
        code: "would-bounce",
        device: "/soc/vpu",
        outside: 64 * MIB,
        share: 1,
        firstOutside: 2 ** 32,
        reach: [{ base: 0x4000_0000, size: 3 * 2 ** 30 }],
        text: "/soc/vpu reaches none of it: it starts at 0x100000000",
      },
    ]);
  });

  it("iova-room: what many buffers need ends at 2^53 - 1", () => {
    const about: BoardSpec = {
      ram: "0x40000000+1G",
      iommus: [iommu("/iommu")],
      devices: [device("vop", { iommu: "/iommu" })],
    };
    const { reasons } = said(place(about, { count: 2 ** 50 }), "system", "dma-heap");
    expect(reasons).toContainEqual(expect.objectContaining({ code: "iova-room", needed: Number.MAX_SAFE_INTEGER }));
  });

  it("beyond-iommu-output: the tables cannot point at some pages", () => {
    const document = place({
      ...TWO_BANKS,
      iommus: [iommu("/iommu", { outputBits: 32 })],
      devices: [device("vpu", { iommu: "/iommu" })],
    });
    expect(said(document, "system", "dma-heap")).toEqual({
      verdict: "refused",
      reasons: [
        {
          code: "beyond-iommu-output",
          device: "/soc/vpu",
          iommu: "/iommu",
          outputBits: 32,
          outside: 2 ** 30,
          share: 0.25,
          firstOutside: 2 ** 32,
          text: "25 % of it (from 0x100000000 on) lies above the 32 physical address bits of /iommu, the IOMMU of /soc/vpu",
        },
      ],
    });
  });

  it("beyond-iommu-output: for what a driver maps into its own domain", () => {
    const spec: DeviceSpec = { queue: "gem-shmem", iommu: "/iommu", translation: "driver-domain", mask: "0x7fffffff" };
    const document = place({
      ...TWO_BANKS,
      iommus: [iommu("/iommu", { outputBits: 32 })],
      devices: [device("vop", spec)],
    });
    expect(said(document, "system", "drm-dumb").reasons).toMatchObject([
      { code: "beyond-iommu-output", outside: 2 ** 30, firstOutside: 2 ** 32 },
    ]);
    expect(said(document, "system", "dma-heap").reasons).toMatchObject([
      { code: "would-bounce", outside: 3 * 2 ** 30, firstOutside: 0x8000_0000 },
    ]);
  });

  it("needs-contiguous: scattered pages for a device that needs one range", () => {
    const document = place({ ram: "0x40000000+1G", devices: [device("vpu")] }, { size: 12441600 });
    expect(said(document, "system", "dma-heap")).toEqual({
      verdict: "refused",
      reasons: [
        {
          code: "needs-contiguous",
          device: "/soc/vpu",
          size: 12441600,
          text: "/soc/vpu needs 11.87 MiB (12441600 bytes) in one range and nothing translates for it; these pages are scattered",
        },
      ],
    });
  });

  it("needs-contiguous does not hold for a single page", () => {
    expect(
      said(place({ ram: "0x40000000+1G", devices: [device("vpu")] }, { size: 4096 }), "system", "dma-heap").verdict,
    ).toBe("fits");
    expect(
      said(place({ ram: "0x40000000+1G", devices: [device("vpu")] }, { size: 4097 }), "system", "dma-heap").verdict,
    ).toBe("refused");
  });

  it("crosses-windows: a buffer can lie across a border where bus addresses do not go on", () => {
    const windows = ["0x40000000@0x80000000+1G", "0x80000000@0x0+1G"];
    const about = (spec: DeviceSpec, cma = "0x7e000000+64M"): BoardSpec => ({
      ram: "0x40000000+2G",
      cma,
      devices: [device("vpu", { windows, ...spec })],
    });
    expect(said(place(about({})), "cma:default", "dma-heap")).toEqual({
      verdict: "refused",
      reasons: [
        {
          code: "crosses-windows",
          device: "/soc/vpu",
          at: 0x8000_0000,
          text: "a buffer can lie across 0x80000000, where the bus addresses of /soc/vpu do not go on",
        },
      ],
    });
    expect(said(place(about({ queue: "sg" })), "cma:default", "dma-heap").verdict).toBe("refused");
    expect(said(place(about({ queue: "sg" })), "system", "dma-heap").verdict).toBe("fits");
    expect(said(place(about({}, "0x7c000000+64M")), "cma:default", "dma-heap").verdict).toBe("fits");
    expect(said(place(about({}), { size: 4096 }), "cma:default", "dma-heap").verdict).toBe("fits");
    expect(
      said(place(about({ windows: ["0x40000000@0x0+1G", "0x80000000@0x40000000+1G"] })), "cma:default", "dma-heap")
        .verdict,
    ).toBe("fits");
  });
  it("crosses-windows: never with a block of the page allocator that is aligned to no less than the border", () => {
    const about = (border: string, rest: string): BoardSpec => ({
      ram: "0x40000000+1G",
      devices: [device("vpu", { windows: [`0x40000000@0x80000000+${border}`, rest] })],
    });
    const aligned = about("16M", "0x41000000@0x0+1008M");
    expect(said(place(aligned, { size: 4 * MIB }), "page-block").verdict).toBe("fits");
    const odd = about("1M", "0x40100000@0x0+1023M");
    expect(said(place(odd, { size: MIB }), "page-block").verdict).toBe("fits");
    expect(said(place(odd, { size: 2 * MIB }), "page-block").reasons).toMatchObject([
      { code: "crosses-windows", at: 0x4010_0000 },
    ]);
  });

  it("needs-one-entry: entries cannot be joined into one", () => {
    const about = { ram: "0x40000000+1G", iommus: [iommu("/iommu")] };
    const spec: DeviceSpec = { iommu: "/iommu", about: { oneEntry: true } };
    const document = place({ ...about, devices: [device("g2d", spec)] }, { size: 65537 });
    expect(said(document, "system", "dma-heap")).toEqual({
      verdict: "refused",
      reasons: [
        {
          code: "needs-one-entry",
          device: "/soc/g2d",
          size: 65537,
          maxSegmentSize: 65536,
          text: "/soc/g2d insists on a single scatter-list entry of 64.00 KiB (65537 bytes), and its max_segment_size is 64 KiB",
        },
      ],
    });
    expect(said(document, "system", "v4l2").verdict).toBe("fits");
    expect(
      said(place({ ...about, devices: [device("g2d", spec)] }, { size: 65536 }), "system", "dma-heap").verdict,
    ).toBe("fits");
    expect(
      said(
        place({ ...about, devices: [device("g2d", { ...spec, maxSegmentSize: "unlimited" })] }),
        "system",
        "dma-heap",
      ).verdict,
    ).toBe("fits");
    expect(said(place({ ...about, devices: [device("g2d", { iommu: "/iommu" })] }), "system", "dma-heap").verdict).toBe(
      "fits",
    );
  });

  it("too-many-segments: pages can come one by one", () => {
    const document = place({ ram: "0x40000000+1G", devices: [device("dsp", { queue: "sg", maxSegments: 255 })] });
    expect(said(document, "system", "dma-heap")).toEqual({
      verdict: "refused",
      reasons: [
        {
          code: "too-many-segments",
          device: "/soc/dsp",
          segments: 256,
          maxSegments: 255,
          text: "/soc/dsp takes 255 segments, these pages can come as 256",
        },
      ],
    });
    expect(
      said(
        place({ ram: "0x40000000+1G", devices: [device("dsp", { queue: "sg", maxSegments: 256 })] }),
        "system",
        "dma-heap",
      ).verdict,
    ).toBe("fits");
  });

  it("too-many-segments: an IOMMU joins pages only so far", () => {
    const about = { ram: "0x40000000+1G", iommus: [iommu("/iommu")] };
    const of = (maxSegments: number): BoardSpec => ({
      ...about,
      devices: [device("dsp", { iommu: "/iommu", maxSegments })],
    });
    // 921600 bytes come as fourteen blocks of 64 KiB and a page.
    expect(said(place(of(14), { size: 921600 }), "system", "dma-heap").reasons).toMatchObject([
      { code: "too-many-segments", segments: 15, maxSegments: 14 },
    ]);
    expect(said(place(of(15), { size: 921600 }), "system", "dma-heap").verdict).toBe("fits");
    // Pages of a memfd join to 64 KiB.
    expect(said(place(of(14), { size: 921600 }), "udmabuf").reasons).toMatchObject([
      { code: "too-many-segments", segments: 15 },
    ]);
  });

  it("iova-room: two devices of one IOMMU group map each buffer twice in the space they share", () => {
    const about = (grouping: "device" | "instance"): BoardSpec => ({
      ram: "0x40000000+1G",
      iommus: [{ ...iommu("/iommu", { aperture: "0+16M" }), grouping }],
      devices: [device("vpu", { iommu: "/iommu" }), device("jpeg", { iommu: "/iommu" })],
    });
    const asked = { size: 8 * MIB };
    expect(said(place(about("device"), asked), "system", "dma-heap").verdict).toBe("fits");
    expect(said(place(about("instance"), { ...asked, of: ["vpu"] }), "system", "dma-heap").verdict).toBe("fits");
    const document = place(about("instance"), asked);
    expect(said(document, "system", "dma-heap").reasons).toMatchObject([
      {
        code: "iova-room",
        device: "/soc/jpeg",
        room: 16 * MIB - 4096,
        needed: 24 * MIB - 4096,
        mappings: 2,
        text: "the I/O address space of /soc/jpeg has 16.00 MiB (16773120 bytes); 2 mappings of each buffer there need 24.00 MiB (25161728 bytes), natural alignment included",
      },
      { code: "iova-room", device: "/soc/vpu", mappings: 2 },
    ]);
    expect(document.placement).toBeNull();
  });
  it("iova-room: the I/O address space is too small, alignment included", () => {
    const about = {
      ram: "0x40000000+1G",
      iommus: [iommu("/iommu", { aperture: "0+16M" })],
      devices: [device("vpu", { iommu: "/iommu" })],
    };
    // Page 0 is never given away, so of two aligned halves the lower one is lost.
    expect(said(place(about, { size: 8 * MIB }), "system", "dma-heap").verdict).toBe("fits");
    expect(said(place(about, { size: 8 * MIB, count: 2 }), "system", "dma-heap")).toEqual({
      verdict: "refused",
      reasons: [
        {
          code: "iova-room",
          device: "/soc/vpu",
          room: 16 * MIB - 4096,
          needed: 24 * MIB - 4096,
          mappings: 1,
          text: "the I/O address space of /soc/vpu has 16.00 MiB (16773120 bytes); 24.00 MiB (25161728 bytes) are needed, natural alignment included",
        },
      ],
    });
    expect(said(place(about, { size: 9 * MIB }), "system", "dma-heap").verdict).toBe("refused");
    expect(said(place(about, { size: 5 * MIB }), "system", "dma-heap").verdict).toBe("fits");
    expect(said(place(about, { size: 4 * MIB, count: 3 }), "system", "dma-heap").verdict).toBe("fits");
    expect(said(place(about, { size: 4 * MIB, count: 4 }), "system", "dma-heap").verdict).toBe("refused");
  });

  it("cannot-import: the driver takes no dma-buf, except its own", () => {
    const document = place({ ram: "0x40000000+1G", devices: [device("cam", { queue: "sg", imports: false })] });
    expect(said(document, "system", "dma-heap")).toEqual({
      verdict: "refused",
      reasons: [
        {
          code: "cannot-import",
          device: "/soc/cam",
          driver: "cam-driver",
          text: "/soc/cam (cam-driver) cannot import a dma-buf; only what it exports itself can be shared with it",
        },
      ],
    });
    expect(said(document, "system", "v4l2").verdict).toBe("fits");
    expect(
      said(
        place({ ram: "0x40000000+1G", devices: [device("cam", { queue: "sg", imports: null })] }),
        "system",
        "dma-heap",
      ).verdict,
    ).toBe("fits");
  });

  it("cannot-import: without a driver's name", () => {
    expect(explain({ code: "cannot-import", device: "/cam", driver: null })).toBe(
      "/cam cannot import a dma-buf; only what it exports itself can be shared with it",
    );
  });

  it("untranslated-pool: a coherent pool has bus addresses, also behind an IOMMU", () => {
    const about = {
      ram: "0x40000000+1G",
      iommus: [iommu("/iommu")],
      regions: [region("pool", "coherent-pool", "0x50000000+1M")],
      devices: [device("dec", { queue: "contig", iommu: "/iommu", regions: ["pool"] })],
    };
    const document = place(about, { size: 64 * KIB });
    expect(said(document, "coherent-pool:pool")).toMatchObject({
      verdict: "refused",
      reasons: [
        {
          code: "untranslated-pool",
          device: "/soc/dec",
          pool: "/reserved-memory/pool",
          iommu: "/iommu",
          text: "/soc/dec gets bus addresses of its pool /reserved-memory/pool, which /iommu does not translate",
        },
      ],
    });
    expect(document.placement).toMatchObject({ heap: "system", route: { kind: "dma-heap" } });
  });

  it("too-many-segments: a block that is cut for an engine of few, short segments", () => {
    const of = (spec: DeviceSpec): BoardSpec => ({
      ram: "0x40000000+1G",
      cma: "0x50000000+64M",
      devices: [device("dsp", { queue: "sg", exports: "none", maxSegments: 16, ...spec })],
    });
    const area = (spec: DeviceSpec, size: number): unknown =>
      said(place(of(spec), { size }), "cma:default", "dma-heap").reasons;
    expect(area({ maxSegmentSize: 65536 }, 1025 * KIB)).toMatchObject([
      { code: "too-many-segments", device: "/soc/dsp", segments: 17, maxSegments: 16 },
    ]);
    expect(area({ maxSegmentSize: 65536 }, 1024 * KIB)).toMatchObject([{ code: "fits" }]);
    // The kernel's default limits nothing: nobody has said that the engine takes short segments.
    expect(area({}, 1025 * KIB)).toMatchObject([{ code: "fits" }]);
  });

  it("always-bounced: a restricted pool copies every import", () => {
    const about = {
      ram: "0x40000000+1G",
      regions: [region("bounce", "restricted-pool", "0x50000000+1M")],
      devices: [device("wifi", { queue: "contig", regions: ["bounce"] })],
    };
    const document = place(about, { size: 64 * KIB });
    expect(said(document, "page-block")).toMatchObject({
      verdict: "refused",
      reasons: [{ code: "no-route" }, { code: "always-bounced" }],
    });
    expect(said(document, "system", "dma-heap").reasons).toContainEqual({
      code: "always-bounced",
      device: "/soc/wifi",
      pool: "/reserved-memory/bounce",
      text: "whatever is mapped for /soc/wifi is copied through its restricted pool /reserved-memory/bounce; it shares only what it allocates itself",
    });
    expect(document.placement).toMatchObject({
      heap: "restricted-pool:bounce",
      algorithm: "bounce-slots",
      route: { kind: "v4l2", device: "/soc/wifi" },
    });
  });

  it("exporter-out-of-reach: the device that would allocate does not reach the area", () => {
    const about = { ...TWO_BANKS, cma: "0xf0000000+64M", devices: [device("vpu", { coherentMask: "0xf1ffffff" })] };
    expect(said(place(about), "cma:default", "v4l2")).toEqual({
      verdict: "refused",
      reasons: [
        {
          code: "exporter-out-of-reach",
          device: "/soc/vpu",
          outside: 32 * MIB,
          share: 0.5,
          firstOutside: 0xf200_0000,
          text: "/soc/vpu would have to allocate it, and 50 % of it (from 0xf2000000 on) is outside its coherent DMA mask and bus window",
        },
      ],
    });
    expect(said(place(about), "cma:default", "dma-heap").verdict).toBe("fits");
  });

  it("exporter-out-of-reach: a block may come from a zone that is not all in reach", () => {
    const document = place({ ram: "0x40000000+1G", devices: [device("vpu", { coherentMask: "0x5fffffff" })] });
    expect(said(document, "page-block")).toMatchObject({
      verdict: "refused",
      reasons: [{ code: "exporter-out-of-reach", outside: 512 * MIB, share: 0.5, firstOutside: 0x6000_0000 }],
    });
  });

  it("exporter-out-of-reach does not hold of a per-device pool, which looks at no mask", () => {
    const about = {
      ram: "0x40000000+1G",
      regions: [region("pool", "coherent-pool", "0x70000000+4M")],
      devices: [device("vpu", { coherentMask: "0x5fffffff", regions: ["pool"] })],
    };
    expect(said(place(about), "coherent-pool:pool").verdict).toBe("fits");
  });

  it("no-hole: the largest hole is too small", () => {
    const about = { ram: "0x40000000+2G", cma: "0xb0000000+8M", devices: [device("vpu", { exports: "none" })] };
    expect(said(place(about, { size: 12441600 }), "cma:default")).toEqual({
      verdict: "refused",
      reasons: [
        {
          code: "no-hole",
          heap: "cma:default",
          asked: 12441600,
          largestHole: 7 * MIB,
          missing: 12441600 - 7 * MIB,
          count: 1,
          fits: 0,
          text: "largest hole of cma:default after boot is 7 MiB, 4.87 MiB (5101568 bytes) short of 11.87 MiB (12441600 bytes)",
        },
      ],
    });
  });

  it("no-hole: only some of the buffers fit", () => {
    const about = {
      ram: "0x40000000+2G",
      regions: [region("area", "cma", "0x60000000+16M")],
      devices: [device("vpu", { regions: ["area"] })],
    };
    expect(said(place(about, { size: 6 * MIB, count: 3 }), "cma:area").reasons).toEqual([
      {
        code: "no-hole",
        heap: "cma:area",
        asked: 6 * MIB,
        largestHole: 16 * MIB,
        missing: 0,
        count: 3,
        fits: 2,
        text: "cma:area holds 2 of the 3 buffers of 6 MiB",
      },
    ]);
  });

  it("no-hole: scattered pages run out by count", () => {
    const document = place(
      { ram: "0x40000000+16M", devices: [device("isp", { queue: "sg" })] },
      { size: 6 * MIB, count: 3 },
    );
    expect(said(document, "system", "dma-heap").reasons).toMatchObject([{ code: "no-hole", count: 3, fits: 2 }]);
  });

  const tooLarge: readonly {
    readonly name: string;
    readonly about: BoardSpec;
    readonly heap: string;
    readonly route?: string;
    readonly size: number;
    readonly reason: object;
  }[] = [
    {
      name: "one block is 4 MiB at most",
      about: { ram: "0x40000000+1G", devices: [device("vpu")] },
      heap: "page-block",
      size: 5 * MIB,
      reason: {
        asked: 8 * MIB,
        largest: 4 * MIB,
        missing: 4 * MIB,
        limit: "page-block",
        text: "8 MiB is 4 MiB more than the page allocator's largest block gives (4 MiB)",
      },
    },
    {
      name: "udmabuf gives 64 MiB at most",
      about: { ram: "0x40000000+1G", devices: [device("isp", { queue: "sg" })] },
      heap: "udmabuf",
      size: 65 * MIB,
      reason: {
        asked: 65 * MIB,
        largest: 64 * MIB,
        missing: MIB,
        limit: "udmabuf",
        text: "65 MiB is 1 MiB more than udmabuf's size_limit_mb gives (64 MiB)",
      },
    },
    {
      name: "udmabuf gives no more than there is",
      about: { ram: "0x40000000+16M", devices: [device("isp", { queue: "sg" })] },
      heap: "udmabuf",
      size: 65 * MIB,
      reason: {
        asked: 65 * MIB,
        largest: 16 * MIB,
        missing: 49 * MIB,
        limit: "memory",
        text: "65 MiB is 49 MiB more than the RAM that is left after boot gives (16 MiB)",
      },
    },
    {
      name: "pages are as many as RAM has",
      about: { ram: "0x40000000+16M", devices: [device("isp", { queue: "sg" })] },
      heap: "system",
      route: "dma-heap",
      size: 16 * MIB + 1,
      reason: { asked: 16 * MIB + 4096, largest: 16 * MIB, missing: 4096, limit: "memory" },
    },
    {
      name: "pages below 4 GiB are as many as there are",
      about: {
        ram: "0xff000000+32M",
        devices: [device("isp", { queue: "sg", mask: "0xffffffffff", about: { gfp: "dma32" } })],
      },
      heap: "dma32-pages",
      size: 17 * MIB,
      reason: { asked: 17 * MIB, largest: 16 * MIB, missing: MIB, limit: "memory" },
    },
    {
      name: "a restricted pool gives a segment at most",
      about: {
        ram: "0x40000000+1G",
        regions: [region("bounce", "restricted-pool", "0x50000000+1M")],
        devices: [device("wifi", { regions: ["bounce"] })],
      },
      heap: "restricted-pool:bounce",
      size: 257 * KIB,
      reason: {
        asked: 260 * KIB,
        largest: 256 * KIB,
        missing: 4096,
        limit: "restricted-pool",
        text: "260 KiB is 4 KiB more than the largest run of a restricted pool gives (256 KiB)",
      },
    },
  ];
  for (const { name, about, heap, route, size, reason } of tooLarge) {
    it(`too-large: ${name}`, () =>
      expect(said(place(about, { size }), heap, route)).toMatchObject({
        verdict: "refused",
        reasons: [{ code: "too-large", heap, ...reason }],
      }));
  }
  it("too-large: udmabuf's own limit counts where as much RAM is left as was asked for", () => {
    const about = { ram: "0x40000000+65M", devices: [device("isp", { queue: "sg" })] };
    expect(said(place(about, { size: 65 * MIB }), "udmabuf").reasons).toMatchObject([
      { code: "too-large", limit: "udmabuf" },
    ]);
  });
  it("no-hole, not too-large: a whole segment asked of a small restricted pool", () => {
    const about = {
      ram: "0x40000000+1G",
      regions: [region("bounce", "restricted-pool", "0x50000000+64K")],
      devices: [device("wifi", { regions: ["bounce"] })],
    };
    expect(said(place(about, { size: 256 * KIB }), "restricted-pool:bounce").reasons).toMatchObject([
      { code: "no-hole" },
    ]);
  });
  it("cannot-import: by a driver nobody knows", () => {
    const about = {
      ram: "0x40000000+1G",
      devices: [{ ...device("cam", { queue: "sg", imports: false }), driver: null }],
    };
    expect(said(place(about), "system", "dma-heap").reasons).toMatchObject([{ code: "cannot-import", driver: null }]);
  });
  it("no-hole, not too-large: a small restricted pool", () => {
    const about = {
      ram: "0x40000000+1G",
      regions: [region("bounce", "restricted-pool", "0x50000000+64K")],
      devices: [device("wifi", { regions: ["bounce"] })],
    };
    expect(said(place(about, { size: 128 * KIB }), "restricted-pool:bounce").reasons).toMatchObject([
      { code: "no-hole", largestHole: 64 * KIB },
    ]);
  });

  it("no-route: the kernel is built without the heap", () => {
    const about = {
      ram: "0x40000000+1G",
      cma: "0x70000000+64M",
      profile: { name: "plain", systemHeap: false, cmaHeap: false },
      devices: [device("gpu", { queue: "gem-shmem", exports: "none" })],
    };
    const document = place(about);
    expect(said(document, "system")).toEqual({
      verdict: "refused",
      reasons: [
        {
          code: "no-route",
          heap: "system",
          profile: "plain",
          option: "CONFIG_DMABUF_HEAPS_SYSTEM",
          text: "plain has no way to it: CONFIG_DMABUF_HEAPS_SYSTEM is off, and no device of this board exports it",
        },
      ],
    });
    expect(said(document, "cma:default").reasons).toMatchObject([
      { code: "no-route", option: "CONFIG_DMABUF_HEAPS_CMA" },
    ]);
    expect(said(document, "page-block").reasons).toMatchObject([
      { code: "no-route", option: null, text: "no device of this board exports it and plain has no heap for it" },
    ]);
  });

  it("no-cpu-mapping: only asked for when the CPU takes part", () => {
    const about = { ram: "0x40000000+1G", devices: [device("isp", { queue: "sg", cpuMapping: "none" })] };
    expect(said(place(about, { cpu: "rare" }), "system", "v4l2")).toEqual({
      verdict: "refused",
      reasons: [{ code: "no-cpu-mapping", heap: "system", text: "the CPU cannot map it" }],
    });
    expect(said(place(about), "system", "v4l2").verdict).toBe("fits");
  });

  it("reports everything that refuses, not only the first", () => {
    const document = place({ ...TWO_BANKS, devices: [device("cam", { imports: false })] }, { size: 8 * 2 ** 30 });
    expect(said(document, "system", "dma-heap").reasons.map((r) => (r as Reason).code)).toEqual([
      "too-large",
      "cannot-import",
      "would-bounce",
      "needs-contiguous",
    ]);
  });
});

describe("a single page", () => {
  const about = { ram: "0x40000000+2G", cma: "0xb0000000+64M", devices: [device("vpu")] };
  it("one-page: comes from the page allocator, whatever room the default area has", () => {
    const document = place(about, { size: 4096 });
    expect(said(document, "cma:default", "v4l2")).toEqual({
      verdict: "refused",
      reasons: [
        {
          code: "one-page",
          device: "/soc/vpu",
          heap: "cma:default",
          text: "/soc/vpu takes a single page from the page allocator, never from cma:default",
        },
      ],
    });
    expect(said(document, "page-block").verdict).toBe("fits");
  });
  it("comes from the default area by its heap, and through devices from two pages on", () => {
    expect(said(place(about, { size: 4096 }), "cma:default", "dma-heap").verdict).toBe("fits");
    expect(said(place(about, { size: 4097 }), "cma:default", "v4l2").verdict).toBe("fits");
    expect(said(place(about, { size: 4097 }), "page-block").verdict).toBe("depends");
  });
  it("has nowhere to come from when blocks lie out of reach and only a device leads to the area", () => {
    const far = {
      ram: "0x40000000+3G,0x100000000+1G",
      cma: "0xb0000000+64M",
      pages: "0x100000000+1G",
      profile: { cmaHeap: false, udmabuf: null, systemHeap: false },
      devices: [device("vpu")],
    };
    expect(place(far, { size: 8192 }).placement).toMatchObject({ heap: "cma:default" });
    const one = place(far, { size: 4096 });
    expect(one.placement).toBeNull();
    expect(one.conflict?.members.map(({ device: of, field, value }) => ({ of, field, value }))).toContainEqual({
      of: null,
      field: "size",
      value: 4096,
    });
  });
});

describe("what a candidate depends on", () => {
  it("only-when-full: one block while the area has room", () => {
    const about = { ram: "0x40000000+2G", cma: "0xb0000000+64M", devices: [device("vpu")] };
    expect(said(place(about), "page-block")).toEqual({
      verdict: "depends",
      reasons: [
        {
          code: "only-when-full",
          device: "/soc/vpu",
          first: "cma:default",
          text: "/soc/vpu takes it only when cma:default has no room",
        },
      ],
    });
  });
  it("a block is certain once the area cannot serve", () => {
    const small = { ram: "0x40000000+2G", cma: "0xb0000000+2M", devices: [device("vpu")] };
    expect(said(place(small, { size: 2 * MIB }), "page-block").verdict).toBe("fits");
    const far = { ...TWO_BANKS, cma: "0x100000000+64M", pages: "0x40000000+3G", devices: [device("vpu")] };
    expect(said(place(far), "page-block").verdict).toBe("fits");
  });
  it("the first choice of another queue does not count", () => {
    const queues = [
      { queue: "capture", kind: "sg" },
      { queue: "output", kind: "contig" },
    ] as const;
    const about = {
      ram: "0x40000000+2G",
      cma: "0xb0000000+2M",
      devices: [device("m2m", { queues, pictureQueue: "capture" })],
    };
    expect(said(place(about, { size: 2 * MIB }), "page-block").verdict).toBe("fits");
  });
  it("unknown-buffers: scattered pages for a driver nobody described", () => {
    const document = place({ ram: "0x40000000+1G", devices: [device("npu", { queue: null })] });
    expect(said(document, "system")).toEqual({
      verdict: "depends",
      reasons: [
        {
          code: "unknown-buffers",
          device: "/soc/npu",
          text: "nobody knows whether /soc/npu takes scattered pages; give it in a facts file",
        },
      ],
    });
    expect(document.placement).toMatchObject({ heap: "system", certainty: "assumed" });
  });
});

describe("why a candidate fits", () => {
  it("says what the largest hole is", () => {
    const document = place({ ram: "0x40000000+2G", cma: "0xb0000000+64M", devices: [device("vpu")] });
    expect(said(document, "cma:default", "dma-heap")).toEqual({
      verdict: "fits",
      reasons: [
        {
          code: "fits",
          asked: MIB,
          largest: 63 * MIB,
          count: 1,
          text: "every device reaches all of it; the largest hole after boot is 63 MiB",
        },
      ],
    });
  });
  it("says that all buffers fit", () => {
    const document = place({ ram: "0x40000000+2G", cma: "0xb0000000+64M", devices: [device("vpu")] }, { count: 3 });
    expect(said(document, "cma:default", "dma-heap").reasons).toMatchObject([
      { code: "fits", count: 3, text: "every device reaches all of it, and 3 buffers fit" },
    ]);
  });
});

describe("the words of numbers", () => {
  const shares: readonly (readonly [number, string])[] = [
    [0.0000001, "under 0.1 %"],
    [0.001, "0.1 %"],
    [0.125, "12.5 %"],
    [0.999, "99.9 %"],
    [0.9999, "over 99.9 %"],
    [1, "100 %"],
  ];
  for (const [share, text] of shares) {
    it(`${share} is ${text}`, () => {
      const reason: Reason = {
        code: "exporter-out-of-reach",
        device: "/d",
        outside: 4096,
        share,
        firstOutside: 0x1000,
      };
      expect(explain(reason)).toBe(
        `/d would have to allocate it, and ${text} of it (from 0x1000 on) is outside its coherent DMA mask and bus window`,
      );
    });
  }
  it("ranges end with their last byte", () => {
    expect(formatRanges(ranges("0x40000000+1G,0x100000000+1G"))).toBe("0x40000000-0x7fffffff, 0x100000000-0x13fffffff");
    expect(formatRanges([])).toBe("nothing");
  });
});

describe("one sentence about several devices", () => {
  const cases: readonly (readonly [Reason, string])[] = [
    [
      { code: "would-bounce", device: "/a", outside: 4096, share: 0.5, firstOutside: 0x1000, reach: [] },
      "50 % of it (4 KiB from 0x1000 on) is out of reach of /a, /b and /c and would be bounced",
    ],
    [
      { code: "would-bounce", device: "/a", outside: 4096, share: 1, firstOutside: 0x1000, reach: [] },
      "/a, /b and /c reach none of it: it starts at 0x1000",
    ],
    [
      { code: "needs-contiguous", device: "/a", size: 8192 },
      "/a, /b and /c need 8 KiB in one range and nothing translates for them; these pages are scattered",
    ],
    [
      { code: "iova-room", device: "/a", room: 8192, needed: 16384, mappings: 1 },
      "the I/O address spaces of /a, /b and /c have 8 KiB each; 16 KiB are needed, natural alignment included",
    ],
    [
      { code: "iova-room", device: "/a", room: 8192, needed: 16384, mappings: 3 },
      "the I/O address space of /a, /b and /c has 8 KiB; 3 mappings of each buffer there need 16 KiB, natural alignment included",
    ],
    [
      { code: "cannot-import", device: "/a", driver: "udl" },
      "/a, /b and /c (udl) cannot import a dma-buf; only what they export themselves can be shared with them",
    ],
  ];
  for (const [reason, text] of cases) it(text, () => expect(explain(reason, ["/b", "/c"])).toBe(text));
});

describe("assumptionText", () => {
  const about = { field: "base", source: "cma:default" };
  it("starts with the device", () =>
    expect(assumptionText({ code: "default-mask", device: "/a", field: "dmaMask", source: null })).toBe(
      "/a sets no DMA mask; the kernel's default of 32 bits is used",
    ));
  it("names the area that boot placed", () =>
    expect(assumptionText({ code: "boot-placement", device: null, ...about })).toBe(
      "cma:default was placed with usual boot addresses; another boot loader may move it",
    ));
  it("names the pool that has no place", () =>
    expect(
      assumptionText({ code: "pool-not-placed", device: null, field: "regions", source: "/reserved-memory/p" }),
    ).toBe("/reserved-memory/p could not be placed by the kernel"));
  it("needs no subject for what is about the machine", () =>
    expect(assumptionText({ code: "boot-placement", device: null, field: "pages", source: "kernel image" })).toBe(
      "what boot needs was placed with usual addresses; another boot loader may move it",
    ));
});

describe("explainAssumption", () => {
  const words = {
    "device-disabled": "is disabled in this tree; judged as if it were enabled",
    "iommu-disabled": "has its IOMMU disabled in this tree; judged as if it were enabled",
    "default-mask": "sets no DMA mask; the kernel's default of 32 bits is used",
    "conditional-mask": "has a mask that depends on a condition; the tightest was used",
    "runtime-mask": "reads its mask from a register; a safe value was used",
    "unknown-driver": "has no known driver; 32 bits and contiguous memory were taken",
    "unknown-buffers": "has queues nobody described; contiguous memory was taken as needed",
    "unknown-layout": "has an image alignment nobody described; a common one was used",
    aggregate: "belongs to an aggregate that this tree does not show; judged by itself",
    "iommu-output-width": "has an IOMMU whose output width no tree shows; the usual one was used",
    "boot-placement": "was placed with usual boot addresses; another boot loader may move it",
    "pool-not-placed": "has a pool the kernel could not place",
    "memory-from-zones":
      "memory was taken from the spans of the kernel's zones: /proc/iomem shows addresses to root only",
    "memory-size-only": "only the amount of memory is known; it was taken as one bank from 0",
    "memory-from-tree": "the boot loader may replace the memory of the tree",
    "registers-cut-out": "device registers were cut out of the memory given",
    condition: "depends on a condition of the driver",
    "arch-guessed": "the processor type was guessed",
  } as const;
  for (const [code, text] of Object.entries(words))
    it(code, () => expect(explainAssumption(code as keyof typeof words)).toBe(text));
});
