import * as fc from "fast-check";
import type { BufferKind, QueueFact } from "../src/facts/fact.js";
import type { Device, Machine, ReservedRegion } from "../src/machine/machine.js";
import type { PlacementRequest } from "../src/placement/request.js";
import { type BoardSpec, board, type DeviceSpec, device, iommu, region } from "./machine-builder.js";

/** A board and something asked of it. */
export interface Question {
  readonly machine: Machine;
  readonly request: PlacementRequest;
}

const RAM = [
  "0x40000000+1G",
  "0x0+2G,0x100000000+2G",
  "0x80000000+1G,0xc0000000+512M",
  "0x40000000+3G,0x100000000+1G",
] as const;
const MASKS = ["0xffffffff", "0xffffffff", "0x3fffffff", "0x7fffffff", "0xffffffffff", "0xffffffffffffffff"] as const;
const WINDOWS = [
  ["0x0@0x0+1G"],
  ["0x40000000@0x0+3G"],
  ["0x0@0xc0000000+1G"],
  ["0x40000000@0x40000000+512M", "0x80000000@0x80000000+1G"],
  ["0x100000000@0x0+1G"],
  ["0x40000000@0x80000000+16M", "0x41000000@0x0+1G"],
] as const;
const KINDS: readonly (BufferKind | null)[] = [
  "contig",
  "contig",
  "sg",
  "vmalloc",
  "gem-dma",
  "gem-shmem",
  "own",
  null,
];
const IOMMUS = ["/iommu@a", "/iommu@b"] as const;
const REGION_KINDS = ["cma", "coherent-pool", "restricted-pool", "reserved"] as const;

const oneOf = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...(values as [T, ...T[]]));
const sometimes = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 2 });

const deviceSpec: fc.Arbitrary<DeviceSpec> = fc
  .record({
    mask: oneOf(MASKS),
    coherentMask: sometimes(oneOf(MASKS)),
    windows: sometimes(oneOf(WINDOWS)),
    queue: oneOf(KINDS),
    second: sometimes(oneOf(["contig", "sg", "vmalloc"] as const)),
    own: fc.record({
      allocates: oneOf(["contiguous", "scattered", undefined]),
      accepts: oneOf(["contiguous", "scattered", undefined]),
    }),
    gfp: fc.boolean(),
    oneEntry: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    forced: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    iommu: sometimes(oneOf(IOMMUS)),
    iommuState: oneOf(["translate", "translate", "identity", "disabled"] as const),
    domain: fc.integer({ min: 0, max: 9 }),
    enabled: fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
    coherent: fc.boolean(),
    maxSegmentSize: oneOf([65536, 4096, 0x400000, "unlimited"] as const),
    maxSegments: oneOf(["unlimited", "unlimited", 1, 64] as const),
    imports: oneOf([true, true, true, false, null]),
    exporting: oneOf([true, true, false]),
    cpuMapping: oneOf([undefined, undefined, "none", "uncached", "cached"] as const),
    regions: sometimes(fc.uniqueArray(oneOf(["pool0", "pool1"]), { minLength: 1, maxLength: 2 })),
    regionUse: oneOf(["buffers", "buffers", "firmware"] as const),
  })
  .map((d): DeviceSpec => {
    const behind = d.iommu !== undefined && d.iommuState === "translate";
    const about = {
      ...(d.queue === "own" && d.own.allocates !== undefined ? { allocates: d.own.allocates as "contiguous" } : {}),
      ...(d.queue === "own" && d.own.accepts !== undefined ? { accepts: d.own.accepts as "contiguous" } : {}),
      ...(d.gfp ? { gfp: "dma32" as const } : {}),
      ...(d.oneEntry ? { oneEntry: true } : {}),
      ...(d.forced ? { attrs: ["force-contiguous" as const] } : {}),
    };
    const first = d.queue?.startsWith("gem") ? "gem" : "capture";
    const known: readonly QueueFact[] = d.queue === null ? [] : [{ queue: first, kind: d.queue, ...about }];
    const queues: readonly QueueFact[] =
      d.second === undefined ? known : [...known, { queue: "output", kind: d.second }];
    const spec: DeviceSpec = {
      mask: d.mask,
      coherentMask: d.coherentMask ?? d.mask,
      queue: d.queue,
      queues,
      pictureQueue: d.coherent ? "output" : first,
      enabled: d.enabled,
      coherent: d.coherent,
      maxSegmentSize: d.maxSegmentSize,
      maxSegments: d.maxSegments,
      imports: d.imports,
      ...(d.windows === undefined ? {} : { windows: d.windows }),
      ...(d.iommu === undefined ? {} : { iommu: d.iommu, iommuState: d.iommuState }),
      ...(d.exporting ? {} : { exports: "none" as const }),
      ...(d.cpuMapping === undefined ? {} : { cpuMapping: d.cpuMapping }),
      ...(d.regions === undefined ? {} : { regions: d.regions, regionUse: d.regionUse }),
    };
    if (d.domain === 0 && behind) return { ...spec, translation: "driver-domain" };
    if (d.domain === 1) return { ...spec, translation: "device-mmu", mmuOutputBits: 36 };
    return spec;
  });

