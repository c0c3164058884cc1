import { describe, expect, it } from "vitest";
import { drawFreeMap, fitCount, largestRun, parseFreeMap } from "../../../src/explain/kernel/cma-free-map.js";
import { explained, onlyFinding } from "../read-log.js";

/** The holes of https://github.com/raspberrypi/linux/issues/6706: 151-page buffers, each at a multiple of 256 pages, lose 105 behind them. */
const HOLES = "16@272+96@416+105@663+105@919+105@1175+105@1431+105@1687+105@1943=> 742 free of 4096 total pages";

describe("parseFreeMap", () => {
  it("reads holes, an empty list and a whole area", () => {
    expect(parseFreeMap("16@272+96@416=> 112 free of 4096 total pages")).toEqual({
      runs: [
        { base: 272, pages: 16 },
        { base: 416, pages: 96 },
      ],
      free: 112,
      total: 4096,
    });
    expect(parseFreeMap("=> 0 free of 4096 total pages")?.runs).toEqual([]);
    expect(parseFreeMap("524288@0=> 524288 free of 524288 total pages")?.free).toBe(524_288);
  });

  it("refuses holes that overlap, leave the area or do not add up", () => {
    expect(parseFreeMap("16@0+16@8=> 32 free of 64 total pages")).toBeNull();
    expect(parseFreeMap("16@56=> 16 free of 64 total pages")).toBeNull();
    expect(parseFreeMap("16@0=> 17 free of 64 total pages")).toBeNull();
    expect(parseFreeMap("16@=> 16 free of 64 total pages")).toBeNull();
  });
});

describe("a free map", () => {
  const map = { runs: [{ base: 10, pages: 300 }], free: 300, total: 1024 };

  it("has a largest run, and a shorter one from an aligned start", () => {
    expect(largestRun(map, 1)).toBe(300);
    expect(largestRun(map, 256)).toBe(54);
    expect(largestRun({ ...map, runs: [] }, 1)).toBe(0);
  });

  it("holds 16 buffers of 151 pages in 4096, not 27: each starts at a multiple of 256", () => {
    expect(fitCount({ runs: [{ base: 0, pages: 4096 }], free: 4096, total: 4096 }, 151)).toBe(16);
  });

  it("is drawn to scale, with the largest hole marked", () => {
    const lines = drawFreeMap({ runs: [{ base: 0, pages: 32 }], free: 32, total: 64 });
    expect(lines[0]).toBe(`|${".".repeat(32)}${"#".repeat(32)}|  # used, . free, + both`);
    expect(lines[1]).toBe(` ${"^".repeat(32)}`);
    expect(drawFreeMap({ runs: [], free: 0, total: 4096 })).toEqual([`|${"#".repeat(64)}|  # used, . free, + both`]);
    expect(drawFreeMap({ runs: [{ base: 4095, pages: 1 }], free: 1, total: 4096 })[0]).toContain(`${"#".repeat(63)}+|`);
  });
});

describe("cma-alloc-failed", () => {
  it("says of -12 with a map that the area is fragmented, and draws it", () => {
    const finding = onlyFinding(
      `[  1.0] cma: __cma_alloc: linux,cma: alloc failed, req-size: 151 pages, ret: -12\n[  1.0] cma: number of available pages: ${HOLES}\n`,
    );
    expect(finding).toMatchObject({ id: "cma-alloc-failed", severity: "error", certainty: "sure" });
    expect(finding.numbers).toMatchObject({
      pages: 151,
      bytes: 618_496,
      alignmentPages: 256,
      largestHolePages: 105,
      fits: 0,
    });
    expect(finding.cause).toContain("fragmented, its largest hole has 105");
    expect(finding.picture.length).toBe(3);
    expect(finding.remedies[0]?.commandLine).toBe("cma=20M");
  });

  it("tells a full area, a request beyond the area, and a hole that is not aligned", () => {
    const cause = (pages: number, map: string): string =>
      onlyFinding(
        `cma: cma_alloc: alloc failed, req-size: ${pages} pages, ret: -12\ncma: number of available pages: ${map}\n`,
      ).cause;
    expect(cause(151, "16@0=> 16 free of 4096 total pages")).toContain("the area is used up");
    expect(cause(8000, "4096@0=> 4096 free of 4096 total pages")).toContain("larger than the area");
    expect(cause(256, "300@10=> 300 free of 4096 total pages")).toContain("not from a multiple of 256 pages");
  });

  it("names the picture that has the size", () => {
    const finding = onlyFinding("cma: cma_alloc: alloc failed, req-size: 2025 pages, ret: -12");
    expect(finding.cause).toContain("1920x1080 XR24/AR24");
    expect(finding.next).toContain("coalloc place BOARD.dtb -d DEVICE --image 1920x1080:XR24");
  });

  it("keeps -16 apart: there was a hole, and its pages were busy", () => {
    const finding = onlyFinding(
      "cma: cma_alloc: linux,cma: alloc failed, req-size: 524288 pages, ret: -16\ncma: number of available pages: 524288@0=> 524288 free of 524288 total pages",
    );
    expect(finding.cause).toContain("could not be moved");
    expect(finding.fix).toContain("no-map");
    expect(finding.remedies).toEqual([]);
  });

  it("counts equal failures once, with the map behind the first", () => {
    const pair = `cma: cma_alloc: alloc failed, req-size: 151 pages, ret: -12\ncma: number of available pages: ${HOLES}\n`;
    const { findings, lines } = explained(pair.repeat(3));
    expect(findings).toHaveLength(1);
    expect(findings[0]?.where).toMatchObject({ line: 1, count: 3 });
    expect(lines).toMatchObject({ read: 6, recognised: 6 });
  });

  it("is a note where only the map is there", () => {
    expect(onlyFinding(`cma: number of available pages: ${HOLES}`)).toMatchObject({
      id: "cma-free-map",
      severity: "note",
    });
  });
});
