import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadFacts } from "../../src/facts/load.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { machineToJson } from "../../src/machine/json.js";
import { readArchive } from "../../src/machine/live/archive.js";
import { inflated } from "../../src/machine/live/inflate.js";
import type { Machine } from "../../src/machine/machine.js";
import { type MachineSource, machineFromSource } from "../../src/machine/source.js";
import type { GuestRun } from "../../tools/kernel/guest.js";
import { ROOT } from "../../tools/project.js";

/** What a job that calls `leaveLook()` needs. */
export const COLLECTOR: ReadonlyMap<string, Uint8Array> = new Map([
  ["collect.sh", readFileSync(join(ROOT, "bin", "coalloc-collect.sh"))],
]);

/** A guest, looked at in both ways by `leaveLook()`. */
export interface Look {
  /** By the collector, under busybox. */
  readonly collected: MachineSource;
  /** By `readLiveSource()`. */
  readonly read: MachineSource;
  readonly machine: Machine;
  readonly facts: FactBase;
  /** What the kernel said while it booted. */
  readonly log: string;
}

/** What changes from one moment to the next: how much is free. */
const MOVING = ["proc/meminfo", "proc/zoneinfo"];

/** Reads what the guest has left. */
export async function lookOf({ files }: GuestRun): Promise<Look> {
  const file = (name: string): Uint8Array => {
    const bytes = files.get(name);
    if (bytes === undefined) throw new Error(`the guest left no ${name}`);
    return bytes;
  };
  const facts = await loadFacts();
  const collected = readArchive(await inflated("collected.tar.gz", file("collected.tar.gz")));
  const entries = JSON.parse(Buffer.from(file("read.json")).toString()) as [string, string][];
  const read = new Map(entries.map(([path, text]) => [path, new Uint8Array(Buffer.from(text, "latin1"))]));
  const machine = await machineFromSource(collected, { facts });
  return { collected, read, machine, facts, log: Buffer.from(file("log")).toString() };
}

/**
 * Tests that hold for every guest: both ways of looking find the same files and make the same machine. The one difference that is meant: the reader takes the flattened tree,
 * which the collector cannot clean of serial numbers.
 */
export function itLooksTheSameBothWays({ collected, read, machine, facts }: Look): void {
  it("shows the collector what it shows the reader", () => {
    expect(texts(collected)).toEqual(texts(read));
    for (const path of MOVING) expect([collected.has(path), read.has(path)]).toEqual([true, true]);
  });

  it("is one machine, whoever has looked", async () => {
    expect(JSON.parse(machineToJson(await machineFromSource(read, { facts })))).toEqual(
      JSON.parse(machineToJson(machine)),
    );
  });
}

function texts(source: MachineSource): Record<string, string> {
  const rest = [...source].filter(
    ([path]) => path !== "tree.dtb" && !path.startsWith("tree/") && !MOVING.includes(path),
  );
  return Object.fromEntries(rest.map(([path, bytes]) => [path, new TextDecoder("latin1").decode(bytes).trimEnd()]));
}
