/** The default CMA area that the command line or the configuration asks for. */
import { parseCmdline } from "../../boot/cmdline.js";
import type { BootCertainty } from "../../boot/outcome.js";
import { lowMemoryEnd } from "../../boot/zones.js";
import { formatRanges } from "../../placement/explain.js";
import { sizeOption } from "../../placement/remedy-area.js";
import { alignDown, alignUp, formatHex, formatSize, MAX_EXACT, MIB } from "../../units/quantity.js";
import { quoted } from "../../units/quote.js";
import { endOf, intersectRanges, type Range, toRangeSet } from "../../units/ranges.js";
import type { Board } from "../board.js";
import type { Severity } from "../finding.js";
import type { Proposal } from "../proposal.js";
import type { Flaw, Rule } from "../rule.js";
import { needing } from "./default-area.js";
import { inTheWay, USUAL_START } from "./in-the-way.js";
import { failuresOf } from "./reserved-nodes.js";

const WHERE = { node: "/chosen", property: "bootargs" } as const;

const UNREADABLE: Rule = {
  id: "cma-option-unreadable",
  severity: "error",
  title: "cma= on the command line is no size",
  help: "cma= takes SIZE, SIZE@START or SIZE@START-END, with K, M or G behind a number. Without a value the kernel ignores it; a text that does not begin with a digit is read as size 0, which asks for no default area at all: every driver without an area of its own then fails.",
  source: "Linux 6.12 kernel/dma/contiguous.c early_cma()",
  wrong: { dts: "", cmdline: "console=ttyS0 cma=auto" },
  right: { dts: "", cmdline: "console=ttyS0 cma=64M" },
  check: (board) => {
    const { errors, cma } = parseCmdline(board.machine.commandLine);
    return errors
      .filter((error) => error.parameter === "cma")
      .map(({ text, reason }): Flaw => {
        const none = reason === "not-a-size" && cma !== null && cma.size === 0;
        const readAs = reason === "no-value" ? "the kernel ignores it" : "the kernel reads it as 0";
        const so = none ? ", so there is no default CMA area" : "";
        return {
          severity: none ? "error" : "warning",
          text: `${quoted(text)} on the command line is no size: ${readAs}${so}.`,
          where: WHERE,
          numbers: { text },
          proposals: [],
        };
      });
  },
};

const SIZE_WITHOUT_UNIT: Rule = {
  id: "cma-option-without-unit",
  severity: "warning",
  title: "cma= gives a few bytes",
  help: "A number without K, M or G counts bytes: cma=256 is 256 bytes, which the kernel rounds up to one pageblock, 2 MiB with pages of 4 KiB. A display or camera then fails to allocate while the command line looks right.",
  source: "Linux 6.12 lib/cmdline.c memparse()",
  wrong: { dts: "", cmdline: "cma=256" },
  right: { dts: "", cmdline: "cma=256M" },
  check: (board) => {
    const { cma } = parseCmdline(board.machine.commandLine);
    if (cma === null || cma.size === 0 || cma.size >= MIB / 4) return [];
    const granule = board.input.profile.cmaMinAlign;
    const option = `cma=${cma.size}M`;
    return [
      {
        severity: "warning",
        text: `cma= asks for ${cma.size} bytes, which the kernel rounds up to ${formatSize(granule)}.`,
        where: WHERE,
        numbers: { size: cma.size, granule },
        proposals: [{ kind: "command-line", text: `if MiB are meant: ${option}`, commandLine: option }],
      },
    ];
  },
};

/** `cma=` at the place asked for, aligned; and of that size wherever the kernel finds room. */
function optionProposals(board: Board): readonly Proposal[] {
  const { cma } = parseCmdline(board.machine.commandLine);
  const granule = board.input.profile.cmaMinAlign;
  // No size is larger than an exact number; one that would be is a slip, and none that anybody can mend.
  if (cma === null || cma.size > MAX_EXACT - granule) return [];
  const size = alignUp(cma.size, granule);
  const end = board.boot.zoneDmaEnd;
  const at = `cma=${sizeOption(size)}@${formatHex(alignDown(cma.base, granule))}`;
  const range = `cma=${sizeOption(size)}@0-${formatHex(end)}`;
  return [
    { kind: "command-line", text: `aligned to ${formatSize(granule)}: ${at}`, commandLine: at },
    { kind: "command-line", text: `wherever there is room: ${range}`, commandLine: range },
  ];
}

/** Smaller sizes for a default area that found no room. */
function smallerProposals(board: Board, hole: number): readonly Proposal[] {
  const size = alignDown(hole, board.input.profile.cmaMinAlign);
  const end = board.boot.zoneDmaEnd;
  if (size <= 0) return [];
  const option = `cma=${sizeOption(size)}@0-${formatHex(end)}`;
  const out: Proposal[] = [{ kind: "command-line", text: `ask for what fits: ${option}`, commandLine: option }];
  if (parseCmdline(board.machine.commandLine).cma === null) {
    const mib = Math.floor(size / MIB);
    out.push({
      kind: "kernel-option",
      text: `build the kernel for ${mib} MiB`,
      config: `CONFIG_CMA_SIZE_SEL_MBYTES=y\nCONFIG_CMA_SIZE_MBYTES=${mib}\n`,
    });
  }
  return out;
}

/**
 * An area that the command line asks for is wanted; the configured size may be nothing but a distribution's default, on a board where nobody needs it.
 *
 * @param certainty - whether there is no area however the board starts
 */
function severityOf(board: Board, certainty: BootCertainty): Severity {
  if (parseCmdline(board.machine.commandLine).cma !== null) return certainty === "exact" ? "error" : "warning";
  return needing(board).length > 0 ? "warning" : "note";
}

