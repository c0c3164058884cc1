/** What the kernel says while it sets CMA areas up. */
import { NO_TEXTS } from "../../placement/ways-to-apply.js";
import { alignUp, formatHex, formatSize, MIB } from "../../units/quantity.js";
import { largerDefaultArea } from "../larger-area.js";
import { boardWord } from "../named-device.js";
import { numberIn, patternRecogniser } from "../pattern-recogniser.js";
import type { Numbers, Recogniser } from "../recogniser.js";

const SURE = { certainty: "sure", why: "the kernel states it, and its own code allows no other reason" } as const;

interface Sized extends Numbers {
  readonly megabytes: number;
}

/** `cma: Reserved 64 MiB at 0x38000000 on node -1`; older kernels have no node. */
export const cmaReserved: Recogniser = patternRecogniser<Sized & { readonly base: number }>({
  id: "cma-reserved",
  topic: "CMA areas at boot",
  hint: "cma: Reserved ",
  source: "Linux 6.12 mm/cma.c cma_declare_contiguous_nid()",
  pattern: /cma: Reserved (\d+) MiB at (0x[0-9a-f]+)/,
  read: ([, size, at]) => {
    const [megabytes, base] = [numberIn(size), numberIn(at)];
    return megabytes === null || base === null ? null : { megabytes, base };
  },
  explain: ({ megabytes, base }, { machine }) => {
    const predicted = machine?.defaultCma ?? null;
    const differs = predicted !== null && (predicted.base !== base || predicted.size !== megabytes * MIB);
    const words = differs
      ? ` The tree and options given put the default area elsewhere: ${formatSize(predicted.size)} at ${formatHex(predicted.base)}.`
      : "";
    return {
      severity: "note",
      cause: `The kernel reserved a CMA area of ${megabytes} MiB at ${formatHex(base)}.${words}`,
      proof: "The kernel says so when it has done it.",
      certainty: "sure",
      why: "it is the kernel's own statement",
      fix: differs
        ? "If it is the default area, the log is from another tree, command line or kernel; give those with --cmdline and --kernel-config."
        : "Nothing is wrong; this is the effective size, whatever was asked for.",
      next: [`coalloc check ${boardWord(machine)}`],
      remedies: [],
      numbers: { size: megabytes * MIB },
    };
  },
});

/** `cma: Failed to reserve 512 MiB on node -1`. */
export const cmaReserveFailed: Recogniser = patternRecogniser<Sized>({
  id: "cma-reserve-failed",
  topic: "CMA areas at boot",
  hint: "cma: Failed to reserve ",
  source: "Linux 6.12 mm/cma.c cma_declare_contiguous_nid()",
  pattern: /cma: Failed to reserve (\d+) ?MiB/,
  read: ([, size]) => {
    const megabytes = numberIn(size);
    return megabytes === null ? null : { megabytes };
  },
  explain: ({ megabytes }, { machine, lines, line }) => {
    const reason = ["cma-region-boundary", "cma-region-unaligned", "cma-region-limit"].find((id) =>
      lines.of(id).some((seen) => seen.line < line && line - seen.line <= 3),
    );
    const alignment = lines.of("cma-incorrect-alignment").length > 0;
    return {
      severity: "error",
      cause: `The kernel found no place for a CMA area of ${megabytes} MiB, so drivers that need contiguous memory have none.`,
      proof:
        reason !== undefined
          ? "The line before it names the rule that the area breaks."
          : "No hole of that length at its alignment is left in the ranges where the area may lie: below the DMA limit, or in alloc-ranges.",
      certainty: reason !== undefined || !alignment ? "sure" : "likely",
      why:
        reason !== undefined
          ? "both lines come from one attempt"
          : "the kernel gives up only then; which reservation stands in the way (kernel, initrd, device tree, firmware) the line does not say",
      fix: "Ask for a smaller area, free the range (move device tree or initrd in the boot loader), or widen where it may lie. coalloc check names what blocks it.",
      next: [`coalloc check ${boardWord(machine)} --cmdline "cma=${megabytes}M"`, "grep -i cma /proc/meminfo"],
      remedies: [],
      numbers: { size: megabytes * MIB },
    };
  },
});

