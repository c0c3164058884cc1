/** What the kernel says while it reads `/reserved-memory`. */
import type { Machine } from "../../machine/machine.js";
import { formatHex, formatSize, MIB } from "../../units/quantity.js";
import { boardWord } from "../named-device.js";
import { numberIn, patternRecogniser } from "../pattern-recogniser.js";
import type { Explanation, Numbers, Recogniser } from "../recogniser.js";

const FILE = "Linux 6.12 drivers/of/of_reserved_mem.c";

/** Path of a region the log names; its name where the board is not given or has no such region. */
function nodeOf(machine: Machine | null, name: string): string {
  return machine?.regions.find((region) => region.name === name)?.node ?? name;
}

/** Fields that all findings about a rule the tree breaks have in common. */
function brokenRule(machine: Machine | null): Pick<Explanation, "severity" | "certainty" | "next" | "remedies"> {
  return { severity: "error", certainty: "sure", next: [`coalloc check ${boardWord(machine)}`], remedies: [] };
}

interface Named extends Numbers {
  readonly name: string;
}

/** `OF: reserved mem: failed to allocate memory for node 'linux,cma': size 512 MiB`. */
export const reservedNoRoom: Recogniser = patternRecogniser<Named & { readonly megabytes: number }>({
  id: "reserved-no-room",
  topic: "reserved memory",
  hint: "failed to allocate memory for node",
  source: `${FILE} __reserved_mem_alloc_size()`,
  pattern: /failed to allocate memory for node '([^']+)'(?:: size (\d+) MiB)?/,
  read: ([, name = "", size]) => ({ name, megabytes: numberIn(size) ?? 0 }),
  explain: ({ name, megabytes }, { machine }) => {
    const region = machine?.regions.find((candidate) => candidate.name === name) ?? null;
    const ranges = region?.allocRanges ?? null;
    const where =
      ranges === null
        ? "in RAM"
        : `in its alloc-ranges (${ranges.map((r) => `${formatHex(r.base)}-${formatHex(r.base + r.size - 1)}`).join(", ")})`;
    return {
      ...brokenRule(machine),
      cause: `Node ${name} asks for ${megabytes} MiB and there was no hole that long ${where}, so the region does not exist.`,
      proof: "The kernel looks for a free range of that size at its alignment in every range allowed, and found none.",
      why: "the kernel gives this line only then; what splits the ranges (device tree, initrd, kernel, firmware) it does not say",
      fix: "Move what splits the range (in U-Boot fdt_high and initrd_high, or fdt_addr_r and ramdisk_addr_r), widen alloc-ranges, or ask for less. coalloc check names the blocker and the largest hole.",
      next: [`coalloc check ${boardWord(machine)} --boot BOOT.json`, "dmesg | grep -iE 'reserved mem|cma|Memory:'"],
      node: region?.node ?? name,
      property: ranges === null ? "size" : "alloc-ranges",
      numbers: { size: megabytes * MIB },
    };
  },
});

/** `Reserved memory: failed to reserve memory for node 'x': base 0x..., size 2 MiB`. */
export const reservedRefused: Recogniser = patternRecogniser<Named & { readonly base: number | null }>({
  id: "reserved-refused",
  topic: "reserved memory",
  hint: "failed to reserve memory for node",
  source: `${FILE} __reserved_mem_reserve_reg()`,
  pattern: /failed to reserve memory for node '([^']+)': base (0x[0-9a-f]+), size (\d+) MiB/,
  read: ([, name = "", base, size]) => ({ name, base: numberIn(base), megabytes: numberIn(size) }),
  explain: ({ name, base }, { machine }) => ({
    ...brokenRule(machine),
    cause: `Node ${name} names memory${base === null ? "" : ` at ${formatHex(base)}`} that is reserved already, and asks for no-map; the kernel leaves it as it is.`,
    proof:
      "Memory that somebody reserved before (kernel, initrd, device tree, firmware's reservations, an earlier node) cannot be taken out of the map.",
    certainty: "likely",
    why: "an empty region gives the same line; the tree tells which",
    fix: "Move the kernel, the initrd or the tree out of the region in the boot loader, or drop the node that overlaps it.",
    node: nodeOf(machine, name),
    property: "reg",
  }),
});

