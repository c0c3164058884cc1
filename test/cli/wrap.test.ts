import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { paintFor } from "../../src/cli/render/paint.js";
import { table } from "../../src/cli/render/table.js";
import { hanging, longestPiece, wrap } from "../../src/cli/render/wrap.js";
import { columnsFrom, wantsColour } from "../../src/cli/terminal.js";

const PLAIN = paintFor(false);

describe("wrap", () => {
  const cases = [
    { name: "breaks at spaces", text: "one two three", width: 8, lines: ["one two", "three"] },
    {
      name: "keeps a number with its unit",
      text: "it has 64 MiB left",
      width: 10,
      lines: ["it has", "64 MiB", "left"],
    },
    {
      name: "breaks a path behind a slash",
      text: "/soc/video-codec@fd",
      width: 16,
      lines: ["/soc/", "video-codec@fd"],
    },
    { name: "breaks a range behind its dash", text: "0x1000-0x1fff", width: 8, lines: ["0x1000-", "0x1fff"] },
    { name: "never breaks a number", text: "0x123456789abc", width: 6, lines: ["0x123456789abc"] },
    { name: "keeps line ends", text: "a\nb", width: 9, lines: ["a", "b"] },
    { name: "gives one empty line for nothing", text: "", width: 9, lines: [""] },
  ];
  for (const { name, text, width, lines } of cases) it(name, () => expect(wrap(text, width)).toEqual(lines));

  const words = fc.array(fc.stringMatching(/^[a-z0-9/,@-]{1,24}$/), { maxLength: 12 });

  it("loses no character but spaces", () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 60 }), (list, width) => {
        const text = list.join(" ");
        expect(wrap(text, width).join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
      }),
    );
  });

  it("keeps every line within the width or the longest piece", () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 60 }), (list, width) => {
        const text = list.join(" ");
        const bound = Math.max(width, longestPiece(text));
        for (const line of wrap(text, width)) expect(line.length).toBeLessThanOrEqual(bound);
      }),
    );
  });
});

describe("table", () => {
  it("aligns columns, numbers to the right", () => {
    const lines = table(
      [{ title: "heap" }, { title: "size", align: "right" }],
      [
        ["system", "12 GiB"],
        ["cma:default", "64 MiB"],
      ],
      60,
      PLAIN,
    );
    expect(lines).toEqual(["heap           size", "system       12 GiB", "cma:default  64 MiB"]);
  });

  it("wraps a column that may before it leaves one out", () => {
    const lines = table(
      [
        { title: "name", min: 8 },
        { title: "note", drop: 1 },
      ],
      [["alpha beta gamma", "x"]],
      16,
      PLAIN,
    );
    expect(lines).toEqual(["name        note", "alpha beta  x", "gamma"]);
  });

  it("leaves out the column that matters least and says so", () => {
    const lines = table(
      [{ title: "name" }, { title: "first", drop: 1 }, { title: "second", drop: 2 }],
      [["abcdefgh", "1", "2"]],
      18,
      PLAIN,
    );
    expect(lines).toEqual(["name      first", "abcdefgh  1", "not shown at this width: second"]);
  });

  it("leaves out an empty column without a word", () => {
    const lines = table([{ title: "name" }, { title: "note", drop: 1 }], [["a", ""]], 60, PLAIN);
    expect(lines).toEqual(["name", "a"]);
  });

  it("prints headings across all columns", () => {
    const lines = table([{ title: "" }, { title: "" }], [{ heading: ["/soc/vop"] }, ["reach", "all"]], 60, PLAIN, 2);
    expect(lines).toEqual(["/soc/vop", "  reach  all"]);
  });
});

describe("hanging", () => {
  it("puts later lines behind the indent", () => {
    expect(hanging("  - ", "one two three four five six seven", 24)).toEqual([
      "  - one two three four",
      "    five six seven",
    ]);
  });

  it("gives a label that is wider than the indent its part of the first line", () => {
    expect(hanging("  remedy: ", "one two three four five six seven", 24, 4)).toEqual([
      "  remedy: one two three",
      "    four five six seven",
    ]);
  });
});

describe("the terminal", () => {
  it("takes COLUMNS, else its own width, else 80, from 60 to 200", () => {
    expect(columnsFrom("100", 70)).toBe(100);
    expect(columnsFrom(undefined, 70)).toBe(70);
    expect(columnsFrom(undefined, undefined)).toBe(80);
    expect(columnsFrom("20", undefined)).toBe(60);
    expect(columnsFrom("5000", undefined)).toBe(200);
    expect(columnsFrom("wide", undefined)).toBe(80);
    expect(columnsFrom("0", undefined)).toBe(80);
  });

  it("uses colour on a terminal, never with NO_COLOR, anywhere with FORCE_COLOR", () => {
    expect(wantsColour({}, true)).toBe(true);
    expect(wantsColour({}, false)).toBe(false);
    expect(wantsColour({ TERM: "dumb" }, true)).toBe(false);
    expect(wantsColour({ NO_COLOR: "1" }, true)).toBe(false);
    expect(wantsColour({ NO_COLOR: "" }, true)).toBe(true);
    expect(wantsColour({ FORCE_COLOR: "1" }, false)).toBe(true);
    expect(wantsColour({ FORCE_COLOR: "0" }, true)).toBe(false);
    expect(wantsColour({ NO_COLOR: "1", FORCE_COLOR: "1" }, true)).toBe(false);
  });
});
