import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readLiveSource } from "../../../src/linux/live/read-live-source.js";
import { readArchive } from "../../../src/machine/live/archive.js";
import { inflated } from "../../../src/machine/live/inflate.js";
import { ROOT } from "../../../tools/project.js";
import { BOARD, fakeRoot } from "./fake-root.js";

const SCRIPT = join(ROOT, "bin", "coalloc-collect.sh");
const folder = mkdtempSync(join(tmpdir(), "coalloc-collect-"));
const root = fakeRoot(BOARD);
afterAll(() => {
  for (const made of [folder, root]) rmSync(made, { recursive: true });
});

const hasBusybox = spawnSync("busybox", ["true"]).status === 0;
const hasRights =
  process.getuid?.() === 0 && spawnSync("mknod", [join(root, "dev/udmabuf"), "c", "10", "125"]).status === 0;

/** Everything as text, so that a difference can be read. */
const texts = (source: ReadonlyMap<string, Uint8Array>): Record<string, string> =>
  Object.fromEntries([...source].map(([path, bytes]) => [path, new TextDecoder("latin1").decode(bytes).trimEnd()]));

const collect = (shell: readonly string[], file: string, from = root): Uint8Array => {
  const at = join(folder, file);
  const [program, ...before] = shell as [string, ...string[]];
  execFileSync(program, [...before, SCRIPT, at], { env: { ...process.env, COALLOC_ROOT: from }, stdio: "pipe" });
  return new Uint8Array(readFileSync(at));
};

describe.runIf(process.platform === "linux")("the collector script", () => {
  it("packs what the reader of this machine reads", () => {
    expect(texts(readArchive(collect(["sh"], "a.tar")))).toEqual(texts(readLiveSource(root)));
  });

  it.runIf(hasBusybox)("does so with busybox alone, compressed", async () => {
    // Only what busybox itself has is found.
    const packed = collect(["busybox", "env", "PATH=/nowhere", "busybox", "sh"], "b.tar.gz");
    expect(texts(readArchive(await inflated("b.tar.gz", packed)))).toEqual(texts(readLiveSource(root)));
  });

  it("follows no circle of links, and no link that leads nowhere or out of sysfs", () => {
    const odd = fakeRoot({
      "proc/meminfo": "MemTotal: 1 kB\n",
      "sys/bus/platform/devices/a": { link: "sys/bus/platform/devices/b" },
      "sys/bus/platform/devices/b": { link: "sys/bus/platform/devices/a" },
      "sys/bus/platform/devices/gone": { link: "sys/devices/platform/gone" },
      "sys/bus/platform/devices/out": { link: "etc/secrets" },
      "etc/secrets/uevent": "SECRET\n",
      "sys/bus/platform/devices/c": { link: "sys/devices/platform/c" },
      "sys/devices/platform/c/driver": { link: "sys/devices/platform/c/subsystem" },
      "sys/devices/platform/c/subsystem": { link: "sys/devices/platform/c/driver" },
      "sys/devices/platform/c/iommu": { link: "sys/class/iommu/gone" },
      "sys/devices/platform/c/uevent": "DRIVER=c\n",
      "sys/devices/platform/c/of_node": { link: "sys/devices/platform" },
    });
    const read = texts(readLiveSource(odd));
    const packed = texts(readArchive(collect(["sh"], "odd.tar", odd)));
    rmSync(odd, { recursive: true });
    expect(packed).toEqual(read);
    expect(read).toEqual({
      "proc/meminfo": "MemTotal: 1 kB",
      "sys/devices/platform/c/of_node": "/sys/devices/platform",
      "sys/devices/platform/c/uevent": "DRIVER=c",
    });
  });

  it.runIf(hasRights)("notes mode, owner and group of nodes", () => {
    const node = texts(readArchive(collect(["sh"], "c.tar")))["dev/udmabuf"];
    expect(node).toMatch(/^crw-r--r-- \d+ \d+$/);
  });

  it("leaves nothing behind, and says how it is used", () => {
    const help = execFileSync("sh", [SCRIPT, "--help"], { encoding: "utf8" });
    expect(help).toContain("coalloc-collect.sh [FILE.tar.gz");
    const temporary = mkdtempSync(join(folder, "tmp-"));
    const env = { ...process.env, COALLOC_ROOT: root, TMPDIR: temporary };
    execFileSync("sh", [SCRIPT, join(folder, "d.tar")], { env, stdio: "pipe" });
    expect(execFileSync("ls", [temporary], { encoding: "utf8" })).toBe("");
  });

  it("ends with 4 where there is no Linux to look at", () => {
    const empty = fakeRoot({});
    const run = spawnSync("sh", [SCRIPT], { env: { ...process.env, COALLOC_ROOT: empty }, encoding: "utf8" });
    rmSync(empty, { recursive: true });
    expect([run.status, run.stderr]).toEqual([4, expect.stringContaining("/proc/meminfo")]);
  });

  it("has fewer than 200 lines", () => {
    expect(readFileSync(SCRIPT, "utf8").split("\n").length).toBeLessThan(200);
  });
});