/** `OF: reserved mem: invalid size property in 'linux,cma' node.`, and the same of `reg`, `alignment` and `alloc-ranges`. */
export const reservedInvalid: Recogniser = patternRecogniser<Named & { readonly property: string }>({
  id: "reserved-invalid-property",
  topic: "reserved memory",
  hint: " property in '",
  source: `${FILE} __reserved_mem_alloc_size(), fdt_scan_reserved_mem_reg_nodes()`,
  pattern: /invalid (size|alignment|alloc-ranges|reg) property in '([^']+)'/,
  read: ([, property = "", name = ""]) => ({ name, property }),
  explain: ({ name, property }, { machine }) => {
    const shape = machine?.tree ?? null;
    const cells =
      { size: "#size-cells", alignment: "#size-cells", reg: "both", "alloc-ranges": "both" }[property] ?? "";
    const wanted =
      cells === "both"
        ? `a multiple of ${shape === null ? "#address-cells + #size-cells of the root" : shape.addressCells + shape.sizeCells}`
        : `exactly ${shape === null ? "#size-cells of the root" : shape.sizeCells}`;
    return {
      ...brokenRule(machine),
      cause: `${property} of node ${name} has the wrong number of cells, and the kernel skips the node.`,
      proof: `The number of 32-bit cells must be ${wanted}; the kernel checks the length and nothing else here.`,
      why: "the kernel gives this line for the length alone",
      fix: `Write ${property} with as many cells as the root node asks for${shape === null ? "" : ` (#address-cells ${shape.addressCells}, #size-cells ${shape.sizeCells})`}; an overlay or boot loader made for another tree is the usual reason.`,
      node: nodeOf(machine, name),
      property,
    };
  },
});

/** `Reserved memory: unsupported node format, ignoring`. */
export const reservedFormat: Recogniser = patternRecogniser<Numbers>({
  id: "reserved-unsupported-format",
  topic: "reserved memory",
  hint: "unsupported node format, ignoring",
  source: `${FILE} fdt_scan_reserved_mem(), __reserved_mem_check_root()`,
  pattern: /unsupported node format, ignoring/,
  read: () => ({}),
  explain: (_read, { machine }) => ({
    ...brokenRule(machine),
    cause:
      "The kernel ignores all of /reserved-memory: its #address-cells, #size-cells or ranges are not what they must be.",
    proof: "#address-cells and #size-cells must be there and equal those of the root node, and ranges must be there.",
    why: "the kernel checks these three and gives the line for nothing else",
    fix: `Give /reserved-memory ${machine === null ? "the cells of the root node" : `#address-cells = <${machine.tree.addressCells}>, #size-cells = <${machine.tree.sizeCells}>`} and an empty ranges.`,
    node: "/reserved-memory",
    property: "#address-cells",
  }),
});

/** `OF: reserved mem: too many defined dynamic regions, skip 'x'`, `not enough space for all defined regions.`. */
export const reservedTooMany: Recogniser = patternRecogniser<{ readonly name: string | null }>({
  id: "reserved-too-many",
  topic: "reserved memory",
  hint: " defined ",
  source: `${FILE} fdt_scan_reserved_mem(), fdt_reserved_mem_save_node()`,
  pattern: /(?:too many defined dynamic regions(?:, skip '([^']+)')?|not enough space (?:for )?all defined regions)/,
  read: ([, name]) => ({ name: name ?? null }),
  explain: ({ name }, { machine }) => ({
    ...brokenRule(machine),
    cause: `There are more reserved regions than the kernel keeps${name === null ? "" : `, and ${name} is skipped`}.`,
    proof: "The table has MAX_RESERVED_REGIONS entries, 64 in Linux 6.12.",
    why: "the kernel gives this line only when its table is full",
    fix: "Merge regions, give dynamic ones a reg, or disable what the board does not use.",
    node: name === null ? "/reserved-memory" : nodeOf(machine, name),
    numbers: { most: 64 },
  }),
});

