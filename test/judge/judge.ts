import type {
  PlainCandidate,
  PlainDevice,
  PlainMachine,
  PlainPlacement,
  PlainQueue,
  PlainReason,
  Span,
} from "./plain.js";
import { edges, isExactly, jumps, limitOf, mappingOf, outside, reaches } from "./reach.js";
import { type Room, roomOf } from "./room.js";
import {
  allocationOrder,
  blockSizes,
  blockSpans,
  checkedSpans,
  copiesThrough,
  exporterOf,
  leavesSinglePages,
  queuesOf,
  spansOf,
} from "./sources.js";

/** One thing wrong with an answer. Each kind of fault has a code of its own. */
export interface Fault {
  readonly code: FaultCode;
  readonly detail: string;
}

export type FaultCode =
  | "unknown-device"
  | "reach"
  | "via"
  | "merged-reach"
  | "merged-contiguous"
  | "unknown-source"
  | "route-leads-elsewhere"
  | "missing-reason"
  | "untrue-reason"
  | "wrong-number"
  | "wrong-verdict"
  | "cost-order"
  | "rank-numbers"
  | "both-or-neither"
  | "not-the-best"
  | "allocated"
  | "regions-out-of-reach"
  | "conflict-misses"
  | "conflict-not-minimal"
  | "conflict-not-smallest"
  | "plane-overlap"
  | "plane-alignment"
  | "plane-size";

const COST = ["certainty", "copies", "scarcity", "cpuAccess", "entries", "outsider", "contiguity"] as const;
const OPEN = new Set(["only-when-full", "unknown-buffers"]);
const CONTIGUOUS = new Set(["cma", "coherent-pool", "restricted-pool", "page-block", "carveout"]);

interface Party {
  readonly device: PlainDevice;
  readonly queue: PlainQueue | null;
}

/** What a refusing or open reason is known by: its code and the device it is about, if any. */
type Charge = string;

/**
 * Judges an answer from the machine alone: every reason there should be and no other, numbers, ranks, the conflict, the picture.
 * An empty list means nothing is wrong.
 */
export function judgePlacement(machine: PlainMachine, document: PlainPlacement): readonly Fault[] {
  return new Judge(machine, document).run();
}

class Judge {
  readonly #machine: PlainMachine;
  readonly #document: PlainPlacement;
  readonly #parties: readonly Party[];
  readonly #edges: readonly number[];
  readonly #faults: Fault[] = [];
  readonly #rooms = new Map<string, Room>();