/** `cma: dma_numa_cma_reserve: reservation failed: err -12, node 0`: an area of a NUMA node. */
export const cmaNodeFailed: Recogniser = patternRecogniser<{ readonly node: number; readonly ret: number }>({
  id: "cma-node-area-failed",
  topic: "CMA areas at boot",
  hint: "reservation failed: err ",
  source: "Linux 6.12 kernel/dma/contiguous.c dma_numa_cma_reserve()",
  pattern: /reservation failed: err (-?\d+), node (\d+)/,
  read: ([, ret, node]) => {
    const number = numberIn(node);
    return number === null ? null : { node: number, ret: Number(ret) };
  },
  explain: ({ node, ret }, { machine }) => ({
    ...SURE,
    severity: "error",
    cause: `NUMA node ${node} got no CMA area of its own${ret === -12 ? ": it has no free run of that size" : ""}; its devices use the default area.`,
    proof: `The attempt for the node failed with ${ret}.`,
    fix: "Ask for less with numa_cma= or cma_pernuma=, or leave the node out.",
    next: [`coalloc check ${boardWord(machine)}`, "grep -i cma /proc/meminfo"],
    remedies: [],
  }),
});

/** `alloc_contig_range: [2e400, 2e600) PFNs busy`, before Linux 5.12; later kernels keep it for debugging. */
export const cmaRangeBusy: Recogniser = patternRecogniser<{ readonly first: string; readonly end: string }>({
  id: "cma-range-busy",
  topic: "CMA allocation",
  hint: ") PFNs busy",
  source: "Linux 5.10 mm/page_alloc.c alloc_contig_range()",
  pattern: /\[([0-9a-f]+), ([0-9a-f]+)\) PFNs busy/,
  read: ([, first = "", end = ""]) => ({ first, end }),
  key: () => "",
  explain: ({ first, end }, { machine, count, lines }) => {
    const failed = lines.of("cma-alloc-failed").length > 0;
    const pageSize = machine?.profile.pageSize ?? 4096;
    return {
      severity: "note",
      cause: `A run of the CMA area could not be emptied, and the kernel tried the next one${count > 1 ? `; that happened ${count} times` : ""}.`,
      proof: `Pages from ${formatHex(Number.parseInt(first, 16) * pageSize)} to ${formatHex(Number.parseInt(end, 16) * pageSize)} were in use by somebody who does not let them move.`,
      certainty: "sure",
      why: "it is the kernel's own statement, and no failure by itself",
      fix: failed
        ? "The CMA failure in this log is what came of it; its finding goes on."
        : "Nothing failed: another run was found. Many such lines make allocations slow; allocate buffers early and keep them.",
      next: ["dmesg | grep -A1 'alloc failed, req-size' | coalloc explain -", "grep -i cma /proc/meminfo /proc/vmstat"],
      remedies: [],
    };
  },
});

/** `cma: Region at 0x10000000 defined on low/high memory boundary (0x1c000000)`. */
export const cmaRegionBoundary: Recogniser = patternRecogniser<Numbers>({
  id: "cma-region-boundary",
  topic: "CMA areas at boot",
  hint: "defined on low/high memory boundary",
  source: "Linux 6.12 mm/cma.c cma_declare_contiguous_nid()",
  pattern: /Region at (0x[0-9a-f]+) defined on low\/high memory boundary(?: \((0x[0-9a-f]+)\))?/,
  read: ([, base, boundary]) => ({ base: numberIn(base), boundary: numberIn(boundary) }),
  explain: ({ base, boundary }, { machine }) => {
    const room = typeof base === "number" && typeof boundary === "number" ? boundary - base : null;
    const size = room === null ? "end below it" : `have at most ${formatSize(room)} from there, or begin at it`;
    return {
      ...SURE,
      severity: "error",
      cause: `A CMA area at a fixed address${typeof base === "number" ? `, ${formatHex(base)},` : ""} would lie across the border of low and high memory, and the kernel refuses it.`,
      proof:
        room === null
          ? "The line names the base; the area ends beyond where the kernel's direct mapping does."
          : `The border is ${formatHex(Number(boundary))}, ${formatSize(room)} above the base.`,
      fix: `Use cma= without @, so that the kernel looks for a place, or let the area ${size}.`,
      next: [`coalloc check ${boardWord(machine)}`],
      remedies: [],
      numbers: { room },
    };
  },
});

