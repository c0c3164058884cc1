/**
 * What a number ends up as when a driver sets it several times: the last unconditional call counts, and conditional ones after it.
 */
import type { SourceLine } from "../../../src/facts/fact.js";
import type { Site } from "../evaluate/trace.js";
import type { Condition, DeviceIdentity, Value } from "../evaluate/values.js";

/** One setting: what it was set to, and where. */
export interface Setting {
  readonly site: Site;
  readonly value: Value;
}

/** One value that may be the last one. `value` is null where nobody set anything, text where it is not known before the machine runs. */
export interface Candidate {
  readonly value: bigint | string | null;
  readonly when: readonly Condition[];
  readonly source: SourceLine | null;
  readonly byMatch: boolean;
  readonly file: string | null;
}

/** Structs whose `dev` is a device on another bus than a device tree's. */
const OTHER_BUSES: ReadonlySet<string> = new Set([
  "pci_dev",
  "usb_device",
  "usb_interface",
  "i2c_client",
  "spi_device",
]);

/** Which device a value is; a struct device that came from nowhere known counts as the driver's own, as it nearly always is. */
export function deviceOf(value: Value | undefined): DeviceIdentity {
  switch (value?.kind) {
    case "thing":
      if (value.thing.device !== null) return value.thing.device;
      // A struct device that the driver has allocated itself.
      if (value.thing.definite && value.thing.within === null) return { kind: "created", detail: value.thing.text };
      // A module may hold a driver of another bus beside the one that is followed.
      if (OTHER_BUSES.has(value.thing.within?.thing.struct ?? "")) {
        return { kind: "other", detail: value.thing.within?.thing.struct ?? "" };
      }
      if (value.thing.text.endsWith("card->dev")) return { kind: "card" };
      return { kind: "self", detail: value.thing.text };
    case "choice": {
      const all = value.options.map((option) => deviceOf(option.value));
      return all.find(({ kind }) => kind === "self") ?? all[0] ?? { kind: "self" };
    }
    default:
      return { kind: "self", detail: "unknown" };
  }
}

/**
 * What may be left after all settings, in order of the settings.
 *
 * @param settings - in the order they happen
 */
export function lastSettings(settings: readonly Setting[]): Candidate[] {
  let candidates: Candidate[] = [{ value: null, when: [], source: null, byMatch: false, file: null }];
  for (const { site, value } of settings) {
    const options = value.kind === "choice" ? value.options : [{ value, when: [] }];
    const made = options.map(
      (option): Candidate => ({
        value:
          option.value.kind === "integer"
            ? option.value.value
            : option.value.kind === "unknown"
              ? option.value.text
              : option.value.kind === "thing"
                ? option.value.thing.text
                : "a value",
        when: [...site.when, ...option.when],
        source: { file: site.file, line: site.line },
        byMatch: site.byMatch || (option.value.kind === "integer" && option.value.fromMatch),
        file: site.file,
      }),
    );
    candidates = site.when.length === 0 ? made : [...candidates.filter((one) => !covered(one, made)), ...made];
  }
  return withoutUnreachable(merged(candidates));
}

/** A candidate under the same conditions as a later one is gone. */
function covered(candidate: Candidate, later: readonly Candidate[]): boolean {
  return later.some((one) => implies(candidate.when, one.when));
}

function implies(narrow: readonly Condition[], wide: readonly Condition[]): boolean {
  return wide.every((test) => narrow.some((one) => one.text === test.text && one.holds === test.holds));
}

/** Candidates of one value that a single test tells apart are one: the test decides nothing. */
function merged(candidates: readonly Candidate[]): Candidate[] {
  const result: Candidate[] = [];
  for (const candidate of candidates) {
    const index = result.findIndex(
      (one) => one.value === candidate.value && withoutTest(one.when, candidate.when) !== null,
    );
    const known = result[index];
    if (known === undefined) result.push(candidate);
    else result[index] = { ...known, when: withoutTest(known.when, candidate.when) ?? known.when };
  }
  return result;
}

/** What is left of two lists of conditions of which one is part of the other, or that differ in how one test goes; else null. */
function withoutTest(a: readonly Condition[], b: readonly Condition[]): readonly Condition[] | null {
  if (implies(a, b)) return b;
  if (implies(b, a)) return a;
  if (a.length !== b.length) return null;
  const shared = a.filter((test) => b.some((one) => one.text === test.text && one.holds === test.holds));
  const opposite = a.filter((test) => b.some((one) => one.text === test.text && one.holds !== test.holds));
  return opposite.length === 1 && shared.length === a.length - 1 ? shared : null;
}

/** Where one test leads to a value on either side, what was there before it is overwritten. */
function withoutUnreachable(candidates: readonly Candidate[]): Candidate[] {
  const single = candidates.filter(({ when }) => when.length === 1).map(({ when }) => when[0]);
  const both = single.some((test) => single.some((one) => one?.text === test?.text && one?.holds !== test?.holds));
  if (!both) return [...candidates];
  return candidates.filter(({ when }) => when.length > 0);
}

function negated(text: string): string {
  return /^![\w>.-]+(?:\([^()]*\))?$/.test(text) ? text.slice(1) : `not (${text})`;
}

/** A list of conditions as a sentence. */
export function whenText(when: readonly Condition[], others: boolean): string {
  if (when.length === 0) return others ? "otherwise" : "always";
  return when.map(({ text, holds }) => (holds ? text : negated(text))).join(", and ");
}
