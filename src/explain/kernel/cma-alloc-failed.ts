import type { Machine } from "../../machine/machine.js";
import { alignUp, formatSize, MIB } from "../../units/quantity.js";
import { largerDefaultArea } from "../larger-area.js";
import { formatWords, likelyFormats } from "../likely-formats.js";
import { numberIn, patternRecogniser } from "../pattern-recogniser.js";
import type { ExplainContext, Explanation, Numbers, Recogniser } from "../recogniser.js";
import { cmaAlignment, drawFreeMap, type FreeMap, fitCount, largestRun, parseFreeMap } from "./cma-free-map.js";

interface Failure extends Numbers {
  /** Name of the area; null on kernels before 5.9, which print none. */
  readonly area: string | null;
  readonly pages: number;
  /** Negative errno. */
  readonly ret: number;
}

/** Lines between a failure and its map: other processors may print too. */
const MAP_WITHIN = 6;
/** Page size where no machine says it; the kernel of nearly every board. */
const USUAL_PAGE = 4096;
/** Formats that are named. */
const MOST_FORMATS = 4;

/** `cma: __cma_alloc: linux,cma: alloc failed, req-size: 2025 pages, ret: -12`, with or without the name. */
export const cmaAllocFailed: Recogniser = patternRecogniser<Failure>({
  id: "cma-alloc-failed",
  topic: "CMA allocation",
  hint: "alloc failed, req-size:",
  source: "Linux 6.12 mm/cma.c __cma_alloc()",
  pattern: /cma_alloc(?:\(\))?: (?:(\S+): )?alloc failed, req-size: (\d+) pages, ret: (-?\d+)/,
  read: ([, area, count, ret]) => {
    const pages = numberIn(count);
    return pages === null || pages === 0 ? null : { area: area ?? null, pages, ret: Number(ret) };
  },
  explain,
});

function explain(failure: Failure, context: ExplainContext): Explanation {
  const { machine, lines, line } = context;
  const { pages, ret } = failure;
  const pageSize = machine?.profile.pageSize ?? USUAL_PAGE;
  const size = pages * pageSize;
  const seen = lines.following("cma-free-map", line, MAP_WITHIN);
  const map = seen === null ? null : parseFreeMap(String(seen.numbers["map"]));
  const formats = likelyFormats(size, pageSize).slice(0, MOST_FORMATS);
  const likely = formats[0] === undefined ? "" : ` That is what ${formatWords(formats[0])} needs.`;
  const area = failure.area === null ? "the CMA area" : `CMA area ${failure.area}`;
  const asked = `${pages === 1 ? "1 page" : `${pages} pages`} (${formatSize(size)}) from ${area}`;
  const judged = judge(failure, map, asked);
  const needed = neededSize(failure, map, machine, pageSize);
  const isDefault = failure.area === null || isDefaultArea(failure.area, machine);
  const region = machine?.regions.find(({ name }) => name === failure.area) ?? null;
  const enough = formatSize(alignUp(needed, 4 * MIB));
  const place =
    region === null || isDefault || ret !== -12
      ? ""
      : ` Its size stands in ${region.node}, ${region.placement === "static" ? "reg" : "size"}: ${enough} would do.`;
  return {
    severity: "error",
    ...judged,
    fix: `${judged.fix}${place}`,
    cause: `${judged.cause}${likely}`,
    why: `${judged.why}${machine === null ? "; 4 KiB pages are taken for granted, give -m MACHINE if the board has others" : ""}`,
    remedies: ret === -12 && isDefault ? largerDefaultArea(machine, needed) : [],
    next: nextSteps(failure, size, formats[0] ?? null, machine),
    numbers: {
      pageSize,
      bytes: size,
      alignmentPages: cmaAlignment(pages),
      likelyFormat: formats[0] === undefined ? null : formatWords(formats[0]),
      otherFormats: formats.slice(1).map(formatWords).join("; ") || null,
      ...mapNumbers(map, pages),
    },
    ...(map === null ? {} : { picture: drawFreeMap(map) }),
  };
}

function mapNumbers(map: FreeMap | null, pages: number): Numbers {
  if (map === null) return {};
  return {
    freePages: map.free,
    totalPages: map.total,
    largestHolePages: largestRun(map, 1),
    largestAlignedHolePages: largestRun(map, cmaAlignment(pages)),
    fits: fitCount(map, pages),
  };
}

type Judged = Pick<Explanation, "cause" | "proof" | "certainty" | "why" | "fix">;

/** What the error number and the free map say together. */
function judge({ pages, ret }: Failure, map: FreeMap | null, asked: string): Judged {
  const align = cmaAlignment(pages);
  if (ret === -4) {
    return {
      cause: `A request for ${asked} was broken off by a signal.`,
      proof: "ret -4 is EINTR: the process was being killed while pages were moved out of the way.",
      certainty: "sure",
      why: "the error number says it",
      fix: "Nothing is wrong with the area; look at why the process was killed.",
    };
  }
  if (ret === -16) return judgeBusy(pages, map, asked);
  if (ret !== -12) {
    return {
      cause: `A request for ${asked} failed with error ${ret}.`,
      proof: "The line states size and error; neither says that room was missing, which would be -12.",
      certainty: "possible",
      why: "the kernel's own code gives -12, -16 and -4 only; this number came from below it",
      fix: "Look at the lines before it for what failed first.",
    };
  }
  if (map === null) {
    return {
      cause: `A request for ${asked} found no free run that long at a multiple of ${align} pages: the area is too small, full or fragmented.`,
      proof:
        "ret -12 is ENOMEM: no hole of the area's bitmap was long enough, whatever is free in all. No list of holes followed the line.",
      certainty: "sure",
      why: "the kernel gives -12 for nothing else here; which of the three it is the line alone does not say",
      fix: "Make the area larger, ask for fewer or smaller buffers, or allocate them early and keep them. The line that lists the holes (number of available pages) tells which.",
    };
  }
  return judgeHoles(pages, map, asked);
}

