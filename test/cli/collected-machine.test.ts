import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { runningPc } from "../machine/live/running-pc.js";
import { collected } from "../machine/live/tar.js";
import { EXAMPLE, runCaptured } from "./run-captured.js";

const folder = mkdtempSync(join(tmpdir(), "coalloc-collected-"));
const packed = join(folder, "pc.tar.gz");
const saved = join(folder, "pc.json");
const scenario = join(folder, "camera.yaml");
writeFileSync(packed, gzipSync(collected(runningPc())));
writeFileSync(saved, (await runCaptured(["machine", packed, "--json"])).out);
writeFileSync(
  scenario,
  `schema: coalloc/scenario/1
description: A camera fills three frames.
devices: {camera: /dev/video1}
buffers: {frames: {size: 1M, count: 3, participants: [camera]}}
phases:
  - name: capturing
    for: 1s
    do: [{map: {buffers: frames, device: camera, direction: from-device}}]
`,
);
afterAll(() => rmSync(folder, { recursive: true }));

describe("a machine that a collector has packed", () => {
  const lines: readonly (readonly string[])[] = [
    ["machine", packed],
    ["devices", packed],
    ["heaps", packed],
    ["reach", packed],
    ["place", packed, "-d", "/dev/video1", "-d", "/dev/dri/card0", "--size", "1M"],
    ["run", packed, scenario],
    ["survey", packed],
    ["doctor", packed],
    ["doctor", "-m", packed],
    ["doctor", "--machine", packed],
  ];
  for (const argv of lines) {
    it(`is taken by ${argv.slice(0, -1).join(" ").replace(packed, "MACHINE")}`, async () => {
      const run = await runCaptured([...argv, "--json"]);
      expect(run).toMatchObject({ exit: 0, err: "" });
      expect(run.out).toContain(`"schema":`);
    });
  }

  it("is the same machine as the one that was saved from it", async () => {
    for (const command of ["machine", "devices", "heaps", "reach"]) {
      const [fromTarball, fromJson] = [
        await runCaptured([command, packed, "--json"]),
        await runCaptured([command, saved, "--json"]),
      ];
      expect(fromTarball).toEqual(fromJson);
    }
  });
});

describe("doctor", () => {
  it("says of another machine what can be said without its rights", async () => {
    const { out } = await runCaptured(["doctor", packed, "--json"]);
    const document = JSON.parse(out);
    expect(document).toMatchObject({ schema: "coalloc/doctor/1", kernel: "6.12.48+deb13-amd64", native: null });
    expect(new Set(document.nodes.map(({ access }: { access: string }) => access))).toEqual(new Set(["unknown"]));
  });

  it("takes no tree and no saved machine: neither has nodes", async () => {
    for (const machine of [EXAMPLE, saved]) {
      expect(await runCaptured(["doctor", machine])).toMatchObject({
        exit: 3,
        out: "",
        err: expect.stringContaining("coalloc-collect.sh packs what does"),
      });
    }
  });

  it("wants the machine once", async () => {
    expect(await runCaptured(["doctor", packed, "-m", packed])).toMatchObject({
      exit: 2,
      out: "",
      err: "coalloc: MACHINE and --machine say the same; leave one out\n",
    });
  });

  it.runIf(process.platform === "linux")("looks at the machine that runs, named or not", async () => {
    const [named, unnamed] = [await runCaptured(["doctor", "live", "--json"]), await runCaptured(["doctor", "--json"])];
    expect(named).toEqual(unnamed);
    expect([0, 1]).toContain(named.exit);
    expect(JSON.parse(named.out).native).not.toBeNull();
  });
});