/** `cma: Region at 0x10100000 must be aligned to 0x400000 bytes`. */
export const cmaRegionUnaligned: Recogniser = patternRecogniser<Numbers>({
  id: "cma-region-unaligned",
  topic: "CMA areas at boot",
  hint: "must be aligned to 0x",
  source: "Linux 6.12 mm/cma.c cma_declare_contiguous_nid()",
  pattern: /Region at (0x[0-9a-f]+) must be aligned to (0x[0-9a-f]+) bytes/,
  read: ([, at, step]) => {
    const [base, alignment] = [numberIn(at), numberIn(step)];
    return base === null || alignment === null || alignment === 0 ? null : { base, alignment };
  },
  explain: (read, { machine }) => {
    const [base, alignment] = [Number(read["base"]), Number(read["alignment"])];
    const up = alignUp(base, alignment);
    return {
      ...SURE,
      severity: "error",
      cause: `A CMA area at ${formatHex(base)} does not begin at a multiple of ${formatSize(alignment)}, and the kernel refuses it.`,
      proof: `${formatHex(base)} is ${formatSize(base % alignment)} above a multiple of ${formatHex(alignment)}.`,
      fix: `Let it begin at ${formatHex(up)} or ${formatHex(up - alignment)}, or leave the base away (cma=SIZE).`,
      next: [`coalloc check ${boardWord(machine)}`],
      remedies: [],
      numbers: { nextBase: up, baseBefore: up - alignment },
    };
  },
});

/** `cma: Size (0x20000000) of region at 0x30000000 exceeds limit (0x40000000)`. */
export const cmaRegionLimit: Recogniser = patternRecogniser<Numbers>({
  id: "cma-region-limit",
  topic: "CMA areas at boot",
  hint: "exceeds limit (0x",
  source: "Linux 6.12 mm/cma.c cma_declare_contiguous_nid()",
  pattern: /Size \((0x[0-9a-f]+)\) of region at (0x[0-9a-f]+) exceeds limit \((0x[0-9a-f]+)\)/,
  read: ([, length, at, end]) => {
    const [size, base, limit] = [numberIn(length), numberIn(at), numberIn(end)];
    return size === null || base === null || limit === null ? null : { size, base, limit };
  },
  explain: (read, { machine }) => {
    const [size, base, limit] = [Number(read["size"]), Number(read["base"]), Number(read["limit"])];
    return {
      ...SURE,
      severity: "error",
      cause: `A CMA area of ${formatSize(size)} at ${formatHex(base)} would end at ${formatHex(base + size)}, above the limit ${formatHex(limit)}.`,
      proof: `${formatHex(base)} + ${formatHex(size)} is ${formatSize(base + size - limit)} too far.`,
      fix: limit > base ? `Make it ${formatSize(limit - base)} or begin lower.` : "Begin below the limit.",
      next: [`coalloc check ${boardWord(machine)}`],
      remedies: [],
      numbers: { tooFar: base + size - limit },
    };
  },
});

