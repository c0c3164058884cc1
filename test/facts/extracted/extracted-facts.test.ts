import { describe, expect, it } from "vitest";
import { checkFactDatabase } from "../../../src/facts/extracted/database-schema.js";
import { ExtractedFacts } from "../../../src/facts/extracted/extracted-facts.js";
import type { DeviceFact } from "../../../src/facts/fact.js";
import { loadFacts } from "../../../src/facts/load.js";
import { FactBase } from "../../../src/facts/lookup.js";
import { databaseModule, databaseText, storeFacts } from "../../../tools/facts/database/store.js";
import { fact } from "../../machine/board.js";

const HEAD = { kernel: "6.12.117", generator: 1 };

/** A fact as a program would have found it. */
function found(compatible: string, module: string, more: Partial<DeviceFact> = {}): DeviceFact {
  return fact(compatible, {
    driver: { module, file: `drivers/${module}.c`, line: compatible.length, kernel: HEAD.kernel },
    reviewed: false,
    ...more,
  });
}

const stored = (...facts: DeviceFact[]): ExtractedFacts => new ExtractedFacts(storeFacts(facts, HEAD));

describe("a fact database", () => {
  it("gives every field of a fact back", () => {
    const rich = found("x,rich", "rich", {
      role: "codec",
      appliesTo: { virtual: "rich", configuredFrom: "x,rich" },
      dmaMask: {
        kind: "set",
        candidates: ["0xffffffff", "0xffffffffff"],
        when: ["no IOMMU", "an IOMMU"],
        sources: [
          { file: "drivers/rich.c", line: 9 },
          { file: "drivers/core.c", line: 1 },
        ],
      },
      maxSegmentSize: {
        kind: "exact",
        value: 4096,
        setBy: "driver",
        sources: [{ file: "drivers/core.c", line: 2 }],
      },
      maxSegments: { kind: "exact", value: 32 },
      segmentBoundaryMask: { kind: "exact", value: "0xffff", sources: [{ file: "drivers/core.c", line: 3 }] },
      buffers: [
        {
          queue: "capture",
          kind: "contig",
          when: "iommu",
          gfp: "dma32",
          attrs: ["force-contiguous"],
          sources: [{ file: "drivers/rich.c", line: 4 }],
        },
      ],
      pictureQueue: "capture",
      import: { v4l2Dmabuf: true },
      export: { v4l2Mmap: true },
      memoryRegionUse: "buffers",
      memoryRegionWhen: "no-iommu",
      mmu: "device",
      slaveDma: true,
      confidence: "C",
      note: 'costs `nothing` but ${time}, "quoted" \\ and a\nline',
    });
    expect(stored(rich).of("x,rich")).toEqual([rich]);
  });

  it("gives the real facts that people read back, one by one", async () => {
    const all = (await loadFacts()).facts.filter(
      ({ match, layouts, configuredFrom, mmuOutputBits, url, videoNodes }) => {
        // A program does not find these.
        return (
          "compatible" in match &&
          [layouts, configuredFrom, mmuOutputBits, url, videoNodes].every((v) => v === undefined)
        );
      },
    );
    expect(all.length).toBeGreaterThan(100);
    const facts = all
      .filter(({ export: exports }) => exports?.cpuMapping === undefined)
      .map((one) => ({ ...one, reviewed: false, driver: { ...one.driver, kernel: HEAD.kernel } }));
    const database = stored(...facts);
    for (const one of facts) {
      expect(database.of("compatible" in one.match ? one.match.compatible : "")).toEqual([one]);
    }
  });

  it("holds drivers that differ in nothing but the name once", () => {
    const database = storeFacts([found("x,b", "one"), found("x,a", "one"), found("x,c", "two")], HEAD);
    expect(database.drivers.map(({ names }) => names)).toEqual([
      [
        ["x,a", 3],
        ["x,b", 3],
      ],
      [["x,c", 3]],
    ]);
  });

  it("keeps the order of rivals, whatever their files are called", () => {
    const facts = stored(found("x,s", "z"), found("x,s", "a"), found("x,t", "a"), found("x,t", "z"));
    expect(facts.of("x,s").map(({ driver }) => driver.module)).toEqual(["z", "a"]);
    expect(facts.of("x,t").map(({ driver }) => driver.module)).toEqual(["a", "z"]);
  });

  it("is the same text for the same facts, in whatever order they come", () => {
    const facts = ["x,a", "x,b", "y,c"].flatMap((name) => [found(name, "one"), found(`${name}2`, "two")]);
    const text = databaseText(storeFacts(facts, HEAD));
    expect(databaseText(storeFacts([...facts].reverse(), HEAD))).toBe(text);
    expect(checkFactDatabase(JSON.parse(text))).toEqual(storeFacts(facts, HEAD));
  });

  it("ships as a module whose text says the same, with every sign that means something in a template", async () => {
    const database = storeFacts([found("x,a", "one", { note: "`tick` ${hole} \\ back" })], HEAD);
    const code = `data:text/javascript,${encodeURIComponent(databaseModule(database).replace(": string", ""))}`;
    const { FACT_DATABASE } = (await import(/* @vite-ignore */ code)) as { FACT_DATABASE: string };
    expect(JSON.parse(FACT_DATABASE)).toEqual(database);
  });

  it("takes no fact that it cannot hold", () => {
    expect(() => storeFacts([fact("", { match: { platformDriver: "vivid" } })], HEAD)).toThrow("is no compatible");
    const wrong = found("x,a", "one", { dmaMask: { kind: "exact", value: "32 bits", sources: [] } });
    expect(() => storeFacts([wrong], HEAD)).toThrow("value");
  });
});

describe("FactBase with extracted facts", () => {
  const read = fact("x,read", { note: "read" });
  const base = new FactBase(
    [read],
    [],
    stored(found("x,read", "other"), found("x,found", "one"), found("x,read", read.driver.module)),
  );

  it("takes what a person read before what a program found, compatible by compatible", () => {
    expect(base.byCompatible(["x,read", "x,found"])).toBe(read);
    expect(base.byCompatible(["x,found", "x,read"])?.match).toEqual({ compatible: "x,found" });
    expect(base.byCompatible(["x,none"])).toBeNull();
  });

  it("lists a rival that only the program knows, and not what a person read better", () => {
    expect(base.byName("x,read").facts.map(({ driver, reviewed }) => [driver.module, reviewed])).toEqual([
      [read.driver.module, true],
      ["other", false],
    ]);
    expect(base.byName("x,foudn").close).toEqual(["x,found"]);
  });

  it("keeps them when a user states something", () => {
    const stated = base.withOverrides([{ match: { compatible: "x,found" }, fields: { dmaMask: "0x1" } }]);
    expect(stated.byCompatible(["x,found"])?.driver.module).toBe("one");
    expect(stated.overrideFor("/x", ["x,found"])).toEqual({ dmaMask: "0x1" });
  });
});
