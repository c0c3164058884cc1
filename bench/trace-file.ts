import { readFileSync, writeFileSync } from "node:fs";
import type { Trace } from "./workloads.js";

/** Numbers before the events: allocations, slots. */
const HEADER = 2;

/** Writes a trace to a file, so that processes that replay it need not make it. In the byte order of this machine. */
export function writeTrace(file: string, trace: Trace): void {
  const events = trace.slots.length;
  const numbers = new Int32Array(HEADER + 3 * events);
  numbers.set([trace.allocations, trace.slotCount]);
  for (const [column, values] of [trace.slots, trace.units, trace.alignLog2].entries()) {
    numbers.set(values, HEADER + column * events);
  }
  writeFileSync(file, new Uint8Array(numbers.buffer));
}

/** Reads what {@link writeTrace} wrote. */
export function readTrace(file: string): Trace {
  const bytes = readFileSync(file);
  const numbers = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const events = (numbers.length - HEADER) / 3;
  const column = (index: number): Int32Array => numbers.slice(HEADER + index * events, HEADER + (index + 1) * events);
  return {
    slots: column(0),
    units: column(1),
    alignLog2: column(2),
    allocations: numbers[0] as number,
    slotCount: numbers[1] as number,
  };
}
