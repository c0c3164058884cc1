import { readFileSync, writeFileSync } from "node:fs";

const TRACING = "/sys/kernel/tracing";

/** Begins to record events of these systems, as `cma`, from now on; nothing else, and nothing from before. */
export function startTracing(systems: readonly string[], bufferKilobytes: number): void {
  writeFileSync(`${TRACING}/tracing_on`, "0");
  writeFileSync(`${TRACING}/buffer_size_kb`, String(bufferKilobytes));
  writeFileSync(`${TRACING}/trace`, "");
  for (const system of systems) writeFileSync(`${TRACING}/events/${system}/enable`, "1");
  writeFileSync(`${TRACING}/tracing_on`, "1");
}

/** Puts a line of one's own between the events. */
export function markTrace(text: string): void {
  writeFileSync(`${TRACING}/trace_marker`, text);
}

/** Ends recording. @returns what was recorded, as text. @throws Error when events were lost */
export function stopTracing(): string {
  writeFileSync(`${TRACING}/tracing_on`, "0");
  const text = readFileSync(`${TRACING}/trace`, "utf8");
  const [, kept, written] = /entries-in-buffer\/entries-written: (\d+)\/(\d+)/.exec(text) ?? [];
  if (kept === undefined || kept !== written) throw new Error(`${kept} of ${written} events are left`);
  return text;
}
