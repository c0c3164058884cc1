import { cells, cells64, type PropertySpec, type TreeSpec } from "../../src/devicetree/build.js";
import type { Random } from "../../src/testing/random.js";
import { alignDown, alignUp, KIB, MIB } from "../../src/units/quantity.js";
import { endOf, intersectRanges, type Range, toRangeSet, totalSize } from "../../src/units/ranges.js";

type Properties = Record<string, PropertySpec>;

const GRANULE = 2 * MIB;
const SMALL = [4 * KIB, 64 * KIB, 256 * KIB, MIB, GRANULE, 3 * MIB, 4 * MIB, 8 * MIB];
const LARGE = [16 * MIB, 24 * MIB, 32 * MIB, 48 * MIB, 64 * MIB, 96 * MIB, 128 * MIB, 256 * MIB];
const ALIGNMENTS = [0x1000, 0x2000, 0x10000, 0x100000, 0x200000, 0x400000, 0x1000000, 0x4000000, 0x3000];

/** What a static region may lie on. */
type Ground = "clear" | "anything";

/** Children of `/reserved-memory`, drawn at random. */
export class RandomRegions {
  readonly #random: Random;
  readonly #ram: readonly Range[];
  /** What no region may lie on that gives memory back, or lends it: the kernel itself and regions drawn before. */
  readonly #taken: Range[];
  /** What no region at all may lie on: pools whose memory the kernel uses, and what is not mapped. */
  readonly #untouchable: Range[] = [];
  /** Bytes there may still be: of memory that is lost, and of memory that is only lent. */
  #lost: number;
  #lent: number;

  /**
   * @param ram - whole pages
   * @param pieces - kernel image, device tree, initrd
   */
  constructor(random: Random, ram: readonly Range[], pieces: readonly Range[]) {
    this.#random = random;
    this.#ram = ram;
    this.#taken = [...pieces];
    this.#lost = totalSize(toRangeSet(ram)) / 4;
    this.#lent = totalSize(toRangeSet(ram)) / 3;
  }

  /** Draws the node: mostly up to ten regions, sometimes more pools than the kernel has areas, sometimes cells it refuses. */
  draw(): TreeSpec {
    const random = this.#random;
    const many = random.oneIn(20);
    const count = many ? 22 + random.below(8) : 1 + random.below(10);
    const children: [string, TreeSpec][] = [];
    for (let index = 0; index < count; index++) {
      const child = many && !random.oneIn(5) ? this.#manyPool(index) : this.#region(index);
      if (child !== null) children.push(child);
    }
    return {
      "#address-cells": random.oneIn(50) ? 1 : 2,
      "#size-cells": random.oneIn(50) ? 1 : 2,
      ...(random.oneIn(50) ? {} : { ranges: true }),
      ...Object.fromEntries(children),
    };
  }

