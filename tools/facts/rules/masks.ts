/**
 * Streaming and coherent masks.
 *
 * Linux 6.12 kernel/dma/mapping.c: dma_set_mask() and dma_set_coherent_mask() take any mask the bus can carry, so that a driver's second try with a smaller
 * one is never reached; the last call counts. A few drivers write the fields themselves.
 */
import type { MaskFact, SourceLine } from "../../../src/facts/fact.js";
import type { CallEvent, StoreEvent } from "../evaluate/trace.js";
import type { DeviceIdentity, Value } from "../evaluate/values.js";
import { conditionWords } from "./condition-words.js";
import type { Rule } from "./rule.js";
import { type Candidate, deviceOf, lastSettings, type Setting } from "./settings.js";

/** Which masks a call sets. */
const CALLS: Readonly<Record<string, readonly ("streaming" | "coherent")[]>> = {
  dma_set_mask: ["streaming"],
  dma_set_coherent_mask: ["coherent"],
  dma_set_mask_and_coherent: ["streaming", "coherent"],
  dma_coerce_mask_and_coherent: ["streaming", "coherent"],
};

/** Both masks of a device. */
export interface Masks {
  readonly device: DeviceIdentity;
  readonly dmaMask: MaskFact;
  readonly coherentDmaMask: MaskFact;
}

/** The masks of the device's own node first, then of every other device whose masks are set. */
export const masks: Rule<readonly Masks[]> = {
  interest: {
    calls: new Set(Object.keys(CALLS)),
    stores: new Set(["coherent_dma_mask", "*dma_mask", "dma_mask"]),
  },
  judge: ({ trace, driver }) => {
    const probe: SourceLine = { file: driver.probe.file, line: driver.probe.line };
    const devices = new Map<string, { device: DeviceIdentity; streaming: Setting[]; coherent: Setting[] }>();
    const settingsOf = (device: DeviceIdentity): { streaming: Setting[]; coherent: Setting[] } => {
      const key = device.kind === "self" ? "self" : `${device.kind} ${device.detail ?? ""}`;
      const known = devices.get(key) ?? { device, streaming: [], coherent: [] };
      devices.set(key, known);
      return known;
    };
    settingsOf({ kind: "self" });
    for (const event of trace.events) {
      const set = maskSet(event);
      if (set === null) continue;
      const settings = settingsOf(set.device);
      if (set.which.includes("streaming")) settings.streaming.push({ site: event, value: set.value });
      if (set.which.includes("coherent")) settings.coherent.push({ site: event, value: set.value });
    }
    return [...devices.values()].map(({ device, streaming, coherent }) => ({
      device: device.kind === "self" ? { kind: "self" as const } : device,
      dmaMask: maskFact(lastSettings(streaming), probe),
      coherentDmaMask: maskFact(lastSettings(coherent), probe),
    }));
  },
};

function maskSet(
  event: CallEvent | StoreEvent,
): { readonly device: DeviceIdentity; readonly which: readonly string[]; readonly value: Value } | null {
  if (event.kind === "call") {
    const which = CALLS[event.name];
    const value = event.arguments[1];
    if (which === undefined || value === undefined) return null;
    return { device: deviceOf(event.arguments[0]), which, value };
  }
  // A field of this name outside a struct device is the driver's own business.
  if (event.target.device === null) return null;
  if (event.field === "coherent_dma_mask")
    return { device: event.target.device, which: ["coherent"], value: event.value };
  // `dma_mask` is a pointer: the value is what it was pointed to.
  if (event.field === "*dma_mask" || (event.field === "dma_mask" && event.value.kind === "integer"))
    return { device: event.target.device, which: ["streaming"], value: event.value };
  return null;
}

/** A 64-bit mask in hexadecimal; a negative number has been extended with ones. */
export function hexadecimal(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}

const DEFAULT = 0xffffffffn;

/** The fact that candidates make. */
export function maskFact(candidates: readonly Candidate[], probe: SourceLine): MaskFact {
  const sources = candidates.flatMap(({ source }) => (source === null ? [] : [source]));
  const [only] = candidates;
  if (candidates.length === 1 && only !== undefined) {
    if (only.value === null) return { kind: "default", sources: [probe] };
    if (typeof only.value === "bigint" && only.value !== 0n) {
      return { kind: only.byMatch ? "variant" : "exact", value: hexadecimal(only.value), sources };
    }
    return { kind: isInherited(String(only.value)) ? "inherited" : "runtime", sources };
  }
  const known = knownMasks(candidates);
  const decidedByHardware = candidates.some(({ when }) => when.some(({ hardware }) => hardware));
  const kind = candidates.every(({ value }) => typeof value !== "string") && !decidedByHardware ? "set" : "runtime";
  if (known.length === 0) return { kind, sources };
  const [single] = known;
  // What one side sets is what the other side has anyway.
  if (known.length === 1 && single !== undefined && candidates.every(({ value }) => typeof value !== "string")) {
    const byMatch = candidates.some((one) => one.byMatch);
    return { kind: byMatch ? "variant" : "exact", value: hexadecimal(single.value), sources };
  }
  return {
    kind,
    candidates: known.map(({ value }) => hexadecimal(value)),
    when: known.map(({ when }) => when),
    sources,
  };
}

/** The masks that are numbers, tightest first, each once, with what leads to it. The default is 32 bits. */
function knownMasks(candidates: readonly Candidate[]): { readonly value: bigint; readonly when: string }[] {
  const masks = new Map<bigint, string[]>();
  for (const { value, when } of candidates) {
    if (typeof value === "string") continue;
    const mask = BigInt.asUintN(64, value ?? DEFAULT);
    // Storage that was not followed, or a device that is kept from DMA: no address would be left to plan with.
    if (mask === 0n) continue;
    const texts = masks.get(mask) ?? [];
    masks.set(mask, texts);
    const text = when.length === 0 ? "otherwise" : conditionWords(when);
    if (!texts.includes(text)) texts.push(text);
  }
  return [...masks]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, texts]) => ({ value, when: texts.includes("otherwise") ? "otherwise" : texts.join(", or ") }));
}

function isInherited(text: string): boolean {
  return /(?:coherent_)?dma_mask$|dma_get_mask\(/.test(text);
}