/** `x@40000000 (0x40000000--0x40200000) overlaps with y (0x40100000--0x40300000)`, the second line behind `OVERLAP DETECTED!`. */
export const reservedOverlap: Recogniser = patternRecogniser<Numbers>({
  id: "reserved-overlap",
  topic: "reserved memory",
  hint: ") overlaps with ",
  source: `${FILE} __rmem_check_for_overlap()`,
  pattern: /(\S+) \((0x[0-9a-f]+)--(0x[0-9a-f]+)\) overlaps with (\S+) \((0x[0-9a-f]+)--(0x[0-9a-f]+)\)/,
  read: ([, first = "", base, end, second = "", secondBase, secondEnd]) => {
    const ends = [base, end, secondBase, secondEnd].map(numberIn);
    if (ends.includes(null)) return null;
    return { first, base: ends[0] ?? 0, end: ends[1] ?? 0, second, secondBase: ends[2] ?? 0, secondEnd: ends[3] ?? 0 };
  },
  explain: ({ first, end, second, secondBase, secondEnd }, { machine }) => {
    const [from, to] = [Number(secondBase), Math.min(Number(end), Number(secondEnd))];
    return {
      ...brokenRule(machine),
      cause: `Reserved regions ${first} and ${second} share ${formatSize(Math.max(0, to - from))} from ${formatHex(from)} on: both users write there.`,
      proof: "The kernel compared the ranges after all regions were placed.",
      why: "it is arithmetic on the ranges that the line states",
      fix: "Move or shorten one of them. The kernel only warns and goes on; what breaks is whoever loses the race.",
      node: nodeOf(machine, String(second)),
      property: "reg",
      numbers: { overlapBase: from, overlapSize: Math.max(0, to - from) },
    };
  },
});

/** `OF: reserved mem: OVERLAP DETECTED!`, which the line behind it speaks of. */
export const reservedOverlapHead: Recogniser = patternRecogniser<Numbers>({
  id: "reserved-overlap-head",
  topic: "reserved memory",
  hint: "OVERLAP DETECTED!",
  source: `${FILE} __rmem_check_for_overlap()`,
  pattern: /OVERLAP DETECTED!/,
  read: () => ({}),
  explain: (_read, { machine, lines, line }) =>
    lines.following("reserved-overlap", line, 3) !== null
      ? null
      : {
          ...brokenRule(machine),
          cause: "Two reserved regions overlap; the next line of the log names them.",
          proof: "The kernel compared the ranges after all regions were placed.",
          why: "it is the kernel's own statement",
          fix: "Give the line behind this one as well, or let coalloc check find the two.",
          next: [`coalloc check ${boardWord(machine)}`, "dmesg | grep -A1 'OVERLAP DETECTED' | coalloc explain -"],
          node: "/reserved-memory",
        },
});

/** `Reserved memory: regions without no-map are not yet supported`. */
export const reservedNeedsNoMap: Recogniser = patternRecogniser<Numbers>({
  id: "reserved-needs-no-map",
  topic: "reserved memory",
  hint: "regions without no-map are not yet supported",
  source: "Linux 6.12 kernel/dma/coherent.c rmem_dma_setup()",
  pattern: /regions without no-map are not yet supported/,
  read: () => ({}),
  explain: (_read, { machine, lines, line }) => {
    const culprit = lines.following("reserved-setup-failed", line, 3)?.numbers["name"];
    const names = machine?.regions.filter(({ kind, noMap }) => kind === "coherent-pool" && !noMap) ?? [];
    const node =
      typeof culprit === "string" ? nodeOf(machine, culprit) : names.length === 1 ? (names[0]?.node ?? null) : null;
    return {
      ...brokenRule(machine),
      cause: `A shared-dma-pool node${node === null ? "" : `, ${node},`} has neither no-map nor reusable, and 32-bit Arm takes no such pool.`,
      proof: "On Arm a coherent pool needs no-map, because the kernel would map the memory a second time otherwise.",
      why: "the kernel checks that property and nothing else here",
      fix: "Add no-map; for memory that may be lent out while nobody uses it, add reusable instead.",
      node,
      property: "no-map",
    };
  },
});

