/**
 * How fast are machines built and buffers placed? Machines per second over every arm64 board of the cache; placements per second on a loaded
 * RK3588 machine with five devices, candidates and reasons included; how one placement grows with 10, 100 and 1,000 devices and sources. CPU
 * seconds, medians.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildDeviceTree, cells, type PropertySpec, type TreeSpec } from "../src/devicetree/build.js";
import {
  type DeviceTree,
  type FactBase,
  KERNEL_PROFILES,
  type KernelProfile,
  loadFacts,
  type Machine,
  type MemorySpec,
  orThrow,
  type PlacementRequest,
  parseMemorySpec,
  placeBuffer,
  readDeviceTree,
  readMachine,
} from "../src/index.js";
import { CACHE } from "../tools/project.js";

const PASSES = 7;
const PROFILE = KERNEL_PROFILES.get("embedded-6.12") as KernelProfile;

/** Prints all figures; those on real boards need `npm run boards` to have run. */
export async function main(): Promise<void> {
  const facts = await loadFacts();
  const folder = join(CACHE, "boards", "arm64");
  const files = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".dtb"))
        .sort()
    : [];
  if (files.length === 0) {
    console.log("machines, placements: skipped, no board trees in the cache, npm run boards fetches them");
  } else {
    const trees = files.map((name) => new Uint8Array(readFileSync(join(folder, name))));
    const memory = orThrow(parseMemorySpec("0x40000000+2G"));
    const build = (): number => {
      let devices = 0;
      for (const tree of trees) {
        devices += boardWith(readDeviceTree(tree), facts, memory).devices.length;
      }
      return devices;
    };
    build();
    const seconds = median(Array.from({ length: 3 }, () => cpuSeconds(build)));
    console.log(
      `machines from trees in memory: ${(trees.length / seconds).toFixed(0)} per second (${trees.length} boards in ${seconds.toFixed(2)} s)`,
    );
    const board = new Uint8Array(readFileSync(join(folder, "rockchip/rk3588-rock-5b.dtb")));
    const banks: MemorySpec = orThrow(parseMemorySpec("0x200000+0xefe00000,0x100000000+12G"));
    placements(readMachine({ tree: readDeviceTree(board), facts, profile: PROFILE, memory: banks }));
  }
  growth(facts);
}

/** The board with the memory its tree states, or the memory given where it states none. */
function boardWith(tree: DeviceTree, facts: FactBase, memory: MemorySpec): Machine {
  const statesMemory = tree.root.children.some((node) => node.name.startsWith("memory") && hasSize(node.get("reg")));
  return readMachine({ tree, facts, profile: PROFILE, memory: statesMemory ? null : memory });
}

/** The last cell of a memory node is part of a size. */
function hasSize(reg: Uint8Array | undefined): boolean {
  return reg?.subarray(-8).some((byte) => byte !== 0) === true;
}

function placements(machine: Machine): void {
  const named = ["vop@", "rga@", "video-codec@fdba0000", "video-codec@fdb50000", "gpu@"];
  const devices = named.flatMap((name) => machine.devices.find((d) => d.name.startsWith(name)) ?? []);
  const request: PlacementRequest = {
    participants: devices.map((device) => ({ device, queue: null, access: "read-write" })),
    size: null,
    image: { width: 3840, height: 2160, format: "NV12", modifier: "LINEAR" },
    count: 1,
    cpu: "none",
  };
  const rounds = 5000;
  let candidates = 0;
  const work = (): void => {
    for (let i = 0; i < rounds; i++) candidates = placeBuffer(machine, request).candidates.length;
  };
  work();
  const seconds = median(Array.from({ length: PASSES }, () => cpuSeconds(work)));
  console.log(
    `placements: ${(rounds / seconds).toFixed(0)} per second (${devices.length} devices, ${candidates} candidates with all reasons)`,
  );
}

/** One placement of all devices over as many pools: the product grows a hundredfold from line to line. */
function growth(facts: FactBase): void {
  let before = 0;
  for (const n of [10, 100, 1000]) {
    const machine = readMachine({ tree: crowdTree(n), facts, profile: PROFILE });
    const request: PlacementRequest = {
      participants: machine.devices.map((device) => ({ device, queue: null, access: "read-write" })),
      size: 65536,
      image: null,
      count: 1,
      cpu: "none",
    };
    const rounds = n === 1000 ? 3 : 1000 / n;
    const answer = placeBuffer(machine, request);
    const seconds =
      median(
        Array.from({ length: 3 }, () =>
          cpuSeconds(() => {
            for (let i = 0; i < rounds; i++) placeBuffer(machine, request);
          }),
        ),
      ) / rounds;
    const perPair = (seconds * 1e9) / (n * answer.candidates.length);
    const growth = before === 0 ? "" : `, ${(seconds / before).toFixed(1)} times the line above`;
    console.log(
      `${n} devices x ${answer.candidates.length} candidates: ${(seconds * 1000).toFixed(2)} ms, ${perPair.toFixed(0)} ns per pair${growth}`,
    );
    before = seconds;
  }
}

/** A board with `n` scalers and `n` CMA pools of 1 MiB each, half of the scalers limited to 32 bits. */
function crowdTree(n: number): DeviceTree {
  const spec: Record<string, TreeSpec | PropertySpec> = {
    "#address-cells": 2,
    "#size-cells": 2,
    compatible: "coalloc,crowd",
    "memory@0": { device_type: "memory", reg: cells(0, 0, 4, 0) },
  };
  const reserved: Record<string, TreeSpec | PropertySpec> = { "#address-cells": 2, "#size-cells": 2, ranges: true };
  for (let i = 0; i < n; i++) {
    const base = 0x10000000 + i * 0x200000;
    reserved[`pool@${base.toString(16)}`] = {
      compatible: "shared-dma-pool",
      "no-map": true,
      reg: cells(0, base, 0, 0x100000),
    };
    spec[`rga@${(0xf0000000 + i * 0x1000).toString(16)}`] = {
      compatible: "rockchip,rk3288-rga",
      reg: cells(0, 0xf0000000 + i * 0x1000, 0, 0x1000),
    };
  }
  spec["reserved-memory"] = reserved;
  return buildDeviceTree(spec);
}

function cpuSeconds(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
