import type { Backing } from "../../src/simulate/heaps/heap.js";
import type { CoherentBuffer, Direction, DmaAttrs } from "../../src/simulate/mapping/dma-map-ops.js";
import type { MappedDevice } from "../../src/simulate/mapping/mapped-device.js";
import type { MappingSystem } from "../../src/simulate/mapping/mapping-system.js";
import type { PageLoan } from "../../src/simulate/memory/movable-pages.js";
import { DmaSegments, type ScatterList } from "../../src/simulate/scatter-list.js";
import { DEVICES, type SystemSpec, systemOf } from "./system-board.js";

/** One step: what to do, and numbers that are taken modulo what there is. */
export interface SystemStep {
  readonly kind: StepKind;
  /** Which heap, device, buffer or mapping. */
  readonly which: number;
  readonly other: number;
  /** Pages, less one. */
  readonly pages: number;
  /** The internal allocation that fails: 0 for none, {@link EACH} for one after the other until none is left. */
  readonly fault: number;
}

/** What a step can be. What asks for memory or addresses comes first, more often where it matters more. */
export const STEP_KINDS = [
  "allocate",
  "allocate",
  "map-list",
  "map-list",
  "map-page",
  "coherent",
  "release",
  "unmap",
  "unmap",
  "free",
  "sync",
  "write",
  "lend",
  "give-back",
  "pin",
  "flush",
] as const;

type StepKind = (typeof STEP_KINDS)[number];

/** As a fault: every internal allocation of the step in turn. */
export const EACH = 15;
/** No step that fails at each of its internal allocations has more. */
const MOST_FAULTS = 1000;

const DIRECTIONS: readonly Direction[] = ["to-device", "from-device", "bidirectional"];
const ATTRS: readonly DmaAttrs[] = [
  {},
  { blocking: false },
  { forceContiguous: true },
  { allocSinglePages: true },
  { noKernelMapping: true },
];
const ATOMIC_LEVELS = ["none", "dma", "dma32"] as const;

interface Mapping {
  readonly device: MappedDevice;
  readonly backing: Backing;
  readonly memory: ScatterList;
  /** Null for a page. */
  readonly segments: DmaSegments | null;
  readonly dmaAddr: number;
  readonly size: number;
  readonly direction: Direction;
}

/** Something a step has got, and how it is given up again. */
interface Gain {
  keep(): void;
  undo(): void;
}

/**
 * Carries steps out on a fresh system, and looks after each one whether the books are right; after one that was refused, whether everything
 * is as it was before.
 *
 * Then gives everything back, and looks whether all is as it was at the start.
 *
 * @throws Error when a counter, map, domain or pool is not what it should be, or a right call throws
 */