/** `OF: reserved mem: node x compatible matching fail`: the region was given back. */
export const reservedSetupFailed: Recogniser = patternRecogniser<Named>({
  id: "reserved-setup-failed",
  topic: "reserved memory",
  hint: "compatible matching fail",
  source: `${FILE} fdt_init_reserved_mem_node()`,
  pattern: /node (\S+) compatible matching fail/,
  read: ([, name]) => (name === undefined ? null : { name }),
  explain: ({ name }, { machine, lines, line }) => {
    const known = ["reserved-needs-no-map", "cma-incorrect-alignment"].some((id) =>
      lines.of(id).some((seen) => seen.line < line && line - seen.line <= 3),
    );
    if (known) return null;
    return {
      ...brokenRule(machine),
      cause: `Node ${name} could not be set up as the pool its compatible says, and its memory was given back.`,
      proof: "The kernel's setup function for the compatible refused the region; the line before this one says why.",
      certainty: "likely",
      why: "the reason stands in another line",
      fix: "Look at the line before it: alignment, no-map and reusable are what is checked.",
      node: nodeOf(machine, name),
      property: "compatible",
    };
  },
});

interface Placed extends Named {
  readonly base: number;
  readonly last: number;
  readonly noMap: boolean;
  readonly reusable: boolean;
}

/** `OF: reserved mem: 0x3800000000..0x3bffffffff (65536 KiB) map reusable linux,cma`. */
export const reservedPlaced: Recogniser = patternRecogniser<Placed>({
  id: "reserved-placed",
  topic: "reserved memory",
  hint: "OF: reserved mem: 0x",
  source: `${FILE} fdt_init_reserved_mem_node()`,
  pattern: /reserved mem: (0x[0-9a-f]+)\.\.(0x[0-9a-f]+) \(\d+ KiB\) (nomap|map) (reusable|non-reusable) (\S+)/,
  read: ([, from, to, map, lent, name = ""]) => {
    const [base, last] = [numberIn(from), numberIn(to)];
    if (base === null || last === null || last < base) return null;
    return { name, base, last, noMap: map === "nomap", reusable: lent === "reusable" };
  },
  explain: ({ name, base, last, noMap, reusable }, { machine }) => {
    const region = machine?.regions.find((candidate) => candidate.name === name) ?? null;
    const differs = region !== null && (region.base !== base || region.size !== last - base + 1);
    const use = reusable
      ? "lent to movable pages while unused"
      : noMap
        ? "out of the kernel's map"
        : "kept for its user";
    return {
      severity: "note",
      cause: `Region ${name} has ${formatSize(last - base + 1)} at ${formatHex(base)}, ${use}.`,
      proof: `The kernel says so after all regions were placed.${differs ? ` The board given has it ${region.base === null ? "nowhere" : `at ${formatHex(region.base)}, ${formatSize(region.size)}`}.` : ""}`,
      certainty: "sure",
      why: "it is the kernel's own statement",
      fix: differs ? "The log is of another tree or boot state; give --boot to coalloc check." : "Nothing is wrong.",
      next: [`coalloc heaps ${boardWord(machine)}`],
      remedies: [],
      node: region?.node ?? name,
      numbers: { size: last - base + 1 },
    };
  },
});