/** `cma: Not enough slots for CMA reserved regions!`. */
export const cmaTooManyAreas: Recogniser = patternRecogniser<Numbers>({
  id: "cma-too-many-areas",
  topic: "CMA areas at boot",
  hint: "Not enough slots for CMA reserved regions",
  source: "Linux 6.12 mm/cma.c cma_init_reserved_mem()",
  pattern: /Not enough slots for CMA reserved regions/,
  read: () => ({}),
  explain: (_read, { machine }) => {
    const areas = machine?.profile.cmaAreas ?? null;
    return {
      ...SURE,
      severity: "error",
      cause: "There are more CMA areas than the kernel has room for; the one after the last is lost.",
      proof: `The table has CONFIG_CMA_AREAS entries${areas === null ? "" : `: ${areas} on ${machine?.profile.name}`}, the default area and those of each NUMA node among them.`,
      fix: "Raise CONFIG_CMA_AREAS, or merge areas: devices may share one.",
      next: [`coalloc check ${boardWord(machine)}`],
      remedies: [
        {
          kind: "kernel-option",
          text: "give the kernel room for more CMA areas",
          ...NO_TEXTS,
          config: `CONFIG_CMA_AREAS=${2 * (areas ?? 20)}`,
        },
      ],
      numbers: { areas },
    };
  },
});

/** `CMA area linux,cma could not be activated`. */
export const cmaNotActivated: Recogniser = patternRecogniser<{ readonly area: string }>({
  id: "cma-not-activated",
  topic: "CMA areas at boot",
  hint: "could not be activated",
  source: "Linux 6.12 mm/cma.c cma_activate_area()",
  pattern: /CMA area (\S+) could not be activated/,
  read: ([, area]) => (area === undefined ? null : { area }),
  explain: ({ area }, { machine }) => ({
    severity: "error",
    cause: `CMA area ${area} was reserved and cannot be used: it lies in two memory zones, or there was no memory for its bitmap.`,
    proof: "The kernel checks that all pages of an area are in one zone, and gives the area up otherwise.",
    certainty: "likely",
    why: "these are the only two reasons, and no memory for a small bitmap that early is rare",
    fix: "Move the area, or limit it with alloc-ranges or cma=SIZE@BASE-LIMIT, so that it ends where the zone does.",
    next: [`coalloc check ${boardWord(machine)}`],
    remedies: [],
    node: machine?.regions.find(({ name }) => name === area)?.node ?? null,
    numbers: { zoneDmaEnd: machine?.zoneDmaEnd ?? null },
  }),
});

/** `Reserved memory: bypass linux,cma node, using cmdline CMA params instead`. */
export const cmaBypassed: Recogniser = patternRecogniser<{ readonly name: string }>({
  id: "cma-bypassed",
  topic: "CMA areas at boot",
  hint: "using cmdline CMA params instead",
  source: "Linux 6.12 kernel/dma/contiguous.c rmem_cma_setup()",
  pattern: /bypass (\S+) node, using cmdline CMA params instead/,
  read: ([, name]) => (name === undefined ? null : { name }),
  explain: ({ name }, { machine }) => {
    const region = machine?.regions.find((candidate) => candidate.name === name) ?? null;
    const limit = region?.allocRanges?.at(-1);
    const end = limit === undefined ? null : limit.base + limit.size;
    const size = machine?.defaultCma?.size ?? null;
    const option =
      end === null
        ? "cma=SIZE@BASE-LIMIT"
        : `cma=${size === null ? "SIZE" : `${Math.ceil(size / MIB)}M`}@${formatHex(region?.allocRanges?.[0]?.base ?? 0)}-${formatHex(end)}`;
    return {
      severity: "warning",
      cause: `cma= on the command line took the place of node ${name}: its size, and its alloc-ranges with it, do not count any more.`,
      proof: "The kernel says so; the command line wins over the tree.",
      certainty: "sure",
      why: "it is the kernel's own statement; whether the lost limit hurts depends on what the devices reach",
      fix: `Take cma= away and set the size in the tree, or state the limit as well: ${option}.`,
      next: [`coalloc check ${boardWord(machine)}`, `coalloc reach ${boardWord(machine)}`],
      remedies:
        end === null || size === null
          ? []
          : [
              {
                kind: "command-line",
                text: `keep the area where node ${name} would have put it`,
                ...NO_TEXTS,
                commandLine: option,
              },
            ],
      node: region?.node ?? name,
      property: "alloc-ranges",
      numbers: { lostLimit: end },
    };
  },
});