  /** One of many small pools. */
  #manyPool(index: number): [string, TreeSpec] {
    return [`many${index}`, { compatible: "shared-dma-pool", reusable: true, size: cells64(GRANULE) }];
  }

  #region(index: number): [string, TreeSpec] | null {
    const random = this.#random;
    const properties: Properties = {};
    const shared = !random.oneIn(3);
    if (shared) properties["compatible"] = "shared-dma-pool";
    else if (random.oneIn(3)) properties["compatible"] = random.pick(["restricted-dma-pool", "vendor,firmware"]);
    const reusable = shared ? !random.oneIn(3) : random.oneIn(6);
    const noMap = reusable ? random.oneIn(12) : random.oneIn(2);
    if (reusable) properties["reusable"] = true;
    if (noMap) properties["no-map"] = true;
    if (shared && random.oneIn(reusable ? 4 : 20)) properties["linux,cma-default"] = true;
    if (random.oneIn(20)) properties["status"] = random.pick(["disabled", "okay", "fail"]);
    const lends = shared && reusable && !noMap;
    const size = this.#size(lends);
    if (size === null) return null;
    if (random.oneIn(2)) return this.#dynamic(index, properties, size);
    // Whatever may be given back lies clear of everything: the kernel frees the range, not its claim to it.
    const ground = shared && (reusable || "linux,cma-default" in properties) ? "clear" : "anything";
    return this.#fixed(index, properties, size, ground, noMap);
  }

  /** Within what the kernel can spare; null when that is used up. */
  #size(lends: boolean): number | null {
    const random = this.#random;
    let size = random.pick(random.oneIn(3) ? LARGE : SMALL);
    if (lends && !random.oneIn(5)) size = alignUp(size, GRANULE);
    if (random.oneIn(25)) size += random.pick([0x1000, 0x7000]);
    if (lends) this.#lent -= size;
    else this.#lost -= size;
    return Math.min(this.#lent, this.#lost) < 0 ? null : size;
  }

  #dynamic(index: number, properties: Properties, size: number): [string, TreeSpec] {
    const random = this.#random;
    const broken = random.oneIn(30) ? random.pick(["size", "alignment", "alloc-ranges"]) : null;
    properties["size"] = broken === "size" ? cells(size) : cells64(size);
    if (broken === "alignment") properties["alignment"] = cells(GRANULE);
    else if (!random.oneIn(3)) properties["alignment"] = cells64(random.pick(ALIGNMENTS));
    if (broken === "alloc-ranges") properties["alloc-ranges"] = cells(0x4000_0000, 0x1000_0000, 0);
    else if (random.oneIn(2)) {
      const windows = Array.from({ length: 1 + random.below(3) }, () => this.#window(size));
      properties["alloc-ranges"] = cells64(...windows.flatMap((window) => [window.base, window.size]));
    }
    return [`dynamic${index}`, properties];
  }

  /** A window to search: in RAM, across a bank's end, beside a region drawn before, or where there is no RAM. */
  #window(size: number): Range {
    const random = this.#random;
    const width = random.pick([size, 2 * size, 64 * MIB, 256 * MIB, 1024 * MIB, 4096 * MIB]);
    if (this.#taken.length > 3 && random.oneIn(3)) {
      const beside = random.pick(this.#taken.slice(3));
      const base = random.pick([endOf(beside), beside.base, Math.max(0, beside.base - width)]);
      return { base, size: width };
    }
    if (random.oneIn(10)) return { base: random.pick([0, 0x1000_0000, 0x2_0000_0000]), size: width };
    const bank = random.pick(this.#ram);
    const unit = random.pick([GRANULE, MIB, 16 * MIB, 4 * KIB]);
    return { base: bank.base + unit * random.below(Math.ceil(bank.size / unit)), size: width };
  }

  #fixed(
    index: number,
    properties: Properties,
    size: number,
    ground: Ground,
    noMap: boolean,
  ): [string, TreeSpec] | null {
    const random = this.#random;
    const first = this.#place(size, ground);
    if (first === null) return null;
    this.#taken.push(first);
    if (ground === "clear" || noMap) this.#untouchable.push(first);
    const ranges = [first];
    if (random.oneIn(15)) {
      const further = this.#place(4 * KIB, ground);
      if (further !== null) {
        ranges.push(further);
        this.#taken.push(further);
        if (ground === "clear" || noMap) this.#untouchable.push(further);
      }
    }
    properties["reg"] = random.oneIn(40)
      ? cells(0, first.base, size)
      : cells64(...ranges.flatMap((range) => [range.base, range.size]));
    return [`fixed${index}@${first.base.toString(16)}`, properties];
  }

  /** A place in RAM; null when none was found, or it would lie on something it may not lie on. */
  #place(size: number, ground: Ground): Range | null {
    const random = this.#random;
    const unit = ground === "clear" && !random.oneIn(6) ? GRANULE : random.pick([4 * KIB, 64 * KIB, MIB, GRANULE]);
    if (ground === "anything" && random.oneIn(25)) return { base: 0x1000_0000, size };
    const near = ground === "anything" && random.oneIn(6) ? random.pick(this.#taken) : null;
    for (let attempt = 0; attempt < 20; attempt++) {
      const bank = random.pick(this.#ram);
      const within = alignUp(bank.base, unit) + unit * random.below(Math.ceil(bank.size / unit));
      const base = near === null ? within : alignDown(near.base, 4 * KIB);
      const place = { base, size };
      if (!this.#ram.some((range) => base >= range.base && endOf(place) <= endOf(range))) continue;
      const avoided = ground === "clear" || near === null ? [...this.#taken, ...this.#untouchable] : this.#untouchable;
      if (intersectRanges(toRangeSet([place]), toRangeSet(avoided)).length === 0) return place;
    }
    return null;
  }
}
