import { buddy } from "../../src/algorithms/buddy.js";
import { tlsf } from "../../src/algorithms/tlsf.js";
import type { Iommu } from "../../src/machine/machine.js";
import { type MappingSystem, makeMappingSystem } from "../../src/simulate/mapping/mapping-system.js";
import { type BoardSpec, board, device, iommu, region } from "../machine-builder.js";

/** A small system to run sequences on. Each number is taken modulo what there is to choose from. */
export interface SystemSpec {
  readonly ram: number;
  readonly arch: number;
  readonly area: number;
  readonly bounce: number;
  readonly tables: number;
  readonly aperture: number;
  readonly algorithms: number;
  /** Bits: lazy domains, CPU cache, shared domain, checks. */
  readonly switches: number;
}

const RAM = ["0x40000000+12M,0x100000000+4M", "0x40000000+16M", "0x40000000+6M,0x140000000+10M"] as const;
const ARCHS = ["arm64", "arm64", "arm", "riscv"] as const;
const AREAS = [undefined, "0x40800000+2M", "0x40800000+4M"] as const;
const BOUNCES = ["swiotlb=512", "swiotlb=512", "swiotlb=noforce", "swiotlb=512,force"] as const;
const TABLES: readonly (readonly number[])[] = [[4096], [4096, 2 ** 16, 2 ** 20], [4096, 2 ** 21]];
const APERTURES = ["0+4G", "0+4G", "0+1M", "0x1000+192K"] as const;
const ALGORITHMS = [{}, {}, { cma: tlsf, "coherent-pool": buddy, "restricted-pool": tlsf }] as const;

/** Devices of every kind, at `/soc/NAME`. */
export const DEVICES = [
  "area",
  "behind",
  "beside",
  "copies",
  "domain",
  "gpu",
  "narrow",
  "pool",
  "restricted",
  "shifted",
  "snoops",
  "split",
  "wide",
] as const;

/** The system of a spec, as boot leaves it. */
export function systemOf(spec: SystemSpec): MappingSystem {
  const pick = <T>(from: readonly T[], n: number): T => from[n % from.length] as T;
  const isSet = (bit: number): boolean => Math.floor(spec.switches / 2 ** bit) % 2 === 1;
  const cma = pick(AREAS, spec.area);
  const unit = iommu("/iommu", { aperture: pick(APERTURES, spec.aperture), outputBits: 33 });
  const tables: Iommu = { ...unit, pageSizes: pick(TABLES, spec.tables), grouping: isSet(2) ? "instance" : "device" };
  const machine: BoardSpec = {
    ram: pick(RAM, spec.ram),
    arch: pick(ARCHS, spec.arch),
    ...(pick(ARCHS, spec.arch) === "arm" ? { zoneDmaEnd: 0x40a00000 } : {}),
    ...(cma === undefined ? {} : { cma }),
    commandLine: pick(BOUNCES, spec.bounce),
    regions: [
      region("own", "cma", "0x40400000+2M"),
      region("pool", "coherent-pool", "0x40100000+256K"),
      region("slots", "restricted-pool", "0x40220000+512K"),
    ],
    iommus: [tables],
    devices: [
      device("area", { regions: ["own"] }),
      device("behind", { iommu: "/iommu", mask: "0xffffffffff" }),
      device("beside", { iommu: "/iommu", maxSegments: 3 }),
      device("copies", { queue: "vmalloc" }),
      device("domain", { iommu: "/iommu", translation: "driver-domain" }),
      device("gpu", { translation: "device-mmu", mmuOutputBits: 33 }),
      device("narrow"),
      device("pool", { iommu: "/iommu", regions: ["pool"] }),
      device("restricted", { regions: ["slots"] }),
      device("shifted", { windows: ["0x40000000@0x80000000+8M"], mask: "0xffffffffff" }),
      device("snoops", { coherent: true, mask: "0xffffffffff" }),
      device("split", { maxSegments: 4, maxSegmentSize: 65536 }),
      device("wide", { mask: "0xffffffffff" }),
    ],
  };
  return makeMappingSystem(board(machine), {
    algorithms: pick(ALGORITHMS, spec.algorithms),
    lazy: isSet(0),
    cpuCache: isSet(1),
    checks: isSet(3),
  });
}
