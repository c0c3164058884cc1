/**
 * What people see, byte for byte, at three widths. After a wanted change: `npm run goldens`, then read the difference.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { ROOT } from "../../tools/project.js";
import { runningBoard } from "../machine/live/running-board.js";
import { runningPc } from "../machine/live/running-pc.js";
import { collected } from "../machine/live/tar.js";
import { EXAMPLE, runCaptured } from "./run-captured.js";

const SCENARIOS = join(ROOT, "examples", "scenarios");

const folder = mkdtempSync(join(tmpdir(), "coalloc-golden-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A tarball as the collector packs it. */
function tarball(name: string, source: ReadonlyMap<string, Uint8Array>): string {
  const file = join(folder, name);
  writeFileSync(file, gzipSync(collected(source)));
  return file;
}

const BOARD = tarball("board.tar.gz", runningBoard());
const PC = tarball("pc.tar.gz", runningPc());
/** A kernel with nothing that makes a buffer. */
const BARE = tarball(
  "bare.tar.gz",
  runningPc({
    config:
      "# CONFIG_DMABUF_HEAPS is not set\n# CONFIG_UDMABUF is not set\n# CONFIG_CMA is not set\nCONFIG_VFIO_PCI=m\n",
    "dev/dma_heap/system": null,
    "dev/udmabuf": null,
    "dev/dri/card0": null,
    "dev/dri/renderD128": null,
    "dev/video0": null,
    "dev/video1": null,
  }),
);

/** The example board, by the name that people read in commands to go on with. */
const BOARD_NAME = "examples/example-board.dtb";

/** A log, by the name that people read in what is printed of it. */
function log(name: string): string {
  return `test/cli/logs/${name}.txt`;
}

const SCENES: readonly { readonly name: string; readonly argv: readonly string[]; readonly exit: number }[] = [
  { name: "machine", argv: ["machine", EXAMPLE], exit: 0 },
  { name: "devices-all", argv: ["devices", EXAMPLE, "--all"], exit: 0 },
  { name: "heaps", argv: ["heaps", EXAMPLE], exit: 0 },
  { name: "heaps-without-dma-heaps", argv: ["heaps", EXAMPLE, "--kernel-profile", "debian-arm64-6.12"], exit: 0 },
  { name: "reach", argv: ["reach", EXAMPLE], exit: 0 },
  {
    name: "place-picture",
    argv: ["place", EXAMPLE, "-d", "display@fd000000", "-d", "rga@fd100000", "--image", "1920x1080:NV12"],
    exit: 0,
  },
  {
    name: "place-disabled-camera",
    argv: ["place", EXAMPLE, "-d", "isp", "-d", "gpu", "--size", "8M", "--count", "4", "--cpu", "often"],
    exit: 0,
  },
  { name: "place-refused", argv: ["place", EXAMPLE, "-d", "display", "-d", "csi", "--size", "70M"], exit: 1 },
  {
    name: "place-without-dma-heaps",
    argv: ["place", EXAMPLE, "-d", "gpu", "--size", "4M", "--kernel-profile", "debian-arm64-6.12"],
    exit: 0,
  },
  { name: "running-board-machine", argv: ["machine", BOARD], exit: 0 },
  { name: "running-board-devices", argv: ["devices", BOARD], exit: 0 },
  {
    name: "running-board-place",
    argv: ["place", BOARD, "-d", "/dev/video0", "-d", "/dev/dri/card0", "--size", "8M"],
    exit: 0,
  },
  { name: "running-pc-machine", argv: ["machine", PC], exit: 0 },
  { name: "running-pc-devices", argv: ["devices", PC], exit: 0 },
  { name: "doctor-board", argv: ["doctor", BOARD], exit: 0 },
  { name: "doctor-pc", argv: ["doctor", PC], exit: 0 },
  { name: "doctor-bare", argv: ["doctor", BARE], exit: 1 },
  { name: "help-doctor", argv: ["help", "doctor"], exit: 0 },
  { name: "facts", argv: ["facts", "rockchip,display-subsystem"], exit: 0 },
  { name: "run-late-scaler", argv: ["run", EXAMPLE, join(SCENARIOS, "late-scaler.yaml")], exit: 1 },
  { name: "run-bounce-leak", argv: ["run", EXAMPLE, join(SCENARIOS, "bounce-pool-leak.yaml")], exit: 1 },
  { name: "explain-cma-used-up", argv: ["explain", log("cma-used-up"), "-m", BOARD_NAME], exit: 0 },
  { name: "explain-smmu-fault", argv: ["explain", log("smmu-fault")], exit: 0 },
  { name: "explain-bounce-pool-full", argv: ["explain", log("bounce-pool-full"), "-m", BOARD_NAME], exit: 0 },
  {
    name: "explain-no-room-at-boot",
    argv: ["explain", log("no-room-at-boot"), "-m", BOARD_NAME, "--cmdline", "console=ttyS0 cma=2G"],
    exit: 0,
  },
  { name: "explain-programs", argv: ["explain", log("programs")], exit: 0 },
  { name: "explain-nothing", argv: ["explain", log("nothing")], exit: 1 },
  { name: "help-run", argv: ["help", "run"], exit: 0 },
  { name: "help", argv: ["--help"], exit: 0 },
  { name: "help-place", argv: ["help", "place"], exit: 0 },
];

describe("what the commands print", () => {
  for (const columns of [60, 80, 120]) {
    for (const { name, argv, exit } of SCENES) {
      it(`${name} at ${columns} columns`, async () => {
        const run = await runCaptured(argv, { columns });
        expect(run).toMatchObject({ exit, err: "" });
        await expect(run.out).toMatchFileSnapshot(`golden/${name}-${columns}.txt`);
      });
    }
  }
});

describe("the width", () => {
  /** Device tree source is pasted, and a path or a number is never cut. */
  const mayBeLonger = (line: string, columns: number): boolean =>
    /^ {8}/.test(line) ||
    line
      .trim()
      .split(/[ ]/)
      .some((word) => word.length > columns - 26);

  for (const columns of [60, 77, 80, 101, 120, 200]) {
    it(`no line is longer than ${columns} columns`, async () => {
      for (const { argv } of SCENES) {
        const { out } = await runCaptured(argv, { columns });
        const long = out.split("\n").filter((line) => line.length > columns && !mayBeLonger(line, columns));
        expect({ argv, long }).toEqual({ argv, long: [] });
      }
    });
  }

  it("does not change what JSON holds", async () => {
    const narrow = await runCaptured(["devices", EXAMPLE, "--json"], { columns: 60 });
    const wide = await runCaptured(["devices", EXAMPLE, "--json"], { columns: 200, colour: true });
    expect(wide.out).toBe(narrow.out);
  });
});

describe("colour", () => {
  it("is there when asked for, and taking it away leaves the plain text", async () => {
    const argv = ["place", EXAMPLE, "-d", "display", "-d", "rga", "--image", "1920x1080:NV12"];
    const plain = await runCaptured(argv);
    const coloured = await runCaptured(argv, { colour: true });
    expect(plain.out).not.toContain("\u001b[");
    expect(coloured.out).toContain("\u001b[");
    expect(stripVTControlCharacters(coloured.out)).toBe(plain.out);
  });
});