export function runSteps(spec: SystemSpec, steps: readonly SystemStep[]): void {
  const run = new Run(systemOf(spec));
  for (const [i, step] of steps.entries()) {
    try {
      run.step(step);
    } catch (error) {
      throw new Error(`step ${i}, ${JSON.stringify(step)}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
  run.finish();
}

class Run {
  readonly #system: MappingSystem;
  readonly #devices: readonly MappedDevice[];
  readonly #start: string;
  readonly #backings: Backing[] = [];
  readonly #mappings: Mapping[] = [];
  readonly #buffers: CoherentBuffer[] = [];
  readonly #loans: PageLoan[] = [];
  /** Addresses in the area of a device's own. */
  readonly #pins: number[] = [];

  constructor(system: MappingSystem) {
    this.#system = system;
    const { devices } = system.world.machine;
    this.#devices = DEVICES.map((name) => {
      const found = devices.find((device) => device.path === `/soc/${name}`);
      if (found === undefined) throw new Error(`no device ${name}`);
      return system.table.deviceFor(found);
    });
    this.#start = this.#state(true);
  }

  step(step: SystemStep): void {
    const { which, fault } = step;
    switch (step.kind) {
      case "allocate":
        this.#try(fault, () => this.#allocate(step));
        break;
      case "map-list":
      case "map-page":
        if (this.#backings.length > 0) this.#try(fault, () => this.#map(step));
        break;
      case "coherent":
        this.#try(fault, () => this.#coherent(step));
        break;
      case "release": {
        const idle = this.#backings.filter((backing) => !this.#mappings.some((one) => one.backing === backing));
        if (idle.length > 0) this.#release(pick(idle, which));
        break;
      }
      case "unmap":
        if (this.#mappings.length > 0) this.#unmap(pick(this.#mappings, which));
        break;
      case "free":
        if (this.#buffers.length > 0) this.#free(pick(this.#buffers, which));
        break;
      case "sync":
        if (this.#mappings.length > 0) this.#sync(pick(this.#mappings, which), step.other);
        break;
      case "write":
        if (this.#backings.length > 0) this.#write(pick(this.#backings, which), step.other);
        break;
      case "lend": {
        const loan = this.#system.world.pages.movable.lend((step.pages % 200) + 1);
        if (loan !== null) this.#loans.push(loan);
        break;
      }
      case "give-back":
        this.#giveBackLoan(which);
        break;
      case "pin":
        this.#pin(step);
        break;
      case "flush":
        for (const domain of this.#system.table.domains) domain.flush();
        break;
    }
    this.#audit();
  }

  /** Gives everything back. */
  finish(): void {
    const { heaps, table, api, context } = this.#system;
    for (const mapping of this.#mappings.toReversed()) this.#unmap(mapping);
    for (const buffer of this.#buffers.toReversed()) this.#free(buffer);
    for (const backing of this.#backings.toReversed()) this.#release(backing);
    for (const address of this.#pins) heaps.area("cma:own")?.unpin(address);
    for (const loan of this.#loans) loan.giveBack();
    for (const domain of table.domains) domain.flush();
    this.#audit();
    const grown = heaps.atomicPools.pools.some((pool) => pool.takenAsBlocks() > 0 || pool.area !== null);
    same(this.#start, this.#state(true), "at the end", grown);
    if (api.checks !== null) {
      const findings = api.checks.findings.filter(({ code }) => code !== "overlap");
      if (findings.length > 0) throw new Error(`right use was found fault with: ${findings[0]?.code}`);
      if (api.checks.mappings !== 0 || api.checks.leaks().length > 0) throw new Error("checks see mappings left");
    }
    this.#checkBytes();
    if (context.cache !== null && context.cache.dirtyLines > 0) throw new Error("the cache holds lines of nobody");
  }

  /** Nobody's memory holds bytes; of slots that share a page with others, it may be zeros. */
  #checkBytes(): void {
    const { memory } = this.#system.world;
    if (memory === null || memory.residentPages === 0) return;
    const pools = new Set([this.#system.bouncePool, ...this.#devices.map((device) => device.bouncePool)]);
    for (const pool of pools) {
      if (pool === null) continue;
      const bytes = Buffer.alloc(pool.size);
      memory.read(pool.base, bytes);
      if (!bytes.equals(Buffer.alloc(pool.size))) throw new Error("slots hold bytes that nobody has");
      memory.clear(pool.base, pool.size);
    }
    if (memory.residentPages > 0) throw new Error(`${memory.residentPages} pages hold bytes that nobody has`);
  }

  /** Lets a step fail as it says, and looks at what a refusal leaves; keeps what it got in the end. */
  #try(fault: number, attempt: () => Gain | null): void {
    const { faults } = this.#system.world;
    const each = fault === EACH;
    let before = this.#state(false);
    let whole = this.#state(true);
    for (let n = each ? 1 : fault; n <= MOST_FAULTS; n += 1) {
      const moves = this.#movements();
      const start = faults.steps;
      faults.failNth(n);
      const gain = attempt();
      faults.failNth(0);
      const wasHit = n > 0 && faults.steps - start >= n;
      const stays = this.#movements() !== moves;
      if (gain !== null && (!each || !wasHit)) {
        gain.keep();
        return;
      }
      // Where another source stepped in, that is given up to see the next fault.
      gain?.undo();
      if (stays) {
        same(before, this.#state(false), "after a refusal");
        before = this.#state(false);
        whole = this.#state(true);
      } else same(whole, this.#state(true), "after a refusal");
      if (!each || !wasHit) return;
    }
    throw new Error(`a step of more than ${MOST_FAULTS} internal allocations`);
  }

  #allocate({ which, other, pages, fault }: SystemStep): Gain | null {
    const { heaps, world } = this.#system;
    const list = [...heaps.values()];
    const heap = which % (list.length + 1) === list.length ? null : pick(list, which % (list.length + 1));
    // So many pages that a fault at each of them is soon through.
    const nrPages = fault === EACH ? pages % 40 : pages;
    const request = { size: nrPages * 4096 + 1 + (other % 4096), alignment: 4096, owner: "run" };
    const answer =
      heap === null ? heaps.atomicPools.allocate(request, pick(ATOMIC_LEVELS, other)) : heap.allocate(request);
    if (!answer.ok) return null;
    const backing = answer.value;
    for (const [i, address] of backing.memory.physAddr.entries()) {
      const last = address + (backing.memory.length[i] as number) - 1;
      if (world.memory?.byteAt(address) !== 0 || world.memory.byteAt(last) !== 0) throw new Error("memory is not new");
    }
    world.memory?.setByte(backing.memory.physAddr[0] as number, 1);
    return {
      keep: () => this.#backings.push(backing),
      undo: () => this.#giveBack(backing),
    };
  }

  #map({ kind, which, other, pages }: SystemStep): Gain | null {
    const { api } = this.#system;
    const backing = pick(this.#backings, other);
    const device = pick(this.#devices, which);
    const direction = pick(DIRECTIONS, pages);
    if (kind === "map-list") {
      const segments = new DmaSegments(1);
      const mapped = api.mapSg(device, backing.memory, direction, {}, segments);
      if (mapped < 0 !== (segments.count === 0)) throw new Error(`${mapped} with ${segments.count} segments`);
      if (mapped < 0) return null;
      const { memory } = backing;
      const { size } = memory;
      return this.#gainOf({ device, backing, memory, segments, dmaAddr: 0, size, direction });
    }
    const block = (backing.memory.length[0] as number) - 1;
    const from = (pages * 97) % block;
    const size = Math.min(1 + ((other * 131) % 5000), block + 1 - from);
    const physAddr = (backing.memory.physAddr[0] as number) + from;
    const dmaAddr: number = api.mapPage(device, physAddr, size, direction);
    if (api.mappingError(device, dmaAddr)) return null;
    return this.#gainOf({ device, backing, memory: backing.memory, segments: null, dmaAddr, size, direction });
  }

  #gainOf(mapping: Mapping): Gain {
    return {
      keep: () => this.#mappings.push(mapping),
      undo: () => this.#takeAway(mapping),
    };
  }

  #coherent({ which, other, pages }: SystemStep): Gain | null {
    const { api } = this.#system;
    const buffer = api.alloc(pick(this.#devices, which), (pages % 100) * 4096 + 1, pick(ATTRS, other));
    if (buffer === null) return null;
    return {
      keep: () => this.#buffers.push(buffer),
      undo: () => api.free(buffer),
    };
  }

  /** A loan with a pinned page stays, as it has to. */
  #giveBackLoan(which: number): void {
    const pinned = this.#pins.map((address) => address / 4096);
    const free = this.#loans.filter((loan) => !pinned.some((pfn) => loan.pages.has(pfn)));
    if (free.length === 0) return;
    const loan = pick(free, which);
    this.#loans.splice(this.#loans.indexOf(loan), 1);
    loan.giveBack();
  }

  #pin({ which, other, pages }: SystemStep): void {
    const area = this.#system.heaps.area("cma:own");
    if (area === null || area.lending === "nothing") return;
    if (other % 2 === 0) {
      const address = take(this.#pins, which);
      if (address !== null) area.unpin(address);
      return;
    }
    const address = area.base + (pages % (area.size / 4096)) * 4096;
    let isTaken = false;
    area.eachTaken((pfn, nrPages) => {
      if (address >= pfn * 4096 && address < (pfn + nrPages) * 4096) isTaken = true;
    });
    if (isTaken) return;
    area.pin(address);
    this.#pins.push(address);
  }

  #unmap(mapping: Mapping): void {
    this.#mappings.splice(this.#mappings.indexOf(mapping), 1);
    this.#takeAway(mapping);
  }

  #takeAway({ device, memory, segments, dmaAddr, size, direction }: Mapping): void {
    const { api } = this.#system;
    if (segments === null) api.unmapPage(device, dmaAddr, size, direction);
    else api.unmapSg(device, memory, segments, direction);
  }

  #sync({ device, segments, dmaAddr, size, direction }: Mapping, other: number): void {
    const { api } = this.#system;
    if (segments !== null) {
      if (other % 2 === 0) api.syncSgForCpu(device, segments, direction);
      else api.syncSgForDevice(device, segments, direction);
    } else if (other % 2 === 0) api.syncSingleForCpu(device, dmaAddr, size, direction);
    else api.syncSingleForDevice(device, dmaAddr, size, direction);
  }

  /** The CPU writes somewhere. */
  #write({ memory }: Backing, other: number): void {
    const { context, world } = this.#system;
    const block = other % memory.count;
    const address = (memory.physAddr[block] as number) + (other % (memory.length[block] as number));
    if (context.cache !== null) context.cache.write(address, Uint8Array.of(other));
    else world.memory?.setByte(address, other % 256);
  }

  #free(buffer: CoherentBuffer): void {
    this.#buffers.splice(this.#buffers.indexOf(buffer), 1);
    this.#system.api.free(buffer);
  }

  #release(backing: Backing): void {
    this.#backings.splice(this.#backings.indexOf(backing), 1);
    this.#giveBack(backing);
  }

  #giveBack(backing: Backing): void {
    backing.heap.release(backing);
    this.#system.context.cache?.drop(backing.memory);
  }

  #audit(): void {
    const { heaps, table } = this.#system;
    heaps.audit();
    table.audit();
  }

  /** What a refused step may leave behind: pages that were moved, and pools for atomic requests that have grown. */
  #movements(): string {
    const { heaps, world } = this.#system;
    const sizes = heaps.atomicPools.pools.map((pool) => pool.stats().size);
    return `${world.pages.pagesMigrated} ${sizes.join(" ")}`;
  }

  /**
   * All that is taken, and with `whole` all that is free, in words.
   *
   * Pools for atomic requests take from the default area and the page allocator for good: without `whole` what is in use leaves that out.
   */
  #state(whole: boolean): string {
    const { heaps, table, bouncePool, world, api } = this.#system;
    const words: string[] = [];
    for (const heap of [...heaps.values(), ...heaps.atomicPools.pools]) {
      const { used, live, free, largestHole } = heap.stats();
      const { id } = heap.source;
      if (whole) words.push(`${id} ${used} ${live} ${free} ${largestHole}`);
      else if (id !== "cma:default") words.push(`${id} ${used} ${live}`);
    }
    for (const domain of table.domains) {
      const { name, mappings, mapped, largestFree } = domain.stats();
      words.push(`${name} ${mappings} ${mapped}${whole ? ` ${largestFree}` : ""}`);
    }
    for (const device of this.#devices) {
      if (device.bouncePool !== null && device.bouncePool !== bouncePool)
        words.push(`slots ${device.bouncePool.stats().used} ${device.bouncePool.largestFree()}`);
    }
    words.push(`bounce ${bouncePool?.stats().used} ${bouncePool?.largestFree()}`, `checks ${api.checks?.mappings}`);
    if (!whole) return words.join("\n");
    const { allocator, zones } = world.pages;
    for (const { type } of zones) {
      const blocks = Array.from({ length: allocator.maxOrder + 1 }, (_, order) =>
        allocator.freeBlockCount(type, order),
      );
      words.push(`zone ${type} ${blocks.join(" ")}`);
    }
    return words.join("\n");
  }
}

function pick<T>(from: readonly T[], n: number): T {
  return from[n % from.length] as T;
}

/** Removes one. */
function take<T>(from: T[], n: number): T | null {
  return from.length === 0 ? null : (from.splice(n % from.length, 1)[0] as T);
}

/** @throws Error with the lines that differ */
function same(before: string, after: string, when: string, pagesMayGo = false): void {
  if (before === after) return;
  const [old, now] = [before.split("\n"), after.split("\n")];
  const pageMade = /^(system|dma32-pages|page-block|udmabuf|zone|cma:default|atomic-pool)/;
  const changed = old.flatMap((line, i) =>
    line === now[i] || (pagesMayGo && pageMade.test(line)) ? [] : [`${line} is ${now[i]}`],
  );
  if (changed.length > 0) throw new Error(`${when}: ${changed.join("; ")}`);
}