  constructor(machine: PlainMachine, document: PlainPlacement) {
    this.#machine = machine;
    this.#document = document;
    this.#edges = edges(
      machine,
      ...document.constraints.devices.map((d) => d.reach),
      document.constraints.merged.reach,
    );
    this.#parties = document.request.participants.flatMap(({ device: path, queue }) => {
      const device = machine.devices.find((d) => d.path === path);
      if (device === undefined) {
        this.#fault("unknown-device", path);
        return [];
      }
      const chosen = queuesOf(device).find((q) => q.queue === queue) ?? null;
      // A queue of vmalloc memory is copied by the CPU, whatever the device's other queues do.
      const mapped = chosen?.kind === "vmalloc" ? { translation: "cpu", translationIfEnabled: "cpu" } : {};
      return [{ device: { ...device, ...mapped }, queue: chosen }];
    });
  }

  run(): readonly Fault[] {
    this.#constraints();
    for (const candidate of this.#document.candidates) this.#candidate(candidate);
    this.#ranking();
    this.#outcome();
    if (this.#document.layout !== null) this.#picture(this.#document.layout.planes);
    return this.#faults;
  }

  #fault(code: FaultCode, detail: string): void {
    this.#faults.push({ code, detail });
  }

  #constraints(): void {
    const { constraints } = this.#document;
    const words: Readonly<Record<string, string>> = { none: "direct", "driver-domain": "iommu" };
    for (const { device } of this.#parties) {
      const said = constraints.devices.find((d) => d.path === device.path);
      if (said === undefined) this.#fault("unknown-device", device.path);
      else {
        if (!isExactly(this.#edges, said.reach, reaches(this.#machine, device, "streaming")))
          this.#fault("reach", device.path);
        const mapping = mappingOf(device);
        if (said.via !== (words[mapping] ?? mapping)) this.#fault("via", `${device.path} ${said.via}`);
      }
    }
    const all = this.#parties.map(({ device }) => reaches(this.#machine, device, "streaming"));
    if (!isExactly(this.#edges, constraints.merged.reach, (address) => all.every((can) => can(address)))) {
      this.#fault("merged-reach", JSON.stringify(constraints.merged.reach));
    }
    if (constraints.merged.contiguous !== this.#parties.some(needsOneRange)) this.#fault("merged-contiguous", "");
  }

  #spans(candidate: PlainCandidate): readonly Span[] {
    const exporter = exporterOf(this.#machine, candidate);
    if (candidate.kind === "page-block" && exporter !== null) return blockSpans(this.#machine, exporter.device);
    return spansOf(this.#machine, candidate.heap) ?? [];
  }

  /** Where the memory lies if it comes at all: what the kernel checks before it gives a block away, else anywhere. */
  #where(candidate: PlainCandidate, spans: readonly Span[], all: readonly Span[]): readonly Span[] {
    if (spans.length > 0) return spans;
    const exporter = exporterOf(this.#machine, candidate);
    const checked = exporter === null ? [] : checkedSpans(this.#machine, exporter.device);
    return checked.length > 0 ? checked : all;
  }

  #room(heap: string, kind: string, spans: readonly Span[]): Room {
    const key = `${heap} ${spans.map((s) => `${s.base}+${s.size}`).join()}`;
    const { size, count } = this.#document.request;
    const room = this.#rooms.get(key) ?? roomOf(this.#machine, heap, kind, spans, size, count);
    this.#rooms.set(key, room);
    return room;
  }

  #candidate(candidate: PlainCandidate): void {
    const { heap, route } = candidate;
    const name = `${heap} via ${route.kind} ${route.path ?? route.device ?? ""}`;
    const all = spansOf(this.#machine, heap);
    if (all === null) return this.#fault("unknown-source", name);
    if (!this.#leadsThere(candidate)) this.#fault("route-leads-elsewhere", name);
    const charges = this.#charges(candidate, all);
    const said = new Map(candidate.reasons.filter((r) => r.code !== "fits").map((r) => [chargeOf(r), r]));
    for (const charge of charges) if (!said.has(charge)) this.#fault("missing-reason", `${name}: ${charge}`);
    for (const [charge, reason] of said) {
      if (!charges.has(charge)) this.#fault("untrue-reason", `${name}: ${charge}`);
      else this.#numbers(name, candidate, reason, all);
    }
    const codes = [...charges].map((charge) => charge.split(" ")[0]!);
    const verdict = codes.some((code) => !OPEN.has(code)) ? "refused" : codes.length > 0 ? "depends" : "fits";
    if (candidate.verdict !== verdict) this.#fault("wrong-verdict", `${name}: ${candidate.verdict}, not ${verdict}`);
    if (candidate.verdict === "fits") {
      for (const { device } of this.#parties) {
        if (
          this.#maps(candidate, device) &&
          outside(this.#edges, this.#spans(candidate), reaches(this.#machine, device, "streaming")).bytes > 0
        ) {
          this.#fault("regions-out-of-reach", `${name}: ${device.path}`);
        }
      }
    }
  }

  /** False for a device that maps what it allocated itself into its own domain, past the DMA API. */
  #maps(candidate: PlainCandidate, device: PlainDevice): boolean {
    const own = candidate.route.device === device.path;
    return mappingOf(device) !== "cpu" && !(own && mappingOf(device) === "driver-domain");
  }

  #leadsThere(candidate: PlainCandidate): boolean {
    const { profile, defaultCma } = this.#machine;
    switch (candidate.route.kind) {
      case "dma-heap":
        return (
          (candidate.heap === "system" && profile.systemHeap) ||
          (candidate.heap === "cma:default" && profile.cmaHeap && defaultCma !== null)
        );
      case "udmabuf":
        return candidate.heap === "udmabuf" && profile.udmabuf !== null;
      case "none":
        return this.#document.candidates.every((c) => c.heap !== candidate.heap || c.route.kind === "none");
      default: {
        const exporter = exporterOf(this.#machine, candidate);
        if (exporter === null || (exporter.queue.queue === "gem") !== (candidate.route.kind === "drm-dumb"))
          return false;
        return allocationOrder(this.#machine, exporter.device, exporter.queue).includes(candidate.heap);
      }
    }
  }

  /** Every reason there must be. */
  #charges(candidate: PlainCandidate, all: readonly Span[]): ReadonlySet<Charge> {
    const { heap, kind, route } = candidate;
    const { size, count, cpu } = this.#document.request;
    const charges = new Set<Charge>();
    const spans = this.#spans(candidate);
    if (route.kind === "none") charges.add("no-route");
    const room = this.#room(heap, kind, this.#where(candidate, spans, all));
    if (room.fits < count)
      charges.add(room.fits === 0 && this.#isTooLarge(candidate, room, all) ? "too-large" : "no-hole");
    const exporter = exporterOf(this.#machine, candidate);
    if (exporter !== null) {
      const { device, queue } = exporter;
      if (device.export?.cpuMapping === "none" && cpu !== "none") charges.add("no-cpu-mapping");
      const can = reaches(this.#machine, device, "coherent");
      if (
        kind === "page-block"
          ? spans.length === 0
          : ["cma", "restricted-pool"].includes(kind) && outside(this.#edges, all, can).bytes > 0
      ) {
        charges.add(`exporter-out-of-reach ${device.path}`);
      }
      const leaves =
        Math.ceil(size / this.#machine.profile.pageSize) === 1 && leavesSinglePages(this.#machine, device, queue);
      const isPassedBy = (id: string): boolean => leaves && id === "cma:default";
      if (isPassedBy(heap)) charges.add(`one-page ${device.path}`);
      const [first] = allocationOrder(this.#machine, device, queue).filter((id) => !isPassedBy(id));
      if (first !== undefined && first !== heap && !isPassedBy(heap)) {
        const there = spansOf(this.#machine, first) ?? [];
        if (this.#room(first, first.split(":")[0]!, there).fits > 0 && outside(this.#edges, there, can).bytes === 0) {
          charges.add(`only-when-full ${device.path}`);
        }
      }
    }
    // A block that may not come from within reach may come from anywhere.
    const anywhere = this.#where(candidate, spans, all);
    for (const party of this.#parties) this.#chargeImporter(candidate, party, anywhere, charges);
    return charges;
  }

  #chargeImporter(
    candidate: PlainCandidate,
    { device, queue }: Party,
    spans: readonly Span[],
    charges: Set<Charge>,
  ): void {
    const { size, count } = this.#document.request;
    const { pageSize } = this.#machine.profile;
    const pages = Math.ceil(size / pageSize);
    const mapping = mappingOf(device);
    const own = candidate.route.device === device.path;
    const scattered = !CONTIGUOUS.has(candidate.kind) && pages > 1;
    const charge = (code: string): Set<Charge> => charges.add(`${code} ${device.path}`);
    if (!own && device.import !== null && !device.import.prime && !device.import.v4l2Dmabuf) charge("cannot-import");
    if (!own && copiesThrough(this.#machine, device) !== null) charge("always-bounced");
    if (own && mapping === "iommu" && candidate.kind === "coherent-pool") charge("untranslated-pool");
    if (
      this.#maps(candidate, device) &&
      outside(this.#edges, spans, reaches(this.#machine, device, "streaming")).bytes > 0
    ) {
      charge(mapping === "iommu" ? "beyond-iommu-output" : "would-bounce");
    }
    if (own && mapping === "driver-domain" && outside(this.#edges, spans, this.#belowOutput(device)).bytes > 0)
      charge("beyond-iommu-output");
    if (CONTIGUOUS.has(candidate.kind) && pages > 1 && ["none", "device-mmu"].includes(mapping)) {
      let block = pageSize;
      while (block < size) block *= 2;
      const aligned = candidate.kind === "page-block" ? block : Number.POSITIVE_INFINITY;
      if (this.#edges.some((at) => at % aligned !== 0 && isInside(spans, at) && jumps(device, at)))
        charge("crosses-windows");
    }
    const accepts = acceptsOf(queue);
    const one = mapping === "none" && accepts !== "scattered";
    if (one && scattered) charge(accepts === "unknown" ? "unknown-buffers" : "needs-contiguous");
    if (scattered && mapping !== "cpu") {
      const { maxSegmentSize, maxSegments } = device;
      if (queue?.oneEntry === true && !own && maxSegmentSize !== "unlimited" && maxSegmentSize < size)
        charge("needs-one-entry");
      if (maxSegments !== "unlimited" && !one) {
        const entries =
          mapping === "iommu"
            ? Math.max(
                ...this.#blockLists(candidate, pages).map((list) => joinedEntries(list, maxSegmentSize, pageSize)),
              )
            : pages;
        if (entries > maxSegments) charge("too-many-segments");
      }
    }
    if (CONTIGUOUS.has(candidate.kind) && mapping === "none" && !own) {
      const { maxSegmentSize, maxSegments } = device;
      const isStated = device.provenance?.["maxSegmentSize"]?.kind !== "kernel-default";
      if (isStated && maxSegmentSize !== "unlimited" && maxSegments !== "unlimited") {
        if (pages * pageSize > maxSegments * maxSegmentSize) charge("too-many-segments");
      }
    }
    const io = this.#addressRoom(device, mapping);
    if (io !== null) {
      let step = 1;
      while (step < pages * pageSize) step *= 2;
      let wanted = 0;
      for (const end of this.#mappings({ device, queue })) if (end <= io.end) wanted += count;
      let slots = 0;
      for (let at = Math.ceil(io.base / step) * step; at + pages * pageSize <= io.end && slots < wanted; at += step)
        slots += 1;
      if (slots < wanted) charge("iova-room");
    }
  }

  /** Ends of the address ranges that a buffer's mappings in a party's I/O address space may lie in, one for each mapping. */
  #mappings(party: Party): readonly number[] {
    const dma = ({ device }: Party): string => device.dmaDevice.path ?? device.dmaDevice.virtual ?? "";
    const isShared = (other: Party): boolean => {
      if (mappingOf(other.device) !== mappingOf(party.device)) return false;
      if (dma(other) === dma(party)) return true;
      const path = party.device.iommu?.path;
      const whole = this.#machine.iommus.some((i) => i.path === path && i.grouping === "instance");
      return mappingOf(party.device) === "iommu" && whole && other.device.iommu?.path === path;
    };
    const attachments = new Map<string, number>();
    for (const other of this.#parties) {
      const room = this.#addressRoom(other.device, mappingOf(other.device));
      if (room === null || !isShared(other)) continue;
      const name = other.queue?.queue === "gem" ? dma(other) : `${other.device.path} ${other.queue?.queue}`;
      attachments.set(name, room.end);
    }
    return [...attachments.values()];
  }

  /** The blocks of scattered memory on a fresh system, in pages: what this way gives, and what the system heap would give. */
  #blockLists(candidate: PlainCandidate, pages: number): readonly (readonly number[])[] {
    const cut = (sizes: readonly number[]): readonly number[] => {
      const blocks: number[] = [];
      for (let left = pages; left > 0; left -= blocks.at(-1)!) blocks.push(Math.max(...sizes.filter((s) => s <= left)));
      return blocks;
    };
    const own = cut(blockSizes(this.#machine, candidate));
    return candidate.route.device === undefined ? [own] : [own, cut([256, 16, 1])];
  }

  #belowOutput(device: PlainDevice): (address: number) => boolean {
    const bits = this.#machine.iommus.find((i) => i.path === device.iommu?.path)?.outputBits ?? 64;
    return (address) => bits >= 53 || address < 2 ** bits;
  }

  #addressRoom(device: PlainDevice, mapping: string): { base: number; end: number } | null {
    if (mapping !== "iommu" && mapping !== "driver-domain") return null;
    const iommu = this.#machine.iommus.find((i) => i.path === device.iommu?.path);
    if (iommu === undefined) return null;
    const end =
      mapping === "iommu" ? Math.min(iommu.aperture.end, limitOf(device, "streaming") + 1) : iommu.aperture.end;
    return { base: Math.max(iommu.aperture.base, iommu.pageSizes[0] ?? this.#machine.profile.pageSize), end };
  }

  #isTooLarge(candidate: PlainCandidate, room: Room, all: readonly Span[]): boolean {
    void all;
    if (candidate.kind === "restricted-pool") return room.taken > 128 * 2048;
    return ["page-block", "udmabuf", "system", "dma32-pages"].includes(candidate.kind);
  }

  #numbers(name: string, candidate: PlainCandidate, reason: PlainReason, all: readonly Span[]): void {
    const wrong = (field: string, want: number): void =>
      this.#fault("wrong-number", `${name}: ${reason.code}.${field}, not ${want}`);
    const check = (field: "outside" | "firstOutside" | "fits" | "count" | "missing", want: number): void => {
      if (reason[field] !== want) wrong(field, want);
    };
    const { size, count } = this.#document.request;
    const spans = this.#spans(candidate);
    const device = this.#machine.devices.find((d) => d.path === reason.device);
    if (device !== undefined && reason.outside !== undefined) {
      const ownDomain = candidate.route.device === device.path && mappingOf(device) === "driver-domain";
      const isExporter = reason.code === "exporter-out-of-reach";
      const can = isExporter
        ? reaches(this.#machine, device, "coherent")
        : ownDomain
          ? this.#belowOutput(device)
          : reaches(this.#machine, device, "streaming");
      const found = outside(this.#edges, isExporter ? all : this.#where(candidate, spans, all), can);
      check("outside", found.bytes);
      check("firstOutside", found.first);
      if (Math.abs((reason.share ?? -1) - found.bytes / found.total) > 1e-12) wrong("share", found.bytes / found.total);
    }
    const room = this.#room(candidate.heap, candidate.kind, this.#where(candidate, spans, all));
    if (reason.code === "no-hole") {
      check("fits", room.fits);
      check("count", count);
      check("missing", Math.max(0, size - (reason.largestHole ?? 0)));
      this.#largest(name, reason.code, room, reason.largestHole ?? -1);
    }
    if (reason.code === "too-large") {
      check("missing", room.taken - (reason.largest ?? 0));
      if ((reason.asked ?? 0) < size || reason.asked !== room.taken) wrong("asked", room.taken);
      this.#largest(name, reason.code, room, reason.largest ?? -1);
    }
    if (reason.code === "iova-room" && !((reason.needed ?? 0) > (reason.room ?? Number.POSITIVE_INFINITY))) {
      wrong("needed", reason.room ?? 0);
    }
  }

  /** The largest buffer fits, and one a page longer does not. */
  #largest(name: string, code: string, room: Room, largest: number): void {
    const page = this.#machine.profile.pageSize;
    if (largest % page !== 0 || (largest > 0 && !room.holds(largest)) || room.holds(largest + page)) {
      this.#fault("wrong-number", `${name}: ${code}.largest ${largest}`);
    }
  }

  #ranking(): void {
    const ranked = this.#document.candidates.filter((c) => c.verdict !== "refused");
    ranked.forEach((candidate, i) => {
      if (candidate.rank !== i + 1) this.#fault("rank-numbers", `${candidate.heap} ${candidate.rank}`);
      const next = ranked[i + 1];
      if (next === undefined) return;
      const better = comparison(candidate, next);
      if (better > 0) this.#fault("cost-order", `${candidate.heap} before ${next.heap}`);
    });
    for (const candidate of this.#document.candidates) {
      if (candidate.verdict === "refused" && candidate.rank !== null) this.#fault("rank-numbers", candidate.heap);
    }
  }

  #outcome(): void {
    const { placement, conflict, candidates, request } = this.#document;
    if ((placement === null) === (conflict === null)) return this.#fault("both-or-neither", "");
    const best = candidates.find((c) => c.rank === 1);
    if (placement !== null) {
      if (
        best?.heap !== placement.heap ||
        best.route.kind !== placement.route.kind ||
        best.route.device !== placement.route.device
      ) {
        return this.#fault("not-the-best", placement.heap);
      }
      const room = this.#room(best.heap, best.kind, this.#spans(best));
      if (placement.allocated !== room.taken || placement.allocated < request.size)
        this.#fault("allocated", `${placement.allocated}`);
      const spans = this.#spans(best);
      if (!isExactly(this.#edges, placement.regions, (a) => spans.some((s) => a >= s.base && a < s.base + s.size))) {
        this.#fault("regions-out-of-reach", placement.heap);
      }
      return;
    }
    if (best !== undefined) this.#fault("not-the-best", best.heap);
    this.#conflict((conflict?.members ?? []).map((m) => `${m.device} ${m.field}`));
  }

  #conflict(members: readonly string[]): void {
    const sets = this.#document.candidates.map((c) => new Set(c.reasons.flatMap(memberOf)));
    const hits = (some: readonly string[]): boolean => sets.every((set) => some.some((m) => set.has(m)));
    if (!hits(members)) return this.#fault("conflict-misses", members.join(", "));
    for (const member of members) {
      if (hits(members.filter((m) => m !== member))) this.#fault("conflict-not-minimal", member);
    }
    const everything = [...new Set(sets.flatMap((set) => [...set]))];
    const smaller = subsets(everything, members.length - 1).find(hits);
    if (smaller !== undefined) this.#fault("conflict-not-smallest", smaller.join(", "));
  }

  #picture(planes: readonly { readonly offset: number; readonly stride: number; readonly size: number }[]): void {
    const { image, size } = this.#document.request;
    if (image === null) return this.#fault("plane-size", "a layout without a picture");
    const facts = this.#parties.flatMap(({ device }) =>
      device.layouts.filter((l) => l.modifier === image.modifier && l.fourcc === image.format),
    );
    planes.forEach((plane, i) => {
      const next = planes[i + 1];
      if (plane.offset + plane.size > (next?.offset ?? size)) this.#fault("plane-overlap", `${i}`);
      if (plane.size < plane.stride || plane.size % plane.stride !== 0) this.#fault("plane-size", `${i}`);
      for (const fact of facts) {
        if (fact.strideAlign !== undefined && plane.stride % fact.strideAlign !== 0)
          this.#fault("plane-alignment", `stride ${i}`);
        if (fact.offsetAlign !== undefined && plane.offset % fact.offsetAlign !== 0)
          this.#fault("plane-alignment", `offset ${i}`);
      }
    });
    const last = planes[planes.length - 1];
    if (last === undefined || last.offset + last.size !== size) this.#fault("plane-size", "end");
    if (planes[0] !== undefined && planes[0].size / planes[0].stride < image.height) this.#fault("plane-size", "rows");
  }
}

/** True when some span holds the addresses on both sides. */
function isInside(spans: readonly Span[], at: number): boolean {
  return spans.some((s) => s.base < at && at < s.base + s.size);
}

function acceptsOf(queue: PlainQueue | null): string {
  if (queue === null) return "unknown";
  // A fact may state what a queue takes, whatever its kind.
  return (
    queue.accepts ??
    (queue.kind === "own" ? "unknown" : ["contig", "gem-dma"].includes(queue.kind) ? "contiguous" : "scattered")
  );
}

function needsOneRange({ device, queue }: Party): boolean {
  return mappingOf(device) === "none" && acceptsOf(queue) !== "scattered";
}

function chargeOf(reason: PlainReason): Charge {
  return reason.device === undefined ? reason.code : `${reason.code} ${reason.device}`;
}

/** Entries after an IOMMU has joined the blocks, one block at a time with the kernel's 32-bit unsigned test. */
function joinedEntries(blocks: readonly number[], limit: number | "unlimited", page: number): number {
  if (limit === "unlimited") return 1;
  let entries = 0;
  let length = 0;
  for (const block of blocks) {
    const room = (((limit - length) % 2 ** 32) + 2 ** 32) % 2 ** 32;
    if (entries > 0 && room >= block * page) length += block * page;
    else {
      entries += 1;
      length = block * page;
    }
  }
  return entries;
}

function comparison(a: PlainCandidate, b: PlainCandidate): number {
  if (a.verdict !== b.verdict) return a.verdict === "fits" ? -1 : 1;
  for (const component of COST) {
    const difference = a.cost[component] - b.cost[component];
    if (difference !== 0) return difference;
  }
  return 0;
}

const FIELDS: Readonly<Record<string, string>> = {
  "would-bounce": "reach",
  "beyond-iommu-output": "reach",
  "crosses-windows": "reach",
  "untranslated-pool": "reach",
  "needs-contiguous": "contiguous",
  "needs-one-entry": "maxSegmentSize",
  "too-many-segments": "maxSegments",
  "iova-room": "iovaRoom",
  "cannot-import": "import",
  "always-bounced": "import",
  "exporter-out-of-reach": "coherentDmaMask",
  "too-large": "size",
  "one-page": "size",
  "no-route": "route",
  "no-cpu-mapping": "cpu",
};

function memberOf(reason: PlainReason): readonly string[] {
  if (reason.code === "no-hole") return [`null ${(reason.fits ?? 0) > 0 ? "count" : "size"}`];
  const field = FIELDS[reason.code];
  const device = field === "size" ? null : (reason.device ?? null);
  return field === undefined ? [] : [`${device} ${field}`];
}

/** Every subset with exactly `size` members. */
function subsets(items: readonly string[], size: number): readonly (readonly string[])[] {
  if (size <= 0) return size === 0 ? [[]] : [];
  return items.flatMap((item, i) => subsets(items.slice(i + 1), size - 1).map((rest) => [item, ...rest]));
}
