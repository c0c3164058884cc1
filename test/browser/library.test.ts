import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium } from "../../tools/chromium.js";
import { requiredParts } from "../../tools/project.js";
import { type OpenPage, openPage } from "./harness.js";
import { units } from "./page.js";

const executable = findChromium();
const skipped = executable === null && !requiredParts().has("chromium");
if (skipped) console.log("test/browser: skipped, no Chromium here (npm test says why)");

describe.skipIf(skipped)("the library in Chromium", () => {
  let page: OpenPage;
  const files = new Map([["three bytes", new Uint8Array([1, 2, 250])]]);

  beforeAll(async () => {
    if (executable === null) throw new Error("COALLOC_REQUIRE asks for chromium, and there is none");
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

  it("gets the bytes of a file", async () => {
    expect(await page.ask("bytesSeen", "three bytes")).toBe('{"length":3,"sum":253}');
  });

  it("hands on an error of the page", async () => {
    await expect(page.ask("noSuchFunction")).rejects.toThrow("is not a function");
  });
});
