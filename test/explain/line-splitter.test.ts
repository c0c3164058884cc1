import { describe, expect, it } from "vitest";
import { LineSplitter, LONGEST_LINE } from "../../src/explain/line-splitter.js";

function split(pieces: readonly (string | Uint8Array)[]) {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const piece of pieces) splitter.push(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
  return { lines, summary: splitter.end() };
}

describe("LineSplitter", () => {
  it("splits at LF and CR LF, wherever pieces are cut", () => {
    expect(split(["a\r", "\nb", "c\n", "\nd"]).lines).toEqual(["a", "bc", "", "d"]);
  });

  it("has no line behind a last line end", () => {
    expect(split(["a\n"]).lines).toEqual(["a"]);
    expect(split([]).lines).toEqual([]);
  });

  it("reads a letter that two pieces share", () => {
    const bytes = new TextEncoder().encode("é\n");
    expect(split([bytes.subarray(0, 1), bytes.subarray(1)]).lines).toEqual(["é"]);
  });

  it("reads UTF-16 with a byte order mark, in either order", () => {
    expect(split([new Uint8Array([0xff, 0xfe, 0x61, 0, 0x0a, 0, 0x62, 0])]).lines).toEqual(["a", "b"]);
    expect(split([new Uint8Array([0xfe]), new Uint8Array([0xff, 0, 0x61, 0, 0x0a])]).lines).toEqual(["a"]);
  });

  it("takes junk that looks like a byte order mark for junk", () => {
    const { lines } = split([new Uint8Array([0xff, 0xfe]), "\ncma: cma_alloc: reserved: alloc failed\n".repeat(3)]);
    expect(lines).toContain("cma: cma_alloc: reserved: alloc failed");
  });

  it("keeps the beginning of a line without end, and goes on behind it", () => {
    const { lines, summary } = split([...new Array(40).fill("x".repeat(10_000)), "\nafter\n"]);
    expect(lines.map((line) => line.length)).toEqual([LONGEST_LINE, 5]);
    expect(summary).toMatchObject({ lines: 2, cut: 1 });
  });

  it("counts what occurs in no text", () => {
    expect(split([new Uint8Array([0, 0, 0xff, 0x61])]).summary).toMatchObject({ characters: 4, strange: 3 });
  });
});