/** A default area that was refused at the place asked for. */
function refused(board: Board, { base, size }: Range, why: string): Flaw {
  return {
    severity: severityOf(board, "exact"),
    text: `There is no default CMA area: ${formatSize(size)} at ${formatHex(base)} ${why}.`,
    where: WHERE,
    numbers: { base, size },
    proposals: optionProposals(board),
  };
}

const MISALIGNED: Rule = {
  id: "cma-option-base-misaligned",
  severity: "error",
  title: "cma=SIZE@START with a start that is no multiple of a pageblock",
  help: "A default area at a fixed place has to start at a multiple of a pageblock: 2 MiB with pages of 4 KiB, more with larger ones. Otherwise the kernel prints 'Region at ... must be aligned' and makes no default area.",
  source: "Linux 6.12 mm/cma.c cma_declare_contiguous_nid()",
  wrong: { dts: "", cmdline: "cma=64M@0x50100000" },
  right: { dts: "", cmdline: "cma=64M@0x50200000" },
  check: (board) =>
    failuresOf(board, "cma-base-misaligned").map((failure) =>
      refused(board, failure, `would have to start at a multiple of ${formatSize(failure.alignment)}`),
    ),
};

const EXCEEDS_LIMIT: Rule = {
  id: "cma-option-exceeds-limit",
  severity: "error",
  title: "the default CMA area ends behind its limit",
  help: "The default area has to end below the first DMA zone's end, below the end of RAM and below the end given on the command line. cma=SIZE@START takes START plus the size as written for its end, so a size that is no multiple of a pageblock always fails there: the kernel rounds it up first.",
  source: "Linux 6.12 mm/cma.c cma_declare_contiguous_nid()",
  wrong: { dts: "", cmdline: "cma=65M@0x50000000" },
  right: { dts: "", cmdline: "cma=66M@0x50000000" },
  check: (board) =>
    failuresOf(board, "cma-exceeds-limit").map((failure) =>
      refused(board, failure, `end behind ${formatHex(failure.limit)}, the limit`),
    ),
};

const CROSSES_HIGHMEM: Rule = {
  id: "cma-option-crosses-highmem",
  severity: "error",
  title: "the default CMA area crosses the end of low memory",
  help: "On 32-bit arm the kernel maps only low memory permanently, usually 768 MiB. A default area at a fixed place has to lie on one side of that border; otherwise the kernel makes none.",
  source: "Linux 6.12 mm/cma.c cma_declare_contiguous_nid()",
  wrong: { dts: "", cmdline: "cma=64M@0x6e000000", config: "CONFIG_ARM=y" },
  right: { dts: "", cmdline: "cma=64M@0x60000000", config: "CONFIG_ARM=y" },
  check: (board) =>
    failuresOf(board, "cma-crosses-highmem").map((failure) =>
      refused(board, failure, `cross ${formatHex(failure.border)}, where low memory ends`),
    ),
};

/** Where the kernel looks for a default area: on either side of the end of low memory, which no area crosses. */
function lookedIn({ machine, input }: Board, range: Range): string {
  const border = lowMemoryEnd(machine.banks, input.profile);
  if (border <= range.base || border >= endOf(range)) return formatRanges([range]);
  const low = { base: range.base, size: border - range.base };
  const high = { base: border, size: endOf(range) - border };
  return `${formatRanges([low])} or, in high memory, ${formatRanges([high])}`;
}

function hasRam({ machine }: Board, range: Range): boolean {
  return intersectRanges(toRangeSet(machine.banks), [range]).length > 0;
}

const NO_ROOM: Rule = {
  id: "default-cma-no-room",
  severity: "error",
  title: "there is no room for the default CMA area",
  help: "The default area needs one free run in the first DMA zone, below what the narrowest dma-ranges of the tree reaches; memory above it does not count. When there is none, the kernel prints 'Failed to reserve' and goes on without: every driver that takes contiguous memory from the default area fails later.",
  source: "https://github.com/bperez77/xilinx_axidma/issues/95",
  wrong: { dts: "", cmdline: "cma=1000M" },
  right: { dts: "", cmdline: "cma=256M" },
  check: (board) => {
    const other = board.boot.failures.some(({ kind }) =>
      ["cma-base-misaligned", "cma-exceeds-limit", "cma-crosses-highmem"].includes(kind),
    );
    if (other) return [];
    return failuresOf(board, "cma-reserve-failed").map(({ asked, range, largestHole, blockers, certainty }) => {
      const hole =
        largestHole === 0
          ? "no hole there is so aligned"
          : `the largest hole so aligned there has ${formatSize(largestHole)}`;
      const start = board.input.reservedBeforeScan === null ? `; ${USUAL_START}, ` : ", and ";
      const elsewhere =
        certainty === "exact" ? "" : " A boot loader that puts kernel and device tree elsewhere may leave room.";
      const why = hasRam(board, range)
        ? `${start}${hole}. In the way: ${inTheWay(board, blockers)}.${elsewhere}`
        : ", where there is no RAM.";
      return {
        severity: severityOf(board, certainty),
        text: `There is no default CMA area: ${formatSize(asked)} aligned to ${formatSize(board.input.profile.cmaMinAlign)} are asked for in ${lookedIn(board, range)}${why}`,
        where: WHERE,
        numbers: { asked, base: range.base, limit: range.base + range.size, largestHole },
        proposals: [...smallerProposals(board, largestHole), ...optionProposals(board)],
      };
    });
  },
};

/** Rules about the default CMA area. */
export const DEFAULT_CMA: readonly Rule[] = [
  UNREADABLE,
  SIZE_WITHOUT_UNIT,
  MISALIGNED,
  EXCEEDS_LIMIT,
  CROSSES_HIGHMEM,
  NO_ROOM,
];
