/** What commands print for people, pasted by one: the overlay is taken from the screen, compiled, and applied to the board. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { buildDeviceTree, cells, cells64 } from "../../src/devicetree/build.js";
import { writeDeviceTree } from "../../src/devicetree/write.js";
import { compileSource, hasCompiler } from "../remedies/compiler.js";
import { EXAMPLE, runCaptured } from "./run-captured.js";

const folder = mkdtempSync(join(tmpdir(), "coalloc-pasted-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The first overlay on the screen, compiled, as a file. */
function pasted(screen: string): string {
  const lines = screen.split("\n");
  const start = lines.findIndex((line) => line.trim() === "/dts-v1/;");
  const length = lines.slice(start).findIndex((line) => line !== "" && !line.startsWith("        "));
  const source = lines.slice(start, start + length).join("\n");
  const { bytes, warnings } = compileSource(source);
  expect(warnings).toEqual([]);
  return file("coalloc-fix.dtbo", bytes);
}

/** A board with a default area of 16 MiB that may lie anywhere, and memory for firmware with a length of one cell too few. */
function board(firmware: Uint8Array): Uint8Array {
  return writeDeviceTree(
    buildDeviceTree({
      "#address-cells": 2,
      "#size-cells": 2,
      model: "board",
      compatible: "vendor,board",
      "memory@40000000": { device_type: "memory", reg: cells64(0x4000_0000, 0x4000_0000) },
      "reserved-memory": {
        "#address-cells": 2,
        "#size-cells": 2,
        ranges: true,
        "firmware@50000000": { reg: firmware, "no-map": true },
        "linux,cma": {
          compatible: "shared-dma-pool",
          reusable: true,
          size: cells64(0x100_0000),
          "linux,cma-default": true,
        },
      },
    }),
  );
}

describe.skipIf(!hasCompiler)("the overlay that is printed", () => {
  it("by check ends its exit code", async () => {
    const tree = file("wrong.dtb", board(cells(0x5000_0000, 0x10_0000)));
    const wrong = await runCaptured(["check", tree]);
    expect(wrong.exit).toBe(1);
    expect(wrong.out).toContain("extlinux.conf");
    const right = await runCaptured(["check", tree, "--overlay", pasted(wrong.out)]);
    expect(right.exit).toBe(0);
  });

  it("by place places the buffer", async () => {
    const words = ["place", EXAMPLE, "-d", "display", "-d", "csi", "--size", "70M"];
    const refused = await runCaptured(words);
    expect(refused.exit).toBe(1);
    expect(refused.out).toContain("user_overlays=coalloc-fix");
    expect((await runCaptured([...words, "--overlay", pasted(refused.out)])).out).toMatch(/^PLACED/);
  });

  it("by explain makes the area large enough", async () => {
    const tree = file("right.dtb", board(cells64(0x5000_0000, 0x10_0000)));
    const line = "[    3.1] cma: cma_alloc: linux,cma: alloc failed, req-size: 8192 pages, ret: -12\n";
    const { out } = await runCaptured(["explain", file("log.txt", line), "-m", tree]);
    const after = await runCaptured(["check", tree, "--json", "--overlay", pasted(out)]);
    const { boot } = JSON.parse(after.out);
    expect(boot.defaultCma.size).toBeGreaterThanOrEqual(8192 * 4096);
  });
});