/** Small machines with everything that can go wrong on a board, and a request for up to three of its devices. */
export const questions: fc.Arbitrary<Question> = fc
  .record({
    ram: oneOf(RAM),
    cma: sometimes(fc.record({ at: fc.integer({ min: 0, max: 40 }), granules: fc.integer({ min: 1, max: 8 }) })),
    pools: fc.array(
      fc.record({
        kind: oneOf(REGION_KINDS),
        page: fc.integer({ min: 0, max: 600 }),
        pages: fc.integer({ min: 1, max: 900 }),
        exact: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
    widths: fc.tuple(oneOf([32, 36, 40, 48]), oneOf([31, 32, 40])),
    shared: fc.boolean(),
    aperture: oneOf(["0+4G", "0+4G", "0+16M", "0x1000+1M"]),
    devices: fc.array(deviceSpec, { minLength: 1, maxLength: 4 }),
    picks: fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 }),
    size: fc.oneof(
      fc.integer({ min: 1, max: 20_000 }),
      fc.integer({ min: 1, max: 3000 }).map((pages) => pages * 4096),
      fc.constantFrom(2 ** 26 + 1, 2 ** 31),
    ),
    count: oneOf([1, 1, 1, 2, 3, 5]),
    cpu: oneOf(["none", "rare", "often"] as const),
    profile: fc.record({
      systemHeap: fc.boolean(),
      cmaHeap: fc.boolean(),
      udmabuf: oneOf([null, { sizeLimit: 2 ** 26, listLimit: 1024 }]),
    }),
    arch: oneOf(["arm64", "arm64", "arm64", "arm"] as const),
    zone: oneOf([undefined, undefined, 0x4000_0000, 0x8000_0000]),
    commandLine: oneOf(["", "", "coherent_pool=1M"]),
  })
  .map((q): Question => {
    const start = Number(q.ram.split("+")[0]);
    const pools = q.pools.map((p, i): ReservedRegion => {
      const base = start + 2 ** 28 + i * 2 ** 26 + (p.kind === "cma" ? Math.floor(p.page / 512) * 512 : p.page) * 4096;
      const size = p.kind === "cma" ? Math.ceil(p.pages / 512) * 512 * 4096 : p.pages * 4096;
      return region(`pool${i}`, p.kind, `${base}+${size}`, p.exact ? "exact" : "assumed");
    });
    const spec: BoardSpec = {
      ram: q.ram,
      ...(q.cma === undefined ? {} : { cma: `${start + 2 ** 26 + q.cma.at * 2 ** 21}+${q.cma.granules * 2 ** 21}` }),
      regions: pools,
      iommus: IOMMUS.map((path, i) => ({
        ...iommu(path, { outputBits: q.widths[i]!, aperture: i === 0 ? q.aperture : "0+4G" }),
        pageSizes: i === 0 ? [4096] : [4096, 65536, 2 ** 21],
        grouping: q.shared ? ("instance" as const) : ("device" as const),
      })),
      devices: q.devices.map((d, i) => device(`dev${i}`, d)),
      profile: q.profile,
      arch: q.arch,
      ...(q.zone === undefined || q.zone <= start ? {} : { zoneDmaEnd: q.zone }),
      commandLine: q.commandLine,
    };
    const machine = board(spec);
    const devices = [...new Set(q.picks.map((pick) => machine.devices[pick % machine.devices.length] as Device))];
    return {
      machine,
      request: {
        participants: devices.map((d) => ({ device: d, queue: null, access: "read-write" })),
        size: q.size,
        image: null,
        count: q.count,
        cpu: q.cpu,
      },
    };
  });
