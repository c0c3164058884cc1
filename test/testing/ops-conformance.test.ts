import { describe, expect, it } from "vitest";
import type { Device } from "../../src/machine/machine.js";
import type { BuiltInOps, OpsRegistration } from "../../src/simulate/mapping/choose-ops.js";
import type { DmaMapOps } from "../../src/simulate/mapping/dma-map-ops.js";
import type { PhysicalMemory } from "../../src/simulate/memory/physical-memory.js";
import { checkOps } from "../../src/testing/ops-conformance.js";
import { OpsConformanceError, type OpsLaw } from "../../src/testing/ops-law.js";
import { type ApertureFaults, apertureOps } from "./fixture/aperture.js";

/** Operations made of the library's own, for devices of the suite's machine. */
function registration(
  make: (builtIn: BuiltInOps, memory: PhysicalMemory) => DmaMapOps,
  ...paths: readonly string[]
): OpsRegistration {
  return {
    name: "mine",
    make: (context, builtIn) => make(builtIn, context.world.memory!),
    chooses: (device) => paths.includes(device.path),
  };
}

describe("the conformance suite for mapping operations", () => {
  it("passes the library's own", () => {
    const direct = checkOps(registration((ops) => ops.direct, "/direct", "/narrow", "/shifted", "/snooping"));
    expect(direct).toMatchObject({ devices: ["/direct", "/narrow", "/shifted", "/snooping"], sequences: 40 });
    expect(direct.accepted).toBeGreaterThan(100);
    expect(direct.refused).toBeGreaterThan(10);
    expect(checkOps(registration((ops) => ops.swiotlb, "/narrow", "/direct")).sequences).toBe(20);
    expect(checkOps(registration((ops) => ops.iommu, "/iommu-client")).refused).toBeGreaterThan(0);
    expect(checkOps(registration((ops) => ops.engine, "/engine")).refused).toBeGreaterThan(0);
  });

  it("tries the same for the same seed", () => {
    const mine = registration((ops) => ops.direct, "/narrow");
    expect(checkOps(mine, { seed: 7, sequences: 3 })).toEqual(checkOps(mine, { seed: 7, sequences: 3 }));
  });

  it("refuses options that try nothing, and operations for no device", () => {
    expect(() =>
      checkOps(
        registration((ops) => ops.direct, "/narrow"),
        { sequences: 0 },
      ),
    ).toThrow("sequences is 0");
    expect(() => checkOps(registration((ops) => ops.direct, "/nowhere"))).toThrow("choose no device");
  });

  /** The library's operations with one thing wrong. */
  const broken: readonly {
    law: OpsLaw;
    path: string;
    how: string;
    make: (ops: BuiltInOps, memory: PhysicalMemory) => DmaMapOps;
  }[] = [
    {
      law: "covers",
      path: "/direct",
      how: "the second segment is one page off",
      make: ({ direct }) => ({
        ...direct,
        mapSg: (...args) => {
          const mapped = direct.mapSg(...args);
          if (mapped > 1) args[4].address[1] = args[4].address[1]! + 4096;
          return mapped;
        },
      }),
    },
    {
      law: "covers",
      path: "/direct",
      how: "the last segment is missing",
      make: ({ direct }) => ({
        ...direct,
        mapSg: (...args) => {
          const mapped = direct.mapSg(...args);
          if (mapped < 2) return mapped;
          args[4].count -= 1;
          return mapped - 1;
        },
      }),
    },
    {
      law: "within-limits",
      path: "/narrow",
      how: "memory out of reach is mapped in place",
      make: ({ direct }) => ({ ...direct, mapPage: (_device, physAddr) => physAddr as number, unmapPage: () => {} }),
    },
    {
      law: "errors",
      path: "/narrow",
      how: "lists fail with an error nobody knows",
      make: ({ direct }) => ({ ...direct, mapSg: (...args) => (direct.mapSg(...args) < 0 ? -1 : args[4].count) }),
    },
    {
      law: "failure-changes-nothing",
      path: "/iommu-client",
      how: "what was mapped stays when a list fails",
      make: ({ iommu }) => ({
        ...iommu,
        mapSg: (device, memory, direction, attrs, out) => {
          const mapped = iommu.mapSg(device, memory, direction, attrs, out);
          if (mapped >= 0) return mapped;
          iommu.mapPage(device, memory.physAddr[0]!, 4096, direction, attrs);
          return mapped;
        },
      }),
    },
    {
      law: "sync-for-device",
      path: "/narrow",
      how: "syncs for the device do nothing",
      make: ({ swiotlb }) => ({ ...swiotlb, syncForDevice: () => {} }),
    },
    {
      law: "sync-for-cpu",
      path: "/narrow",
      how: "syncs for the CPU do nothing",
      make: ({ swiotlb }) => ({ ...swiotlb, syncForCpu: () => {} }),
    },
    {
      law: "unmap",
      path: "/narrow",
      how: "unmapping drops what the device wrote",
      make: ({ swiotlb }) => ({
        ...swiotlb,
        unmapSg: (device, memory, segments, direction) =>
          swiotlb.unmapSg(device, memory, segments, direction, { skipCpuSync: true }),
        unmapPage: (device, dmaAddr, size, direction) =>
          swiotlb.unmapPage(device, dmaAddr, size, direction, { skipCpuSync: true }),
      }),
    },
    {
      law: "unmap",
      path: "/iommu-client",
      how: "unmapping leaves the table as it is",
      make: ({ iommu }) => ({ ...iommu, unmapSg: () => {} }),
    },
    {
      law: "all-goes-back",
      path: "/narrow",
      how: "unmapping keeps the slots",
      make: ({ swiotlb }) => ({
        ...swiotlb,
        unmapPage: (device, dmaAddr, size, direction) => swiotlb.syncForCpu(device, dmaAddr, size, direction),
        unmapSg: (device, _memory, segments, direction) => {
          for (let i = 0; i < segments.count; i += 1) {
            swiotlb.syncForCpu(device, segments.address[i]!, segments.length[i]!, direction);
          }
        },
      }),
    },
    {
      law: "exclusive",
      path: "/engine",
      how: "two blocks get the same address",
      make: ({ direct }) => {
        let last = 0;
        return {
          ...direct,
          mapSg: () => -12,
          alloc: () => null,
          mapPage: (_device, physAddr) => {
            last = physAddr;
            return 0x1000;
          },
          translate: (_device, dmaAddr) => ({ physAddr: last + dmaAddr - 0x1000, bytes: 4096 }),
          unmapPage: () => {},
        };
      },
    },
    {
      law: "coherent",
      path: "/direct",
      how: "coherent memory is used before it is handed out",
      make: ({ direct }) => ({
        ...direct,
        alloc: (device, size, attrs) => {
          const buffer = direct.alloc(device, size, attrs);
          return buffer === null ? null : { ...buffer, dmaAddr: buffer.dmaAddr + 4096 };
        },
      }),
    },
    {
      law: "coherent",
      path: "/direct",
      how: "coherent memory has bytes of whoever had it before",
      make: ({ direct }, memory) => ({
        ...direct,
        alloc: (device, size, attrs) => {
          const buffer = direct.alloc(device, size, attrs);
          if (buffer !== null) memory.setByte(buffer.backing.memory.physAddr[0]!, 7);
          return buffer;
        },
      }),
    },
    {
      law: "all-goes-back",
      path: "/snooping",
      how: "coherent memory is never given back",
      make: ({ direct }) => ({ ...direct, free: () => {} }),
    },
    {
      law: "sizes",
      path: "/direct",
      how: "not even a page can be mapped",
      make: ({ direct }) => ({ ...direct, maxMappingSize: () => 100 }),
    },
    {
      law: "answers",
      path: "/direct",
      how: "a call throws",
      make: ({ direct }) => ({
        ...direct,
        mapSg: () => {
          throw new Error("not today");
        },
      }),
    },
  ];

  for (const { law, path, how, make } of broken) {
    it(`finds that ${how}`, () => {
      let caught: unknown = null;
      try {
        checkOps(registration(make, path), { sequences: 6 });
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeInstanceOf(OpsConformanceError);
      if (caught instanceof OpsConformanceError)
        expect(`${caught.law}: ${caught.message}`).toMatch(new RegExp(`^${law}: mine`));
    });
  }

  it("finds answers that change from run to run", () => {
    let runs = 0;
    const moody = registration(({ direct }) => {
      runs += 1;
      return runs === 1 ? direct : { ...direct, mapSg: () => -12 };
    }, "/direct");
    expect(() => checkOps(moody, { sequences: 1 })).toThrow('the law "deterministic"');
  });

  const snooping = (device: Device): boolean => device.path === "/snooping";

  it("passes operations that were written elsewhere, with a table and an address space of their own", () => {
    const report = checkOps(apertureOps(100, snooping));
    expect(report).toMatchObject({ ops: "aperture", devices: ["/snooping"], sequences: 10 });
    // The window is smaller than what the sequences ask for, so that refusals are tried as well.
    expect(report.accepted).toBeGreaterThan(50);
    expect(report.refused).toBeGreaterThan(10);
  });

  const brokenApertures: readonly (readonly [OpsLaw, string, ApertureFaults])[] = [
    ["all-goes-back", "unmapping forgets a page of the window", { keepsLastPage: true }],
    ["all-goes-back", "a list that fails keeps its part of the window", { keepsAfterFailure: true }],
    ["unmap", "the table still leads to memory that was unmapped", { leavesTable: true }],
  ];
  for (const [law, how, faults] of brokenApertures) {
    it(`finds that ${how}, which only the operations know of`, () => {
      expect(() => checkOps(apertureOps(200, snooping, faults))).toThrow(
        `aperture break the law "${law}" for /snooping`,
      );
    });
  }

  it("shows the shortest sequence it found, and the seed", () => {
    const mine = registration(({ direct }) => ({ ...direct, unmapPage: () => {}, mapPage: () => 5 }), "/direct");
    expect(() => checkOps(mine, { seed: 3 })).toThrow(
      /seed 3\n {2}\d: map-block|seed 3\n {2}\d: map a block of \d+ bytes/,
    );
  });
});
