/**
 * Six allocation traces, W1 to W6: what they are made of is fixed, so figures of different days, machines and languages can be compared. A trace
 * does not depend on the allocator under test; its hash tells that it is the right one.
 *
 *     W1  sizes 1..256 at random, 70 % of the pool live        W4  holes of twice the size at every second place
 *     W2  16 video pipelines, first in first out               W5  IOVA style: many small, few large, size aligned
 *     W3  camera bursts: large frames, small metadata          W6  as W4, but which stay is drawn
 *
 * A unit is a page of 4 KiB. Whoever replays a trace keeps a slot empty when its allocation failed, and skips the slot's free.
 */

/** A trace in flat arrays, one entry an event. */
export interface Trace {
  /** Where the event's allocation is kept; below `slotCount`. */
  readonly slots: Int32Array;
  /** Units to allocate, or 0: free what the slot holds. */
  readonly units: Int32Array;
  /** log2 of the alignment of the first unit; 0 for frees. */
  readonly alignLog2: Int32Array;
  /** Number of allocate events. */
  readonly allocations: number;
  readonly slotCount: number;
}

/** A trace with the pool it is made for. */
export interface Workload {
  readonly name: string;
  /** What it is, in a few words. */
  readonly title: string;
  /** Units of the pool. */
  readonly pool: number;
  /** What {@link traceHash} must give. */
  readonly traceHash: number;
  /** Placement hash of exact first fit: the lowest aligned start whose run is long enough. */
  readonly firstFitHash: number;
  /** Makes the trace; always the same. */
  trace(): Trace;
}

/** Adds `value` to a hash of 32 bits; the hash of nothing is 0, and a hash is read as `hash >>> 0`. */
export function hashStep(hash: number, value: number): number {
  return (Math.imul(hash, 31) + value) | 0;
}

/** Hash over slot, units and alignment of all events. */
export function traceHash(trace: Trace): number {
  let hash = 0;
  for (let i = 0; i < trace.slots.length; i++) {
    hash = hashStep(hash, trace.slots[i] as number);
    hash = hashStep(hash, trace.units[i] as number);
    hash = hashStep(hash, trace.alignLog2[i] as number);
  }
  return hash >>> 0;
}

/** Placement hashes on W5 of policies that are no first fit, by algorithm: of Linux 6.12 `drivers/iommu/iova.c`, pages 1 to 1048575, one CPU. */
export const IOVA_HASHES: ReadonlyMap<string, number> = new Map([
  ["iova", 0xcb7fef7b],
  ["iova-magazines", 0x0bf544ca],
]);

/** All of them, in order. */
export const WORKLOADS: readonly Workload[] = [
  {
    name: "W1",
    title: "uniform random, 70 % live",
    pool: 262144,
    traceHash: 0x36631cce,
    firstFitHash: 0x7da14fc3,
    trace: uniformRandom,
  },
  {
    name: "W2",
    title: "video pipelines",
    pool: 262144,
    traceHash: 0xcce3a01d,
    firstFitHash: 0xc3d7fc47,
    trace: videoPipelines,
  },
  {
    name: "W3",
    title: "camera bursts",
    pool: 262144,
    traceHash: 0x3d87d0cd,
    firstFitHash: 0x5bb2a91b,
    trace: cameraBursts,
  },
  {
    name: "W4",
    title: "adversarial, alternating",
    pool: 262144,
    traceHash: 0x9135d136,
    firstFitHash: 0x9e7c2000,
    trace: () => halving((index, round) => index % 2 === ((round % 2) ^ 1)),
  },
  {
    name: "W5",
    title: "IOVA, size aligned",
    pool: 1048576,
    traceHash: 0x3e46cbdc,
    firstFitHash: 0xb1369458,
    trace: iovaStyle,
  },
  {
    name: "W6",
    title: "fragmentation, random half",
    pool: 262144,
    traceHash: 0xc1e9ad16,
    firstFitHash: 0x43fd66cf,
    trace: () => {
      const below = randomBelow(0x1006);
      return halving(() => below(2) === 0);
    },
  },
];

