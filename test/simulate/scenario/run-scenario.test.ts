import { describe, expect, it } from "vitest";
import { eventToJson } from "../../../src/simulate/event-json.js";
import { readScenario } from "../../../src/simulate/scenario/read-scenario.js";
import { runDocument } from "../../../src/simulate/scenario/run-document.js";
import { type RunOptions, runScenario, type ScenarioRun } from "../../../src/simulate/scenario/run-scenario.js";
import { orThrow } from "../../../src/units/result.js";
import { exampleMachine } from "../example-machine.js";

const machine = exampleMachine();

function run(body: string, options: RunOptions = {}): ScenarioRun {
  const { scenario } = orThrow(readScenario(`schema: coalloc/scenario/1\n${body}`));
  const ended = runScenario(machine, scenario, options);
  ended.system.audit();
  return ended;
}

const PIPELINE = `
buffers:
  raw: {size: 4M, count: 2, participants: [csi, rga]}
  small: {size: 1M, count: 1, participants: [rga, display]}
streams:
  preview:
    rate: 100/s
    jitter: 1ms
    steps:
      - {device: csi, writes: raw, for: 5ms}
      - {device: rga, reads: raw, writes: small, for: 1ms}
      - {device: display, reads: small, for: 2ms}
      - {device: cpu, reads: small}
`;

describe("a stream", () => {
  it("maps for each step in turn; the frame that is under way when its buffers are released ends", () => {
    const ended = run(
      `${PIPELINE}phases: [{for: 995ms, do: [{start: preview}]}, {do: [{stop: preview}]}, {for: 1s, do: [{release: raw}, {release: small}]}]`,
    );
    expect(ended.streams).toEqual([{ stream: "preview", started: 100, completed: 99, dropped: 0, failed: 1 }]);
    expect(ended.failures.count).toBe(0);
    expect(ended.operations).toMatchObject({ map: 397, unmap: 396, cpuAccess: 99 });
  });

  it("drops frames while no buffer is idle", () => {
    const slow = PIPELINE.replace("for: 5ms", "for: 25ms");
    const ended = run(`${slow}phases: [{for: 1s, do: [{start: preview}]}]`);
    const [counts] = ended.streams;
    expect(counts?.dropped).toBeGreaterThan(50);
    expect((counts?.started ?? 0) + (counts?.dropped ?? 0)).toBeGreaterThanOrEqual(100);
  });

  it("stops, and starts again with its buffers", () => {
    const ended = run(
      `${PIPELINE}phases: [{for: 100ms, times: 3, do: [{start: preview}]}, {for: 1s, do: [{stop: preview}]}, {for: 100ms, do: [{start: preview}]}]`,
    );
    expect(ended.streams[0]?.started).toBeGreaterThan(35);
    expect(ended.streams[0]?.started).toBeLessThan(45);
  });
});

describe("a run", () => {
  const events = (options: RunOptions): string[] => {
    const lines: string[] = [];
    run(`${PIPELINE}phases: [{for: 300ms, do: [{start: preview}]}]`, {
      ...options,
      onEvent: (e) => lines.push(eventToJson(e)),
    });
    return lines;
  };

  it("is the same with the same seed, and another with another", () => {
    expect(events({ seed: 7 })).toEqual(events({ seed: 7 }));
    expect(events({ seed: 7 })).not.toEqual(events({ seed: 8 }));
  });

  it("tells times that never go back", () => {
    const times = events({}).map((line) => (JSON.parse(line) as { time: number }).time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it("ends when it is told to", () => {
    const ended = run(`${PIPELINE}phases: [{for: 10s, do: [{start: preview}]}]`, { until: 50_000_000 });
    expect({ time: ended.time, end: ended.end }).toEqual({ time: 50_000_000, end: 10_000_000_000 });
  });
});

describe("pages of others", () => {
  it("move out of an area for a buffer, and hold it up where they are pinned", () => {
    const body = `
buffers: {big: {size: 40M, heap: "cma:default"}}
phases:
  - do:
      - lend: {heap: "cma:default", size: 50M}
      - allocate: big
      - release: big
      - pin-pages: {heap: "cma:default", offset: 30M, size: 8K}
      - allocate: big
      - unpin-pages: {heap: "cma:default", offset: 30M, size: 8K}
      - give-back: {heap: "cma:default"}
      - allocate: big
`;
    const ended = run(body);
    const { failures, heaps } = runDocument(
      orThrow(readScenario(`schema: coalloc/scenario/1\n${body}`)).scenario,
      ended,
    );
    expect(failures).toMatchObject([{ operation: "allocate", code: "no-memory", count: 1 }]);
    expect(failures[0]?.text).toContain("cannot be moved");
    expect(heaps.find(({ id }) => id === "cma:default")?.migratedPages).toBeGreaterThan(0);
  });

  it("leave less of a heap, until they go", () => {
    const ended = run(`
buffers: {big: {size: 40M, heap: "cma:default"}}
phases:
  - do: [{occupy: {heap: "cma:default", size: 30M}}, {allocate: big}, {vacate: {heap: "cma:default"}}, {allocate: big}]
`);
    expect(ended.failures.groups).toMatchObject([{ operation: "allocate", count: 1 }]);
    expect(ended.system.heaps().find(({ id }) => id === "cma:default")?.highWater).toBeGreaterThanOrEqual(40 * 2 ** 20);
  });
});
