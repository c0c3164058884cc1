import { formatHex } from "../../src/units/quantity.js";
import type { Capture } from "../../test/boot/capture.js";

/** Complaints that name their node, by what the line says. */
const NAMED: readonly (readonly [RegExp, string])[] = [
  [/invalid reg property in '(.+)', skipping node/, "bad-reg-length"],
  [/failed to reserve memory for node '(.+)': base/, "reserve-failed"],
  [/\(\) ignores \d+ regions in node '(.+)'/, "extra-reg-ignored"],
  [/too many defined dynamic regions, skip '(.+)'/, "too-many-dynamic"],
  [/invalid size property in '(.+)' node/, "bad-size-length"],
  [/invalid alignment property in '(.+)' node/, "bad-alignment-length"],
  [/invalid alloc-ranges property in '(.+)', skipping node/, "bad-alloc-ranges-length"],
  [/failed to allocate memory for node '(.+)': size/, "alloc-failed"],
  [/bypass (.+) node, using cmdline CMA params instead/, "bypassed-by-cmdline"],
  [/^(.+) \(0x[0-9a-f]+--0x[0-9a-f]+\) overlaps with /, "overlap"],
  [/^cma: CMA area (.+) could not be activated/, "cma-not-activated"],
];

/** Complaints about no node. */
const UNNAMED: readonly (readonly [RegExp, string])[] = [
  [/unsupported node format, ignoring/, "unsupported-root"],
  [/not enough space for all defined regions/, "table-full"],
  [/^cma: Config string not provided/, "cma-bad-cmdline"],
  [/^cma: Region at \S+ must be aligned to/, "cma-base-misaligned"],
  [/^cma: Region at \S+ defined on low\/high memory boundary/, "cma-crosses-highmem"],
  [/^cma: Size \(\S+\) of region at \S+ exceeds limit/, "cma-exceeds-limit"],
  [/^cma: Failed to reserve/, "cma-reserve-failed"],
  [/^Kernel panic - not syncing/, "panic"],
];

/** Complaints made while a node is set up; the line that gives the node up comes after them and names it. */
const BEFORE_NAME: readonly (readonly [RegExp, string])[] = [
  [/incorrect alignment of CMA region/, "cma-bad-alignment"],
  [/Not enough slots for CMA reserved regions/, "cma-no-slots"],
  [/unable to setup CMA region/, "cma-setup-failed"],
];

const GIVEN_UP = /node (.+) compatible matching fail$/;
const CREATED = /Reserved memory: created (CMA|DMA) memory pool at /;
const ANNOUNCED = /reserved mem: 0x([0-9a-f]+)\.\.0x([0-9a-f]+) \(\d+ KiB\) (map|nomap) (?:non-)?reusable (.+)$/;

/** The kernel's messages about reserved memory, read line by line. */
export class MessageReader {
  readonly #regions: (readonly [string, string, string, string, string])[] = [];
  readonly #failures: (readonly [string, string | null])[] = [];
  #unnamed: string[] = [];
  #created: "cma" | "dma-pool" | null = null;

  /** @param line - without its time */
  read(line: string): void {
    const before = BEFORE_NAME.find(([pattern]) => pattern.test(line));
    if (before !== undefined) {
      this.#unnamed.push(before[1]);
      return;
    }
    const created = CREATED.exec(line);
    if (created !== null) {
      this.#created = created[1] === "CMA" ? "cma" : "dma-pool";
      return;
    }
    const announced = ANNOUNCED.exec(line);
    if (announced !== null) {
      const base = Number(`0x${announced[1]}`);
      const size = Number(`0x${announced[2]}`) - base + 1;
      const [, , , map = "", name = ""] = announced;
      this.#regions.push([name, formatHex(base), formatHex(size), this.#created ?? "carveout", map]);
      this.#created = null;
      return;
    }
    const givenUp = GIVEN_UP.exec(line);
    if (givenUp !== null) {
      const name = givenUp[1] as string;
      this.#failures.push(...this.#unnamed.map((kind) => [kind, name] as const), ["init-failed", name]);
      this.#unnamed = [];
      return;
    }
    for (const [pattern, kind] of NAMED) {
      const name = pattern.exec(line)?.[1];
      if (name === undefined) continue;
      this.#failures.push([kind, kind === "cma-not-activated" && name === "reserved" ? null : name]);
      return;
    }
    const unnamed = UNNAMED.find(([pattern]) => pattern.test(line));
    if (unnamed === undefined) return;
    this.#endUnnamed();
    this.#failures.push([unnamed[1], null]);
  }

  /** What was read, when there are no more lines. */
  end(): Pick<Capture, "regions" | "failures"> {
    this.#endUnnamed();
    return { regions: this.#regions, failures: this.#failures };
  }

  /** What no node followed is about the default area. */
  #endUnnamed(): void {
    this.#failures.push(...this.#unnamed.map((kind) => [kind, null] as const));
    this.#unnamed = [];
  }
}