function judgeBusy(pages: number, map: FreeMap | null, asked: string): Judged {
  const whole = map !== null && pages * 10 >= map.total * 9;
  return {
    cause: `A request for ${asked} found free runs, but pages in each of them were in use and could not be moved.`,
    proof: `ret -16 is EBUSY: the area's bitmap had a hole, and moving away what the system keeps in it meanwhile failed${
      whole ? `. The request is nearly the whole area of ${map.total} pages: one such page anywhere defeats it` : ""
    }.`,
    certainty: "sure",
    why: "the kernel gives -16 only after it found a hole and could not empty it",
    fix:
      whole || pages > 1024
        ? "A larger area gives more candidates; for memory this large reserve it for the device alone (no-map instead of reusable), so that nobody else uses it meanwhile."
        : "Try again: it often passes. Keep small requests out of the area, and allocate buffers early and keep them.",
  };
}

function judgeHoles(pages: number, map: FreeMap, asked: string): Judged {
  const align = cmaAlignment(pages);
  const longest = largestRun(map, 1);
  const aligned = largestRun(map, align);
  const proof = `ret -12 is ENOMEM. ${map.free} of ${map.total} pages are free; the largest hole has ${longest}${align === 1 ? "" : `, and ${Math.max(0, aligned)} from a multiple of ${align} pages on, where CMA puts a request of this size`}.`;
  const why = "the kernel listed every hole of the area right behind the failure";
  if (pages > map.total) {
    return {
      cause: `A request for ${asked} is larger than the area, which has ${map.total} pages.`,
      proof,
      certainty: "sure",
      why,
      fix: "No freeing helps: make the area larger, or ask for less.",
    };
  }
  if (map.free < pages) {
    return {
      cause: `A request for ${asked} failed because only ${map.free} of ${map.total} pages are free: the area is used up.`,
      proof,
      certainty: "sure",
      why,
      fix: "Make the area larger, or use fewer or smaller buffers.",
    };
  }
  if (longest >= pages) {
    const sure = aligned < pages;
    return {
      cause: sure
        ? `A request for ${asked} fits its largest hole of ${longest} pages, but not from a multiple of ${align} pages on, where CMA puts it.`
        : `A request for ${asked} failed although a hole of ${aligned} aligned pages was listed.`,
      proof,
      certainty: sure ? "sure" : "possible",
      why: sure
        ? why
        : "the list was made a moment after the failure, and a buffer may have been freed in between; or the driver asked for a larger alignment",
      fix: sure
        ? `Each buffer of this size takes ${alignUp(pages, align)} pages. Make the area larger, use sizes that fill the alignment, or allocate all buffers at once and keep them.`
        : "Try again; if it stays, look for a driver that asks for more than 1 MiB of alignment.",
    };
  }
  return {
    cause: `A request for ${asked} failed although ${map.free} of ${map.total} pages are free: the area is fragmented, its largest hole has ${longest}.`,
    proof,
    certainty: "sure",
    why,
    fix: `Each buffer of this size takes ${alignUp(pages, align)} pages for its alignment. Allocate the buffers early and keep them, avoid mixing sizes in one area, or make the area larger.`,
  };
}

/** Bytes of an area in which the request fits with everything that was in it. */
function neededSize({ pages }: Failure, map: FreeMap | null, machine: Machine | null, pageSize: number): number {
  const step = alignUp(pages, cmaAlignment(pages));
  const today = map?.total ?? Math.ceil((machine?.defaultCma?.size ?? 0) / pageSize);
  return (today + step) * pageSize;
}

/** Names that kernels give the default area where no node does. */
const DEFAULT_NAMES = ["reserved", "linux,cma", "default_cma_region"];

function isDefaultArea(name: string, machine: Machine | null): boolean {
  if (machine === null) return DEFAULT_NAMES.includes(name.replace(/@.*/, ""));
  const area = machine.defaultCma;
  return area !== null && (area.name === name || area.heapName === name || DEFAULT_NAMES.includes(name));
}

function nextSteps(
  { pages, ret }: Failure,
  size: number,
  format: { readonly width: number; readonly height: number; readonly format: string } | null,
  machine: Machine | null,
): readonly string[] {
  const board = machine === null ? "BOARD.dtb" : "MACHINE";
  const code = format === null ? null : /^[A-Z][A-Z0-9]{3}/.exec(format.format)?.[0];
  const request = code && format !== null ? `--image ${format.width}x${format.height}:${code}` : `--size ${size}`;
  return [
    ...(machine === null ? ["coalloc explain LOG -m BOARD.dtb"] : []),
    `coalloc place ${board} -d DEVICE ${request}`,
    ...(ret === -12 ? [`coalloc check ${board}`] : []),
    ...(pages === 1 ? ["grep -i cma /proc/meminfo /proc/vmstat"] : []),
  ];
}
