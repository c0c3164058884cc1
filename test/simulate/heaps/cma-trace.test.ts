import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Backing } from "../../../src/simulate/heaps/heap.js";
import { areaOf, ask, pfnOf, stand } from "./stand.js";

/** A kernel's answers to requests, as `cma_alloc_finish` and `cma_release` tell them. */
function readTrace(file: URL): readonly { readonly call: string; readonly pfn: string; readonly count: number }[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => {
      const match = /: cma_(alloc_finish|release): name=linux,cma pfn=0x([0-9a-f]+) .*count=(\d+)/.exec(line);
      return match === null ? [] : [{ call: match[1]!, pfn: match[2]!, count: Number(match[3]) }];
    });
}

describe("a CMA area replays a recorded kernel", () => {
  // The machine is in cma-arm64.machine: 2 GiB at 0x40000000, 48 MiB of default area at 0x7c000000.
  const trace = readTrace(new URL("../../data/traces/cma-arm64.trace", import.meta.url));

  it("has 32 allocations to foretell, one of which fails", () => {
    expect(trace.filter(({ call }) => call === "alloc_finish")).toHaveLength(32);
    expect(trace.filter(({ pfn }) => pfn === "ffffffffffffffff")).toHaveLength(1);
  });

  it("gives every buffer the pages that Linux 6.12 gave it, and refuses the one that Linux refused", () => {
    const area = areaOf(stand({ ram: "0x40000000+2G", cma: "0x7c000000+48M" }), "cma:default");
    // Three atomic pools of 256 KiB that boot took.
    expect(area.stats()).toMatchObject({ live: 3, used: 192 * 4096 });
    const held = new Map<string, Backing>();
    for (const { call, pfn, count } of trace) {
      if (call === "release") {
        area.release(held.get(pfn)!);
        continue;
      }
      const answer = ask(area, count);
      if ("code" in answer) {
        expect(pfn).toBe("ffffffffffffffff");
        expect(answer).toMatchObject({ code: "no-hole", errno: "ENOMEM" });
      } else {
        expect((pfnOf(answer) as number).toString(16)).toBe(pfn);
        held.set(pfn, answer);
      }
    }
    area.audit();
  });
});
