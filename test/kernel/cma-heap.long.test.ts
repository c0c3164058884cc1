/**
 * A CMA heap of a real kernel against the simulated area: places, exhaustion, fragmentation, and the kernel's own counters in between. The kernel is built from source, since none of
 * Debian's has that heap.
 */
import { describe, expect, it } from "vitest";
import { sourcesOf } from "../../src/heaps/source.js";
import { cmaArea } from "../../src/simulate/heaps/cma.js";
import type { ContiguousArea } from "../../src/simulate/heaps/contiguous.js";
import { makeWorld } from "../../src/simulate/world.js";
import { builtKernel } from "../../tools/kernel/built-kernel.js";
import { board } from "../machine-builder.js";
import { describeGuest } from "./checks.js";
import { answerLines, replay } from "./cma-replay.js";
import { readCmaTrace } from "./cma-trace.js";
import type { AreaState } from "./guest/cma-heap.js";
import type { Operation } from "./guest/operation.js";

const PAGE = 4096;
const SEED = 4;
const COUNT = 2000;

const run = await describeGuest("Linux 6.12 with a CMA heap of 64 MiB", {
  kernel: builtKernel(),
  memory: "1G",
  cmdline: ["cma=64M"],
  program: "test/kernel/guest/cma-heap.ts",
  arguments: [String(SEED), String(COUNT)],
  seconds: 300,
});

describe.skipIf(run === null)("the simulated CMA area of that heap", () => {
  const text = (name: string): string => {
    const bytes = run?.files.get(name);
    if (bytes === undefined) throw new Error(`the guest left no ${name}`);
    return Buffer.from(bytes).toString("utf8");
  };
  /** Where the kernel has put it: x86 has no device tree to tell that from. */
  const areaOfGuest = (): ContiguousArea => {
    const base = Number(text("base-pfn")) * PAGE;
    const machine = board({ arch: "x86", ram: "0x100000+1023M", cma: `0x${base.toString(16)}+64M` });
    const source = sourcesOf(machine).find(({ id }) => id === "cma:default")!;
    return cmaArea(makeWorld(machine, { bytes: false }), source);
  };

  it(`does all operations of seed ${SEED} as the kernel did, page for page, failures included`, () => {
    const operations = JSON.parse(text("operations.json")) as Operation[];
    const told = readCmaTrace(text("trace"));
    const failures = told.filter(({ allocated }) => allocated === "none");
    console.log(`a CMA heap: ${operations.length} operations, ${failures.length} of them refused`);
    expect(answerLines(operations, replay(areaOfGuest(), operations))).toEqual(answerLines(operations, told));
    expect(told.length).toBeGreaterThan(COUNT);
    expect(failures.length).toBeGreaterThan(COUNT / 50);
  });

  it("counts used pages and the largest hole as the kernel does, in between", () => {
    const operations = JSON.parse(text("operations.json")) as Operation[];
    const told = JSON.parse(text("areas.json")) as AreaState[];
    const area = areaOfGuest();
    const asked = new Set(told.map(({ operation }) => operation));
    const counted: AreaState[] = [];
    replay(area, operations, (operation) => {
      const { used, largestHole } = area.stats();
      if (asked.has(operation)) counted.push({ operation, used: used / PAGE, largestHole: largestHole / PAGE });
    });
    expect(counted).toEqual(told.filter(({ operation }, at) => operation !== told[at - 1]?.operation));
    expect(told.filter(({ largestHole }) => largestHole === 0)).not.toEqual([]);
  });

  it("refuses what the heap refused, and nothing else", () => {
    const operations = JSON.parse(text("operations.json")) as Operation[];
    const refused = replay(areaOfGuest(), operations).map(({ allocated }) => allocated === "none");
    const errno = operations.map((operation) => (operation.call === "allocate" ? operation.errno : null));
    expect(refused.map((is) => (is ? "ENOMEM" : null))).toEqual(errno);
  });
});
