import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildDeviceTree, cells, cells64 } from "../../src/devicetree/build.js";
import { writeDeviceTree } from "../../src/devicetree/write.js";
import { runningBoard } from "../machine/live/running-board.js";
import { collected, tarOf } from "../machine/live/tar.js";
import { EXAMPLE, runCaptured } from "./run-captured.js";

let folder = "";
const at = (name: string): string => join(folder, name);
const PLACE = ["place", EXAMPLE, "-d", "display"];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coalloc-bad-input-"));
  writeFileSync(
    at("run.yaml"),
    "schema: coalloc/scenario/1\nbuffers: {a: {size: 1M, participants: [dislay]}}\nphases: [{do: [{allocate: a}]}]\n",
  );
  writeFileSync(at("broken.yaml"), "a: [1, 2\n");
  writeFileSync(at("empty.dtb"), "");
  writeFileSync(at("picture.dtb"), Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"));
  writeFileSync(at("source.dtb"), "/dts-v1/;\n/ { };\n");
  writeFileSync(at("broken.json"), '{"schema": "coalloc/machine/1"');
  writeFileSync(at("other.json"), '{"schema": "coalloc/devices/1"}');
  writeFileSync(at("bare.json"), "{}");
  writeFileSync(at("board.dtb.gz"), gzipSync(readFileSync(EXAMPLE)));
  writeFileSync(at("text.json"), "no machine\n");
  writeFileSync(at("board.tar"), Buffer.concat([Buffer.alloc(257), Buffer.from("ustar\0"), Buffer.alloc(249)]));
  const collection = collected(runningBoard());
  writeFileSync(at("cut.tar"), collection.subarray(0, 20_000));
  writeFileSync(at("cut.tar.gz"), gzipSync(collection).subarray(0, 1000));
  writeFileSync(at("bomb.tar.gz"), gzipSync(Buffer.alloc(2 ** 26 + 1)));
  writeFileSync(at("upwards.tar"), tarOf([{ path: "proc/meminfo" }, { path: "proc/../../etc/passwd" }]));
  writeFileSync(at("photos.tar"), tarOf([{ path: "holiday.jpg" }]));
  writeFileSync(at("bare.tar"), tarOf([{ path: "proc/meminfo", content: "MemFree: 1 kB\n" }]));
  writeFileSync(at("config.tar"), collected(runningBoard({ config: null, "config.gz": "no gzip" })));
  writeFileSync(at("notes.config"), "buy milk\n");
  writeFileSync(
    at("facts.json"),
    '{"schema": "coalloc/facts-override/1", "facts": [{"match": {"node": "/a"}, "dmaMask": 32}]}',
  );
  mkdirSync(at("folder"));
  writeFileSync(join(at("folder"), "readme.txt"), "hello\n");
  const memoryless = buildDeviceTree({ "#address-cells": 2, "#size-cells": 2, compatible: "a,b" });
  writeFileSync(at("memoryless.dtb"), writeDeviceTree(memoryless));
  const unsized = buildDeviceTree({
    "#address-cells": 2,
    "#size-cells": 2,
    compatible: "a,b",
    "memory@80000000": { device_type: "memory", reg: cells64(0x80000000, 0) },
  });
  writeFileSync(at("unsized.dtb"), writeDeviceTree(unsized));
  const overlay = buildDeviceTree({
    "fragment@0": { target: cells(0xffffffff), __overlay__: { status: "okay" } },
    __fixups__: { npu: "/fragment@0:target:0" },
  });
  writeFileSync(at("npu.dtbo"), writeDeviceTree(overlay));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** A command line, the exit code, and words of the one sentence that explains it. */
type Case = readonly [name: string, argv: () => readonly string[], exit: number, ...words: string[]];

const WRONG_USE: readonly Case[] = [
  ["a run without a scenario", () => ["run", EXAMPLE], 2, "SCENARIO"],
  ["a seed that is none", () => ["run", EXAMPLE, at("run.yaml"), "--seed", "0"], 2, "--seed 0"],
  ["an end that is no duration", () => ["run", EXAMPLE, at("run.yaml"), "--until", "10"], 2, "--until 10", "500ms"],
  [
    "a scenario with a device of another board",
    () => ["run", EXAMPLE, at("run.yaml")],
    2,
    "line 2, column 40",
    "dislay",
    "display",
  ],
  ["a scenario that is no YAML", () => ["run", EXAMPLE, at("broken.yaml")], 3, "broken.yaml", "line 2"],
  ["a scenario that is not there", () => ["run", EXAMPLE, at("nothing.yaml")], 3, "nothing.yaml"],
  ["no command", () => [], 2, "Usage:", "place"],
  ["an unknown command", () => ["devises"], 2, '"devises"', "devices"],
  ["help for an unknown command", () => ["help", "plaec"], 2, '"plaec"', "did you mean place"],
  ["an unknown option", () => [...PLACE, "--memry", "4G"], 2, "--memry", "did you mean --memory"],
  ["an option of another command", () => ["machine", EXAMPLE, "--count", "2"], 2, "--count"],
  [
    "an option by the end of its name",
    () => ["machine", EXAMPLE, "--profile", "x"],
    2,
    "did you mean --kernel-profile?",
  ],
  ["an option without its value", () => ["machine", EXAMPLE, "--memory"], 2, "--memory", "needs a value"],
  ["no MACHINE", () => ["machine"], 2, "MACHINE"],
  ["two MACHINEs", () => ["machine", EXAMPLE, EXAMPLE], 2, "MACHINE"],
  [
    "an unknown profile",
    () => ["machine", EXAMPLE, "--kernel-profile", "embeded-6.12"],
    2,
    "did you mean embedded-6.12",
  ],
  ["an unknown page size", () => ["machine", EXAMPLE, "--page-size", "8K"], 2, "8K", "4K, 16K or 64K"],
  ["a count beyond exact numbers", () => [...PLACE, "--size", "1M", "--count", "99999999999999999999"], 2, "2^53 - 1"],
  ["negative memory", () => ["machine", EXAMPLE, "--memory", "-4G"], 2, "-4G", "negative"],
  ["memory beyond exact numbers", () => ["machine", EXAMPLE, "--memory", "0xfffffffffffff000+4G"], 2, "largest exact"],
  ["memory of size 0", () => ["machine", EXAMPLE, "--memory", "0x1000+0"], 2, "size 0"],
  ["memory that is no number", () => ["machine", EXAMPLE, "--memory", "lots"], 2, '"lots"', "0x80000000+2G"],
  ["overlapping banks", () => ["machine", EXAMPLE, "--memory", "0+2G,1G+2G"], 2, "overlap"],
  ["no device", () => ["place", EXAMPLE, "--size", "1M"], 2, "-d"],
  ["an unknown device", () => ["place", EXAMPLE, "-d", "dsplay", "--size", "1M"], 2, '"dsplay"', "display"],
  [
    "an ambiguous device",
    () => ["place", EXAMPLE, "-d", "video-codec", "--size", "1M"],
    2,
    "3 devices",
    "/soc/video-codec@fd300000",
  ],
  ["a device without a name", () => ["place", EXAMPLE, "-d", "", "--size", "1M"], 2, "-d names no device"],
  ["an unknown queue", () => ["place", EXAMPLE, "-d", "rga#input", "--size", "1M"], 2, '"input"', "output, capture"],
  ["neither size nor image", () => PLACE, 2, "--size", "--image"],
  ["both size and image", () => [...PLACE, "--size", "1M", "--image", "8x8:NV12"], 2, "--size", "--image"],
  ["size 0", () => [...PLACE, "--size", "0"], 2, "--size 0", "1 byte"],
  ["a negative size", () => [...PLACE, "--size", "-1"], 2, "-1", "negative"],
  ["a size that is no number", () => [...PLACE, "--size", "big"], 2, "big", "12M"],
  ["a size beyond exact numbers", () => [...PLACE, "--size", "9007199254740992"], 2, "2^53 - 1"],
  ["count 0", () => [...PLACE, "--size", "1M", "--count", "0"], 2, "--count 0"],
  ["a negative count", () => [...PLACE, "--size", "1M", "--count", "-3"], 2, "--count -3"],
  ["a count that is no number", () => [...PLACE, "--size", "1M", "--count", "many"], 2, "many"],
  ["an unknown use by the CPU", () => [...PLACE, "--size", "1M", "--cpu", "daily"], 2, "none, rare, often"],
  ["an image that is none", () => [...PLACE, "--image", "1920:1080"], 2, "WIDTHxHEIGHT"],
  ["an image without pixels", () => [...PLACE, "--image", "0x1080:NV12"], 2, "sides from 1 to 65536"],
  ["an unknown format", () => [...PLACE, "--image", "8x8:NV99"], 2, "NV99", "did you mean"],
  ["a format by another program's name", () => [...PLACE, "--image", "8x8:rgb565"], 2, "rgb565", "write RG16 for it"],
  ["an unknown modifier", () => [...PLACE, "--image", "8x8:NV12:TILES"], 2, "TILES"],
  ["an unknown shell", () => ["completion", "csh"], 2, "bash, zsh, fish"],
];

const BAD_INPUT: readonly Case[] = [
  ["a missing file", () => ["machine", at("nowhere.dtb")], 3, "nowhere.dtb", "no such file"],
  ["a DTB of zero bytes", () => ["machine", at("empty.dtb")], 3, "empty.dtb"],
  ["a PNG as DTB", () => ["machine", at("picture.dtb")], 3, "PNG picture"],
  ["source text as DTB", () => ["machine", at("source.dtb")], 3, "dtc"],
  ["a folder that is no tree", () => ["machine", at("folder")], 3, "#address-cells", "/proc/device-tree"],
  ["a tarball with a broken header", () => ["machine", at("board.tar")], 3, "check sum", "byte 0"],
  ["a tarball that was cut off", () => ["devices", at("cut.tar")], 3, "cut.tar", "it was cut off"],
  ["a compressed tarball that was cut off", () => ["heaps", at("cut.tar.gz")], 3, "cut.tar.gz", "no whole gzip file"],
  ["a tarball that swells to more than any board is", () => ["doctor", at("bomb.tar.gz")], 3, "more than 64 MiB"],
  ["a tarball with a path that leads out of it", () => ["machine", at("upwards.tar")], 3, "proc/../../etc/passwd"],
  ["a tarball of something else", () => ["doctor", at("photos.tar")], 3, "coalloc-collect.sh", "proc/meminfo"],
  ["a tarball that says nothing of memory", () => ["reach", at("bare.tar")], 3, "how much memory"],
  ["a tarball whose configuration is no gzip file", () => ["machine", at("config.tar")], 3, "config.gz"],
  ["a tree without memory node", () => ["machine", at("memoryless.dtb")], 3, "--memory BASE+SIZE", "/proc/iomem"],
  ["a size for a tree without memory node", () => ["machine", at("memoryless.dtb"), "--memory", "4G"], 3, "BASE+SIZE"],
  ["a tree whose memory has no size", () => ["machine", at("unsized.dtb")], 3, "--memory"],
  ["memory where registers are", () => ["machine", EXAMPLE, "--memory", "0xfd000000+64K"], 3, "/soc/display@fd000000"],
  ["memory below one page", () => ["machine", EXAMPLE, "--memory", "0x40000000+1K"], 3, "no whole page of 4 KiB"],
  ["a machine that is no JSON", () => ["machine", at("broken.json")], 3, "no JSON"],
  ["a machine of text", () => ["machine", at("text.json")], 3, "no JSON"],
  ["another document as machine", () => ["machine", at("other.json")], 3, '"coalloc/devices/1"', "coalloc/machine/1"],
  ["JSON without a schema as machine", () => ["machine", at("bare.json")], 3, "it states no schema"],
  [
    "another document as facts file",
    () => ["machine", EXAMPLE, "--facts", at("other.json")],
    3,
    '"coalloc/devices/1"',
    "coalloc/facts-override/1",
  ],
  ["a compressed tree", () => ["machine", at("board.dtb.gz")], 3, "compressed; unpack it"],
  ["an overlay that does not apply", () => ["machine", EXAMPLE, "--overlay", at("npu.dtbo")], 3, "npu.dtbo", "npu"],
  ["an overlay that is no tree", () => ["machine", EXAMPLE, "--overlay", at("picture.dtb")], 3, "PNG"],
  ["a missing configuration", () => ["machine", EXAMPLE, "--kernel-config", at("no.config")], 3, "no.config"],
  ["a configuration that is none", () => ["machine", EXAMPLE, "--kernel-config", at("notes.config")], 3, "CONFIG_"],
  ["a facts file with a wrong field", () => ["machine", EXAMPLE, "--facts", at("facts.json")], 3, "facts[0].dmaMask"],
  ["a survey of nothing", () => ["survey", at("folder")], 3, "*.dtb"],
  ["a survey of a missing folder", () => ["survey", at("nowhere")], 3, "nowhere"],
];

describe("a command that cannot be run", () => {
  for (const [name, argv, exit, ...words] of [...WRONG_USE, ...BAD_INPUT]) {
    it(`ends with ${exit} and one sentence for ${name}`, async () => {
      const run = await runCaptured(argv());
      expect(run.exit).toBe(exit);
      expect(run.out).toBe("");
      for (const word of words) expect(run.err).toContain(word);
      expect(run.err).not.toMatch(/\n\s+at /);
      if (name !== "no command") expect(run.err).toMatch(/^coalloc: [^\n]+\n$/);
    });
  }

  it.runIf(process.platform === "linux")("shows the machine it runs on", async () => {
    expect(await runCaptured(["machine", "live"])).toMatchObject({ exit: 0, err: "" });
  });
});

describe("the order of checks", () => {
  const cases: readonly Case[] = [
    [
      "options before the tree",
      () => ["place", at("empty.dtb"), "-d", "x", "--size", "1M", "--memory", "-1"],
      2,
      "negative",
    ],
    ["the tree before memory", () => ["place", at("empty.dtb"), "-d", "x", "--size", "0"], 3, "empty.dtb"],
    ["memory before devices", () => ["place", at("unsized.dtb"), "-d", "x", "--size", "0"], 3, "--memory"],
    ["devices before the request", () => ["place", EXAMPLE, "-d", "dsplay", "--size", "0"], 2, "dsplay"],
    ["the request last", () => ["place", EXAMPLE, "-d", "display", "--size", "0"], 2, "--size 0"],
  ];
  for (const [name, argv, exit, word] of cases) {
    it(name, async () => {
      const run = await runCaptured(argv());
      expect(run.exit).toBe(exit);
      expect(run.err).toContain(word);
    });
  }
});

describe("requests that are understood and answered with no", () => {
  it("ends with 1 and a conflict for a size above all memory", async () => {
    const run = await runCaptured([...PLACE, "--size", "64G", "--json"]);
    expect(run.exit).toBe(1);
    const { placement, conflict } = JSON.parse(run.out);
    expect(placement).toBeNull();
    expect(conflict.fields).toContain("size");
  });

  it("ends with 1 for the largest exact size", async () => {
    const run = await runCaptured([...PLACE, "--size", "9007199254740991"]);
    expect(run).toMatchObject({ exit: 1, err: "" });
    expect(run.out).toContain("NOT PLACEABLE");
  });

  it("ends with 1 for more buffers than any memory holds", async () => {
    const run = await runCaptured([...PLACE, "--size", "1M", "--count", "999999999999"]);
    expect(run).toMatchObject({ exit: 1, err: "" });
  });

  it("ends with 1 for facts about a name nobody knows, and says near ones", async () => {
    const run = await runCaptured(["facts", "rockchip,rk3588-vopp"]);
    expect(run).toMatchObject({ exit: 1, out: "" });
    expect(run.err).toContain("rockchip,rk3588-vop");
  });
});

describe("a facts file about a device the board does not have", () => {
  it("changes nothing, and says so with near names", async () => {
    writeFileSync(
      at("typo.json"),
      '{"schema": "coalloc/facts-override/1", "facts": [{"match": {"compatible": "rockchip,rk3399-rgb"}, "dmaMask": "0xffff"}]}',
    );
    const run = await runCaptured(["machine", EXAMPLE, "--facts", at("typo.json"), "--json"]);
    expect(run.exit).toBe(0);
    expect(run.out).toBe((await runCaptured(["machine", EXAMPLE, "--json"])).out);
    expect(run.err).toContain("rockchip,rk3399-rgb");
    expect(run.err).toContain("did you mean rockchip,rk3399-rga");
  });
});

describe("numbers on the command line", () => {
  for (const [text, bytes] of [
    ["4096", 4096],
    ["0x1000", 4096],
    ["12M", 12_582_912],
    ["12MiB", 12_582_912],
    ["512k", 524_288],
  ] as const) {
    it(`reads --size ${text} as ${bytes} bytes`, async () => {
      const run = await runCaptured([...PLACE, "--size", text, "--json"]);
      expect(JSON.parse(run.out).request.size).toBe(bytes);
    });
  }
});
