/**
 * How fast does a scenario run? A camera, a scaler, a display and the CPU pass frames on, on the example board, bytes off: events per second (attach, allocate, map, unmap
 * and so on, as a listener would be told of them, who is not there while the time is taken), with and without checks of use. The goal is one million. CPU seconds,
 * medians of 5.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  EMBEDDED_6_12,
  loadFacts,
  orThrow,
  readDeviceTree,
  readMachine,
  readScenario,
  runScenario,
} from "../src/index.js";
import { ROOT } from "../tools/project.js";

const PASSES = 5;

/** Prints all figures. */
export async function main(): Promise<void> {
  const tree = readDeviceTree(new Uint8Array(readFileSync(join(ROOT, "examples", "example-board.dtb"))));
  const machine = readMachine({ tree, facts: await loadFacts(), profile: EMBEDDED_6_12 });
  for (const checks of [true, false]) {
    for (const [name, lifetime, duration] of [
      ["buffers used again", "scenario", "60s"],
      ["buffers made for each frame", "frame", "6s"],
    ] as const) {
      const { scenario } = orThrow(readScenario(pipeline(checks, lifetime, duration)));
      let events = 0;
      runScenario(machine, scenario, { onEvent: () => (events += 1) });
      const seconds = Array.from({ length: PASSES }, () => cpuSeconds(() => runScenario(machine, scenario))).sort(
        (a, b) => a - b,
      );
      const at = (i: number): string => (events / (seconds[i] as number)).toFixed(0);
      console.log(
        `${name}, checks ${checks ? "on" : "off"}: ${at(2)} events per second (${at(PASSES - 1)} to ${at(0)}; ${events} events)`,
      );
    }
  }
}

function pipeline(checks: boolean, lifetime: string, duration: string): string {
  return `
schema: coalloc/scenario/1
system: {checks: ${checks}}
buffers:
  raw: {image: "1280x720:YUYV", count: 4, participants: [csi, rga], lifetime: ${lifetime}}
  shown: {image: "1280x720:NV12", count: 3, participants: [rga, display], lifetime: ${lifetime}}
streams:
  preview:
    rate: 200/s
    jitter: 200us
    steps:
      - {device: csi, writes: raw, for: 4ms}
      - {device: rga, reads: raw, writes: shown, for: 1ms}
      - {device: display, reads: shown, for: 4ms}
phases:
  - for: ${duration}
    do: [{start: preview}]
`;
}

function cpuSeconds(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
