/** The units of `systemd/`, and the broker as systemd starts it. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type BrokerConnection, connectBroker } from "../../../src/linux/broker/client.js";
import { openKernel } from "../../../src/linux/native/open-kernel.js";
import { orThrow } from "../../../src/units/result.js";
import { ROOT } from "../../../tools/project.js";
import { BrokerProcess, SocketFolder } from "./broker-process.js";
import { until } from "./waiting.js";

const SERVICE = join(ROOT, "systemd", "coalloc-broker.service");
const SOCKET = join(ROOT, "systemd", "coalloc-broker.socket");
const kernel = orThrow(await openKernel());
const folder = new SocketFolder();
afterAll(() => folder[Symbol.dispose]());

/** A test that needs a program of Debian's package systemd. Where that is not installed, it is skipped, and its name says why. */
function itWith(program: string, name: string, run: () => void | Promise<void>): void {
  const isThere = spawnSync(program, ["--version"]).status === 0;
  it.skipIf(!isThere)(isThere ? name : `${name} (skipped: no ${program} on this machine)`, run);
}

describe("the units", () => {
  itWith("systemd-analyze", "have nothing that systemd objects to", () => {
    const run = spawnSync("systemd-analyze", ["verify", SOCKET, SERVICE], { encoding: "utf8" });
    expect(run.status, run.stderr).toBe(0);
    const lines = run.stderr.split("\n").filter((line) => line.includes("coalloc"));
    // systemd before 258 does not know it, and goes on without: the broker discards descriptors itself.
    expect(lines.filter((line) => !line.includes("'AcceptFileDescriptors'"))).toEqual([]);
  });

  itWith("systemd-analyze", "leave the broker little to do harm with", () => {
    const words = ["security", "--offline=true", "--no-pager", "--threshold=10", SERVICE];
    const run = spawnSync("systemd-analyze", words, { encoding: "utf8" });
    expect(run.status, run.stdout + run.stderr).toBe(0);
  });
});

describe("socket activation", () => {
  itWith("systemd-socket-activate", "starts the broker for the first client, which is served", async () => {
    const path = join(folder.path, "activated.sock");
    const by = ["systemd-socket-activate", "--seqpacket", `--listen=${path}`];
    const starting = BrokerProcess.start(path, [], { by });
    let connected: BrokerConnection | null = null;
    await until("systemd listens, and the broker answers", async () => {
      const attempt = await connectBroker(path, { kernel });
      if (attempt.ok) connected = attempt.value;
      return attempt.ok;
    });
    using broker = await starting;
    const client = connected as BrokerConnection | null;
    expect(broker.log[0]).toMatchObject({ event: "listening", socket: path, activated: true });
    using buffer = orThrow(await client!.allocate({ size: 4096 }));
    expect(buffer.bytes.every((byte) => byte === 0)).toBe(true);
    client!.close();
    await broker.stop();
  });
});
