/**
 * The words of a kernel command line that decide where DMA memory goes.
 *
 * Early parameters are handled one after the other, so a later one replaces an earlier one. `cma=` replaces only what it
 * states: `cma=64M@0x60000000 cma=32M` keeps the base and the limit of the first; so does `swiotlb=`.
 *
 * @see Linux 6.12 `kernel/dma/contiguous.c` `early_cma()`, `lib/cmdline.c` `memparse()`, `kernel/params.c` `parse_args()`
 */
import { MAX_EXACT } from "../units/quantity.js";
import { parseSwiotlbOption, type SwiotlbOption } from "./swiotlb-option.js";

/** What `cma=` says. Bytes; an end of 0 means none was given. */
export interface CmaOption {
  readonly size: number;
  readonly base: number;
  /** Exclusive end. For `SIZE@BASE` the sum of the two, {@link MAX_EXACT} when larger, which makes the place fixed. */
  readonly limit: number;
}

/** A parameter that cannot be read; the kernel goes on without it. */
export interface CmdlineError {
  readonly parameter: string;
  readonly text: string;
  readonly reason: "no-value" | "not-a-size" | "not-a-switch" | "not-a-node-list";
}

/** The parameters coalloc knows; null where the line does not set one. */
export interface BootOptions {
  readonly cma: CmaOption | null;
  /** `mem=` in bytes. */
  readonly mem: number | null;
  /** `coherent_pool=` in bytes. */
  readonly coherentPool: number | null;
  readonly swiotlb: SwiotlbOption | null;
  /** `iommu.passthrough=`. */
  readonly iommuPassthrough: boolean | null;
  /** `cma_pernuma=` in bytes. */
  readonly cmaPernuma: number | null;
  /** `numa_cma=`: bytes by node. */
  readonly numaCma: ReadonlyMap<number, number>;
  /** In the order of the line. */
  readonly errors: readonly CmdlineError[];
}

/** A number with an optional K, M, G, T, P or E, and what follows it. */
export interface ParsedSize {
  /** Bytes; {@link MAX_EXACT} when larger. */
  readonly value: number;
  readonly rest: string;
  /** False when the text does not begin with a digit; the kernel reads 0 then. */
  readonly found: boolean;
}

/** Reads a size as the kernel does: decimal, `0x` hexadecimal or `0` octal, then one optional suffix of either case. */
export function parseMemSize(text: string): ParsedSize {
  const match = /^(0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)([kmgtpe]?)/i.exec(text);
  if (match === null) return { value: 0, rest: text, found: false };
  const [all, digits = "", suffix = ""] = match;
  const octal = /^0[0-7]+$/.test(digits);
  const number = octal ? Number.parseInt(digits, 8) : Number(digits);
  const power = "kmgtpe".indexOf(suffix.toLowerCase()) + 1;
  const value = number * 1024 ** (suffix === "" ? 0 : power);
  return { value: Math.min(value, MAX_EXACT), rest: text.slice(all.length), found: true };
}

/**
 * Reads the value of one `cma=`: `SIZE`, `SIZE@BASE` (fixed) or `SIZE@BASE-LIMIT`.
 *
 * @param previous - what an earlier `cma=` of the same line said; its base and limit stay when this one names none
 * @returns the option; a text without a number is size 0, which asks for no area
 */
export function parseCmaOption(text: string, previous: CmaOption | null = null): CmaOption {
  const size = parseMemSize(text);
  if (!size.rest.startsWith("@")) {
    return { size: size.value, base: previous?.base ?? 0, limit: previous?.limit ?? 0 };
  }
  const base = parseMemSize(size.rest.slice(1));
  if (!base.rest.startsWith("-")) {
    return { size: size.value, base: base.value, limit: Math.min(base.value + size.value, MAX_EXACT) };
  }
  return { size: size.value, base: base.value, limit: parseMemSize(base.rest.slice(1)).value };
}

/** Reads a command line. Never throws; what cannot be read is in `errors`. */
export function parseCmdline(line: string): BootOptions {
  const errors: CmdlineError[] = [];
  let cma: CmaOption | null = null;
  let mem: number | null = null;
  let coherentPool: number | null = null;
  let swiotlb: SwiotlbOption | null = null;
  let iommuPassthrough: boolean | null = null;
  let cmaPernuma: number | null = null;
  const numaCma = new Map<number, number>();

  for (const { name, value, text } of words(line)) {
    const complain = (reason: CmdlineError["reason"]): void => {
      errors.push({ parameter: name, text, reason });
    };
    const size = (): number | null => {
      if (value === null) return (complain("no-value"), null);
      const parsed = parseMemSize(value);
      if (!parsed.found) complain("not-a-size");
      return parsed.value;
    };
    switch (name) {
      case "cma":
        if (value === null) complain("no-value");
        else {
          if (!parseMemSize(value).found) complain("not-a-size");
          cma = parseCmaOption(value, cma);
        }
        break;
      case "mem":
        mem = size() ?? mem;
        break;
      case "coherent_pool":
        coherentPool = size() ?? coherentPool;
        break;
      case "cma_pernuma":
        cmaPernuma = size() ?? cmaPernuma;
        break;
      case "numa_cma":
        if (value === null) complain("no-value");
        else if (!readNodeSizes(value, numaCma)) complain("not-a-node-list");
        break;
      case "swiotlb":
        if (value === null) complain("no-value");
        else swiotlb = parseSwiotlbOption(value, swiotlb);
        break;
      case "iommu.passthrough": {
        const on = readSwitch(value);
        if (on === null) complain(value === null ? "no-value" : "not-a-switch");
        else iommuPassthrough = on;
        break;
      }
    }
  }
  return { cma, mem, coherentPool, swiotlb, iommuPassthrough, cmaPernuma, numaCma, errors };
}

interface Word {
  readonly name: string;
  readonly value: string | null;
  readonly text: string;
}

/** Words up to `--`; quotes keep spaces; `-` and `_` in a name are the same. */
function words(line: string): readonly Word[] {
  const out: Word[] = [];
  for (const text of line.match(/(?:"[^"]*"?|[^\s"])+/g) ?? []) {
    if (text === "--") break;
    const plain = text.replaceAll('"', "");
    const equals = plain.indexOf("=");
    const name = (equals < 0 ? plain : plain.slice(0, equals)).replaceAll("-", "_");
    out.push({ name, value: equals < 0 ? null : plain.slice(equals + 1), text });
  }
  return out;
}

/** `MAX_NUMNODES` where it is largest, with `CONFIG_NODES_SHIFT=10`. */
const MOST_NODES = 1024;

/** `<node>:<size>[,<node>:<size>...]`; entries before a broken one count. */
function readNodeSizes(text: string, into: Map<number, number>): boolean {
  let rest = text;
  while (rest !== "") {
    const node = /^(\d+):/.exec(rest);
    if (node === null || Number(node[1]) >= MOST_NODES) return false;
    const size = parseMemSize(rest.slice(node[0].length));
    into.set(Number(node[1]), size.value);
    if (size.rest !== "" && !size.rest.startsWith(",")) return false;
    rest = size.rest.slice(1);
  }
  return true;
}

/** As the kernel's `kstrtobool()`: the first letters decide. */
function readSwitch(text: string | null): boolean | null {
  if (text === null) return null;
  if (/^(?:[yYtT1]|[oO][nN])/.test(text)) return true;
  if (/^(?:[nNfF0]|[oO][fF])/.test(text)) return false;
  return null;
}
