import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadCommands } from "../../src/cli/commands/index.js";
import { Stopwatch } from "../../src/cli/stopwatch.js";
import { ROOT } from "../../tools/project.js";
import { EXAMPLE, runCaptured } from "./run-captured.js";

describe("the program", () => {
  it("states the version of the package", async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(await runCaptured(["--version"])).toEqual({ exit: 0, out: `${version}\n`, err: "" });
  });

  it("explains every command with examples that start with it", async () => {
    for (const { name, examples } of await loadCommands()) {
      const { exit, out } = await runCaptured([name, "--help"], { columns: 200 });
      expect(exit).toBe(0);
      expect(examples.length).toBeGreaterThan(0);
      for (const { line } of examples) {
        expect(line).toMatch(new RegExp(`^coalloc ${name}( |$)`));
        expect(out).toContain(line);
      }
    }
  });

  it("lists all commands when none is named, as wrong use", async () => {
    const run = await runCaptured([]);
    expect(run).toMatchObject({ exit: 2, out: "" });
    for (const { name, summary } of await loadCommands())
      expect(run.err).toMatch(new RegExp(`${name} .*${summary.split(" ")[0]}`));
  });

  it("ends with 70 and one line for a fault of its own, with the stack only for those who ask", async () => {
    const load = async (name?: string): ReturnType<typeof loadCommands> =>
      (await loadCommands(name)).map((spec) => ({
        ...spec,
        run: () => Promise.reject(new TypeError("nobody expected this")),
      }));
    const quiet = await runCaptured(["machine", EXAMPLE], {}, load);
    expect(quiet).toMatchObject({ exit: 70, out: "" });
    expect(quiet.err).toMatch(/^coalloc: a fault of coalloc itself.*nobody expected this.*COALLOC_DEBUG=1.*\n$/);
    const loud = await runCaptured(["machine", EXAMPLE], { debug: true }, load);
    expect(loud.exit).toBe(70);
    expect(loud.err).toMatch(/\n {4}at /);
    const broken = await runCaptured(["machine", EXAMPLE], {}, () => Promise.reject(new Error("no such module")));
    expect(broken).toMatchObject({ exit: 70, out: "" });
  });

  it("reads one command for a command line that names it, and all where it may be about any", async () => {
    expect((await loadCommands("place")).map(({ name }) => name)).toEqual(["place"]);
    const all = await loadCommands();
    expect(all.length).toBeGreaterThan(10);
    expect(await loadCommands("completion")).toHaveLength(all.length);
    expect(await loadCommands("constructor")).toHaveLength(all.length);
    for (const { name } of all.filter((spec) => spec.name !== "completion"))
      expect((await loadCommands(name)).map((spec) => spec.name)).toEqual([name]);
  });

  it("reads the folder form of a tree like the flattened one", async () => {
    const { mkdtempSync, mkdirSync, rmSync, writeFileSync } = await import("node:fs");
    const { tmpdir } = await import("node:os");
    const { readDeviceTree } = await import("../../src/devicetree/read.js");
    const folder = mkdtempSync(join(tmpdir(), "coalloc-folder-"));
    const tree = readDeviceTree(new Uint8Array(readFileSync(EXAMPLE)));
    for (const node of tree.nodes()) {
      mkdirSync(join(folder, node.path), { recursive: true });
      for (const name of node.propertyNames) writeFileSync(join(folder, node.path, name), node.get(name)!);
    }
    const argv = (machine: string): readonly string[] => ["devices", machine, "--all", "--json"];
    const fromFolder = await runCaptured(argv(folder));
    rmSync(folder, { recursive: true });
    expect(fromFolder).toEqual(await runCaptured(argv(EXAMPLE)));
  });

  it("applies overlays in the order given", async () => {
    const { mkdtempSync, rmSync, writeFileSync } = await import("node:fs");
    const { tmpdir } = await import("node:os");
    const { buildDeviceTree } = await import("../../src/devicetree/build.js");
    const { writeDeviceTree } = await import("../../src/devicetree/write.js");
    const folder = mkdtempSync(join(tmpdir(), "coalloc-overlay-"));
    const status = (name: string, value: string): string => {
      const overlay = buildDeviceTree({
        "fragment@0": { "target-path": "/soc/isp@fd400000", __overlay__: { status: value } },
      });
      writeFileSync(join(folder, name), writeDeviceTree(overlay));
      return join(folder, name);
    };
    const on = status("on.dtbo", "okay");
    const off = status("off.dtbo", "disabled");
    const enabled = async (...overlays: readonly string[]): Promise<boolean> => {
      const { out } = await runCaptured(["devices", EXAMPLE, "--json", ...overlays.flatMap((o) => ["--overlay", o])]);
      return out.includes("/soc/isp@fd400000");
    };
    expect(await enabled()).toBe(false);
    expect(await enabled(on)).toBe(true);
    expect(await enabled(on, off)).toBe(false);
    expect(await enabled(off, on)).toBe(true);
    rmSync(folder, { recursive: true });
  });
});

describe("the stopwatch", () => {
  it("names the parts, the first one from the start of the process", () => {
    let now = 40;
    const watch = new Stopwatch(() => now);
    watch.lap("start");
    now = 42.5;
    watch.lap("tree");
    expect(watch.summary()).toBe("timing: start 40.0 ms, tree 2.5 ms, total 42.5 ms");
  });
});