/** `Reserved memory: incorrect alignment of CMA region`. */
export const cmaIncorrectAlignment: Recogniser = patternRecogniser<Numbers>({
  id: "cma-incorrect-alignment",
  topic: "CMA areas at boot",
  hint: "incorrect alignment of CMA region",
  source: "Linux 6.12 kernel/dma/contiguous.c rmem_cma_setup()",
  pattern: /incorrect alignment of CMA region/,
  read: () => ({}),
  explain: (_read, { machine, lines, line }) => {
    const granule = machine?.profile.cmaGranule ?? null;
    const wrong = machine?.regions.filter(
      ({ kind, base, size }) =>
        kind === "cma" && granule !== null && ((base ?? 0) % granule !== 0 || size % granule !== 0),
    );
    const named = lines.following("reserved-setup-failed", line, 3)?.numbers["name"];
    const node = wrong?.length === 1 ? (wrong[0]?.node ?? null) : typeof named === "string" ? named : null;
    const step =
      granule === null
        ? "a page block (2 or 4 MiB with 4 KiB pages, 512 MiB with 64 KiB pages on arm64)"
        : formatSize(granule);
    return {
      ...SURE,
      severity: "error",
      cause: `${node === null ? "A CMA node" : `CMA node ${node}`} was rejected: its base or its size is no multiple of ${step}.`,
      proof: "The kernel checks both against the block size of its page allocator, which grows with the page size.",
      fix: `Give the node alignment and size that are multiples of ${granule === null ? "that block" : formatSize(granule)}, or use a kernel with smaller pages.`,
      next: [`coalloc check ${boardWord(machine)}`, `coalloc check ${boardWord(machine)} --page-size 64K`],
      remedies: [],
      node,
      property: "alignment",
      numbers: { granule },
    };
  },
});

/** `CmaTotal: 65536 kB` of `/proc/meminfo`, pasted with a log. */
export const cmaTotal: Recogniser = patternRecogniser<{ readonly size: number }>({
  id: "cma-total",
  topic: "CMA areas",
  hint: "CmaTotal:",
  source: "Linux 6.12 fs/proc/meminfo.c meminfo_proc_show()",
  pattern: /CmaTotal: *(\d+) kB/,
  read: ([, kilobytes]) => {
    const count = numberIn(kilobytes);
    return count === null ? null : { size: count * 1024 };
  },
  explain: ({ size }, { machine, lines }) => {
    const free = lines.of("cma-free").at(0)?.numbers["size"];
    const words = typeof free === "number" ? `, ${formatSize(free)} of it free` : "";
    const asked = machine?.defaultCma?.size ?? null;
    const short = asked !== null && size < asked;
    return {
      severity: short || size === 0 ? "warning" : "note",
      cause: `All CMA areas together have ${formatSize(size)}${words}${short ? `; the board given has a default area of ${formatSize(asked)} alone, which did not come about` : ""}.`,
      proof: "It is what /proc/meminfo shows while the system runs.",
      certainty: "sure",
      why: "it is the kernel's own statement; free memory need not be in one piece",
      fix:
        short || size === 0
          ? "Look at the boot log for why an area failed: dmesg | coalloc explain -"
          : "Nothing is wrong by itself.",
      next: [`coalloc check ${boardWord(machine)}`],
      remedies: size === 0 ? largerDefaultArea(machine, 64 * MIB) : [],
    };
  },
});

/** `CmaFree: 1024 kB`, which the finding of `CmaTotal` speaks of. */
export const cmaFree: Recogniser = patternRecogniser<{ readonly size: number }>({
  id: "cma-free",
  topic: "CMA areas",
  hint: "CmaFree:",
  source: "Linux 6.12 fs/proc/meminfo.c meminfo_proc_show()",
  pattern: /CmaFree: *(\d+) kB/,
  read: ([, kilobytes]) => {
    const count = numberIn(kilobytes);
    return count === null ? null : { size: count * 1024 };
  },
  explain: () => null,
});
