import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../tools/project.js";
import type { Capture, HexRange } from "./capture.js";

/** A request to the early allocator, or a reservation; `alloc` ends in result and repeats. */
export type TraceStep =
  | readonly ["alloc", string, string, string, string, number | null, string | null, number]
  | readonly ["reserve" | "phys_free" | "add" | "remove", string, string];

export interface Trace {
  readonly id: string;
  readonly memory: readonly (readonly [string, string, number | null])[];
  readonly noMap: readonly HexRange[];
  readonly beforeScan: readonly HexRange[];
  readonly ops: readonly TraceStep[];
  readonly final: readonly HexRange[];
}

const fixture = (name: string): string => readFileSync(join(ROOT, "test", "boot", "fixtures", name), "utf8");

export const captures: readonly Capture[] = JSON.parse(fixture("boot-captures.json")) as readonly Capture[];
/** A sample of boots whose trees, memory and command lines were drawn at random. */
export const randomCaptures: readonly Capture[] = JSON.parse(fixture("random-captures.json")) as readonly Capture[];
export const traces: readonly Trace[] = JSON.parse(fixture("memblock-traces.json")) as readonly Trace[];
