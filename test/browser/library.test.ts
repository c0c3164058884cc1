import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { boardFolder } from "../../tools/boards/provide.js";
import { findChromium } from "../../tools/chromium.js";
import { ROOT, requiredParts } from "../../tools/project.js";
import { type OpenPage, openPage } from "./harness.js";
import { checked, exampleBoard, pictureMoves, rock5b, units } from "./page.js";

const EXAMPLE = new Uint8Array(readFileSync(join(ROOT, "examples", "example-board.dtb")));
const rock5bFile = join(boardFolder("arm64"), "rockchip", "rk3588-rock-5b.dtb");
const noBoards = !existsSync(rock5bFile) && !requiredParts().has("boards");

const executable = findChromium();
const skipped = executable === null && !requiredParts().has("chromium");
if (skipped) console.log("test/browser: skipped, no Chromium here (npm test says why)");

describe.skipIf(skipped)("the library in Chromium", () => {
  let page: OpenPage;
  const files = new Map([
    ["three bytes", new Uint8Array([1, 2, 250])],
    ["example-board.dtb", EXAMPLE],
  ]);

  beforeAll(async () => {
    if (executable === null) throw new Error("COALLOC_REQUIRE asks for chromium, and there is none");
    if (!noBoards) files.set("rk3588-rock-5b.dtb", new Uint8Array(readFileSync(rock5bFile)));
    page = await openPage(executable, "test/browser/page.ts", files);
  });
  afterAll(() => page?.close());

  it("computes with ranges above 4 GiB as Node does", async () => {
    const text = await page.ask("units");
    expect(text).toBe(JSON.stringify(units()));
    expect(JSON.parse(text)).toEqual({
      free: [
        ["0x200000", "3.75 GiB"],
        ["0x100000000", "4 GiB"],
        ["0x204000000", "7.94 GiB"],
      ],
      largest: "7.94 GiB",
      aligned: "0x200001000",
    });
  });

  it("places a buffer on the example board as Node does", async () => {
    const text = await page.ask("exampleBoard", "example-board.dtb");
    expect(text).toBe(JSON.stringify(await exampleBoard(EXAMPLE)));
    expect(JSON.parse(text)).toMatchObject({ schema: "coalloc/place/1", placement: { heap: "cma:default" } });
  });

  it("moves a picture from engine to engine on the example board as Node does", async () => {
    const text = await page.ask("pictureMoves", "example-board.dtb");
    expect(text).toBe(JSON.stringify(await pictureMoves(EXAMPLE)));
    expect(JSON.parse(text)).toMatchObject({ shown: true, seenByCpu: true, findings: 0 });
  });

  it.skipIf(noBoards)("places a buffer on a ROCK 5B as Node does", async () => {
    const text = await page.ask("rock5b", "rk3588-rock-5b.dtb");
    expect(text).toBe(JSON.stringify(await rock5b(new Uint8Array(readFileSync(rock5bFile)))));
    expect(JSON.parse(text)).toMatchObject({ schema: "coalloc/place/1", placement: { heap: "dma32-pages" } });
  });

  it("checks the example board and explains a line of its log as Node does", async () => {
    const text = await page.ask("checked", "example-board.dtb");
    expect(text).toBe(JSON.stringify(await checked(EXAMPLE)));
    expect(JSON.parse(text)).toMatchObject({
      check: { schema: "coalloc/check/1", boot: { defaultCma: { name: "reserved" } } },
      explain: { schema: "coalloc/explain/1", findings: [{ id: "cma-alloc-failed" }] },
    });
  });

  it("gets the bytes of a file", async () => {
    expect(await page.ask("bytesSeen", "three bytes")).toBe('{"length":3,"sum":253}');
  });

  it("hands on an error of the page", async () => {
    await expect(page.ask("noSuchFunction")).rejects.toThrow("is not a function");
  });
});
