import { describe, expect, it } from "vitest";
import { loadFacts } from "../../../src/facts/load.js";
import type { FactBase } from "../../../src/facts/lookup.js";
import { type DoctorDocument, type DoctorFindings, doctorDocument } from "../../../src/linux/doctor/doctor-document.js";
import { machineFromSource } from "../../../src/machine/source.js";
import { runningPc } from "../../machine/live/running-pc.js";

const facts: FactBase = await loadFacts();
const LOADED = { loaded: true, text: null };

async function examine(
  changes: Readonly<Record<string, string | null>> = {},
  findings: Partial<DoctorFindings> = {},
): Promise<DoctorDocument> {
  const source = runningPc(changes);
  const machine = await machineFromSource(source, { facts });
  const usual: DoctorFindings = {
    machine,
    source,
    config: null,
    native: LOADED,
    accessTo: () => "read-write",
    broker: null,
  };
  return doctorDocument({ ...usual, ...findings });
}

const codes = ({ missing }: DoctorDocument): readonly string[] =>
  missing.map(({ code, weight }) => `${weight} ${code}`);

describe("doctor", () => {
  it("lists the ways to memory that are open, and says ready", async () => {
    const document = await examine();
    expect(document.ready).toBe(true);
    expect(document.routes).toContainEqual({
      heap: "system",
      kind: "dma-heap",
      node: "/dev/dma_heap/system",
      device: null,
    });
  });

  it("says what to type where koffi is missing", async () => {
    const document = await examine({}, { native: { loaded: false, text: "koffi is not installed" } });
    expect(document.ready).toBe(false);
    expect(document.missing[0]).toEqual({
      code: "native",
      weight: "needed",
      text: "koffi is not installed",
      fix: ["npm install koffi"],
    });
  });

  it("says how to get rights where nodes are closed to this user", async () => {
    const document = await examine({}, { accessTo: () => "none" });
    expect(document.ready).toBe(false);
    expect(document.routes).toEqual([]);
    expect(codes(document)).toContain("needed access");
    const lines = document.missing.flatMap(({ fix }) => fix).join("\n");
    expect(lines).toContain('SUBSYSTEM=="dma_heap", GROUP="video", MODE="0660"');
  });

  it("knows nothing of rights on another machine, and takes its nodes for usable", async () => {
    const document = await examine({}, { native: null, accessTo: () => "unknown" });
    expect(document.native).toBeNull();
    expect(document.ready).toBe(true);
    expect(document.nodes.every(({ access }) => access === "unknown")).toBe(true);
  });

  it("asks for a broker's socket only where one was looked for", async () => {
    const closed = { path: "/run/coalloc/broker.sock", access: "none" } as const;
    expect(codes(await examine({}, { broker: closed }))).toContain("useful broker-socket");
    expect(codes(await examine())).not.toContain("useful broker-socket");
  });
});