/** Numbers from 0 to one less than asked for, by xorshift on 32 bits. */
function randomBelow(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** Smallest power of two that is not below, as its log2. */
function ceilLog2(units: number): number {
  return units <= 1 ? 0 : 32 - Math.clz32(units - 1);
}

/** Writes events and gives out slot numbers, the one freed last first. */
class TraceWriter {
  readonly #slots: number[] = [];
  readonly #units: number[] = [];
  readonly #alignLog2: number[] = [];
  readonly #freedSlots: number[] = [];
  #slotCount = 0;
  allocations = 0;

  /** @returns the slot */
  allocate(units: number, alignLog2 = 0): number {
    const slot = this.#freedSlots.pop() ?? this.#slotCount++;
    this.#event(slot, units, alignLog2);
    this.allocations += 1;
    return slot;
  }

  free(slot: number): void {
    this.#event(slot, 0, 0);
    this.#freedSlots.push(slot);
  }

  freeAll(slots: readonly number[]): void {
    for (const slot of slots) this.free(slot);
  }

  finish(): Trace {
    return {
      slots: Int32Array.from(this.#slots),
      units: Int32Array.from(this.#units),
      alignLog2: Int32Array.from(this.#alignLog2),
      allocations: this.allocations,
      slotCount: this.#slotCount,
    };
  }

  #event(slot: number, units: number, alignLog2: number): void {
    this.#slots.push(slot);
    this.#units.push(units);
    this.#alignLog2.push(alignLog2);
  }
}

/** Slots that are live, with the sizes that count towards a target; one is drawn and freed at a time. */
class LiveSet {
  readonly #writer: TraceWriter;
  readonly #below: (bound: number) => number;
  readonly #slots: number[] = [];
  readonly #sizes: number[] = [];
  live = 0;

  constructor(writer: TraceWriter, below: (bound: number) => number) {
    this.#writer = writer;
    this.#below = below;
  }

  add(slot: number, size: number): void {
    this.#slots.push(slot);
    this.#sizes.push(size);
    this.live += size;
  }

  /** The last one moves into the place of the one that is freed. */
  freeAny(): void {
    const at = this.#below(this.#slots.length);
    this.#writer.free(this.#slots[at] as number);
    this.live -= this.#sizes[at] as number;
    const slot = this.#slots.pop() as number;
    const size = this.#sizes.pop() as number;
    if (at === this.#slots.length) return;
    this.#slots[at] = slot;
    this.#sizes[at] = size;
  }

  freeAll(): void {
    this.#writer.freeAll(this.#slots);
  }
}

function uniformRandom(): Trace {
  const writer = new TraceWriter();
  const below = randomBelow(0x1001);
  const set = new LiveSet(writer, below);
  for (let i = 0; i < 1_000_000; i++) {
    const units = 1 + below(256);
    while (set.live + units > 183_500) set.freeAny();
    set.add(writer.allocate(units), units);
  }
  set.freeAll();
  return writer.finish();
}

function iovaStyle(): Trace {
  const writer = new TraceWriter();
  const below = randomBelow(0x1005);
  const set = new LiveSet(writer, below);
  const draw = (): number => {
    const percent = below(100);
    if (percent < 70) return 1;
    if (percent < 85) return 2 + below(7);
    if (percent < 95) return 16 + below(49);
    if (percent < 99) return 256 + below(769);
    return 2048 + below(6145);
  };
  for (let i = 0; i < 1_000_000; i++) {
    const units = draw();
    const alignLog2 = ceilLog2(units);
    const size = 2 ** alignLog2;
    while (set.live + size > 419_430) set.freeAny();
    set.add(writer.allocate(units, alignLog2), size);
  }
  set.freeAll();
  return writer.finish();
}

/** NV12 frames of 480p, 720p, 1080p, 1440p and 2160p, in units. */
const VIDEO_FRAMES: readonly number[] = [127, 338, 765, 1350, 3038];

interface Stream {
  frame: number;
  depth: number;
  life: number;
  frames: number;
  /** Slots of frame, bitstream and metadata, oldest entry first. */
  queue: [number, number, number][];
}

function videoPipelines(): Trace {
  const writer = new TraceWriter();
  const below = randomBelow(0x1002);
  const cap = 209_715;
  let reserved = 0;
  const start = (): Stream => {
    let kind = below(5);
    const depth = 4 + below(9);
    const life = 200 + below(401);
    const need = (): number => depth * ((VIDEO_FRAMES[kind] as number) + 65);
    while (kind > 0 && reserved + need() > cap) kind -= 1;
    reserved += need();
    return { frame: VIDEO_FRAMES[kind] as number, depth, life, frames: 0, queue: [] };
  };
  const streams = Array.from({ length: 16 }, start);
  while (writer.allocations < 1_000_000) {
    for (const [index, stream] of streams.entries()) {
      if (stream.queue.length === stream.depth) writer.freeAll(stream.queue.shift() ?? []);
      stream.queue.push([writer.allocate(stream.frame), writer.allocate(16 + 16 * below(4)), writer.allocate(1)]);
      stream.frames += 1;
      if (stream.frames < stream.life) continue;
      for (const entry of stream.queue) writer.freeAll(entry);
      reserved -= stream.depth * (stream.frame + 65);
      streams[index] = start();
    }
  }
  for (const stream of streams) for (const entry of stream.queue) writer.freeAll(entry);
  return writer.finish();
}

function cameraBursts(): Trace {
  const writer = new TraceWriter();
  const below = randomBelow(0x1003);
  const wheel: { slot: number; raw: boolean }[][] = Array.from({ length: 1024 }, () => []);
  let tick = 0;
  const expire = (ticks: number, slot: number, raw: boolean): void => {
    wheel[(tick + ticks) % 1024]?.push({ slot, raw });
  };
  const preview: number[] = [];
  const statistics: number[] = [];
  while (writer.allocations < 1_000_000) {
    const bucket = wheel[tick % 1024] ?? [];
    wheel[tick % 1024] = [];
    for (const { slot, raw } of bucket) {
      writer.free(slot);
      if (!raw) continue;
      const picture = writer.allocate(256 + below(1793));
      expire(30 + below(271), picture, false);
    }
    if (preview.length === 8) writer.freeAll(preview.splice(0, 1));
    preview.push(writer.allocate(765));
    if (statistics.length === 32) writer.freeAll(statistics.splice(0, 1));
    statistics.push(writer.allocate(16));
    for (let i = 0; i < 3; i++) {
      const metadata = writer.allocate(1);
      expire(1 + below(256), metadata, false);
    }
    if (tick % 60 === 0) {
      for (let i = 0; i < 16; i++) {
        expire(4 + 2 * i, writer.allocate(6151), true);
        for (let k = 0; k < 4; k++) {
          const metadata = writer.allocate(1);
          expire(100 + below(400), metadata, false);
        }
      }
    }
    tick += 1;
  }
  for (let ticks = 0; ticks < 1024; ticks++) {
    for (const { slot } of wheel[(tick + ticks) % 1024] ?? []) writer.free(slot);
  }
  writer.freeAll(preview);
  writer.freeAll(statistics);
  return writer.finish();
}

/** Eight rounds: fill to half of the pool with ever larger sizes, of which about every second goes. */
function halving(goes: (index: number, round: number) => boolean): Trace {
  const writer = new TraceWriter();
  const budget = 131_072;
  for (let round = 0; round < 8; round++) {
    let live = 0;
    let held: { slot: number; units: number }[] = [];
    for (let step = 0; step <= 8; step++) {
      const units = 4 * 2 ** step;
      for (; live + units <= budget; live += units) held.push({ slot: writer.allocate(units), units });
      const stay: typeof held = [];
      for (const [index, one] of held.entries()) {
        if (goes(index, round)) {
          writer.free(one.slot);
          live -= one.units;
        } else stay.push(one);
      }
      held = stay;
    }
    for (const { slot } of held) writer.free(slot);
  }
  return writer.finish();
}
