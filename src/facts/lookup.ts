import { closeNames } from "../units/close-names.js";
import type { ExtractedFacts } from "./extracted/extracted-facts.js";
import type { AppliesTo, DeviceFact, FactMatch, LayoutFact, QueueFact, Role } from "./fact.js";

/** What a user states about a device, field by field; a missing field leaves what the facts say. */
export interface OverrideFields {
  /** Hexadecimal; `unlimited` is all 64 ones. */
  readonly dmaMask?: string | "unlimited";
  readonly coherentDmaMask?: string | "unlimited";
  readonly maxSegmentSize?: number | "unlimited";
  readonly maxSegments?: number | "unlimited";
  readonly segmentBoundaryMask?: string | "unlimited";
  readonly buffers?: readonly QueueFact[];
  readonly pictureQueue?: string;
  readonly mmu?: DeviceFact["mmu"];
  readonly mmuOutputBits?: number;
  readonly memoryRegionUse?: NonNullable<DeviceFact["memoryRegionUse"]>;
  readonly layouts?: readonly LayoutFact[];
  readonly import?: NonNullable<DeviceFact["import"]>;
  readonly export?: NonNullable<DeviceFact["export"]>;
  readonly role?: Role;
  readonly appliesTo?: AppliesTo;
  readonly slaveDma?: boolean;
  readonly note?: string;
}

/** A statement about every node with a compatible, or about the node at a full path. */
export interface FactOverride {
  readonly match: { readonly compatible: string } | { readonly node: string };
  readonly fields: OverrideFields;
}

/** What is known under a name, and what has a similar one. */
export interface NamedFacts {
  /**
   * All facts whose match is exactly the name, the one a machine is built with first: rivals for one compatible stand side by side. Where no match is, those
   * whose driver gives a video device this name.
   */
  readonly facts: readonly DeviceFact[];
  /** Names near to the one asked for, best first; empty when there are facts. */
  readonly close: readonly string[];
}

/** All facts, found by what they match: what a person read wins over what a program found, and a user's statements over both. Immutable. */
export class FactBase {
  /** Read by a person. */
  readonly facts: readonly DeviceFact[];
  /** Found by a program; null where none are loaded. */
  readonly extracted: ExtractedFacts | null;
  readonly overrides: readonly FactOverride[];
  readonly #byName = new Map<string, DeviceFact[]>();
  readonly #byVideoNode = new Map<string, DeviceFact[]>();
  readonly #overridesByCompatible = new Map<string, OverrideFields>();
  readonly #overridesByNode = new Map<string, OverrideFields>();

  /**
   * @param facts - where two match the same compatible, the first is the one a machine is built with
   * @param overrides - where two name the same match, the later one's fields count
   */
  constructor(
    facts: readonly DeviceFact[],
    overrides: readonly FactOverride[] = [],
    extracted: ExtractedFacts | null = null,
  ) {
    this.facts = facts;
    this.extracted = extracted;
    this.overrides = overrides;
    for (const fact of facts) {
      addTo(this.#byName, nameOfMatch(fact.match), fact);
      for (const { name } of fact.videoNodes ?? []) addTo(this.#byVideoNode, name, fact);
    }
    for (const { match, fields } of overrides) {
      if ("node" in match) {
        this.#overridesByNode.set(match.node, { ...this.#overridesByNode.get(match.node), ...fields });
      } else {
        const before = this.#overridesByCompatible.get(match.compatible);
        this.#overridesByCompatible.set(match.compatible, { ...before, ...fields });
      }
    }
  }

  /** The same facts with a user's statements over them; earlier statements stay, later ones win. */
  withOverrides(overrides: readonly FactOverride[]): FactBase {
    return new FactBase(this.facts, [...this.overrides, ...overrides], this.extracted);
  }

  /** The fact of the first compatible, in the node's order, that has one. */
  byCompatible(compatibles: readonly string[]): DeviceFact | null {
    for (const compatible of compatibles) {
      const read = this.#byName.get(compatible)?.[0];
      if (read !== undefined && "compatible" in read.match) return read;
      const found = this.extracted?.of(compatible)[0];
      if (found !== undefined) return found;
    }
    return null;
  }

  /** The fact of a driver, by its name, and by a value of its module where it differs by one: `byPlatformDriver("vivid", "allocators=1")`. */
  byPlatformDriver(name: string, parameter?: string): DeviceFact | null {
    const match = parameter === undefined ? { platformDriver: name } : { platformDriver: name, parameter };
    return this.#byName.get(nameOfMatch(match))?.find((fact) => "platformDriver" in fact.match) ?? null;
  }

  /** The fact of a PCI device. */
  byPci(vendor: number, device: number): DeviceFact | null {
    return this.#byName.get(nameOfMatch({ pci: [vendor, device] }))?.[0] ?? null;
  }

  /**
   * What the user states about a node: fields for its path over fields for its compatibles, the most specific compatible over the
   * others. Null when nothing is stated.
   */
  overrideFor(path: string, compatibles: readonly string[]): OverrideFields | null {
    if (this.overrides.length === 0) return null;
    const layers: OverrideFields[] = [];
    const forNode = this.#overridesByNode.get(path);
    if (forNode !== undefined) layers.push(forNode);
    for (const compatible of compatibles) {
      const fields = this.#overridesByCompatible.get(compatible);
      if (fields !== undefined) layers.push(fields);
    }
    return layers.length === 0 ? null : Object.assign({}, ...layers.reverse());
  }

  /** Looks up a compatible, a platform driver, a PCI id written `1234:abcd`, or what a driver calls a video device of its. */
  byName(name: string): NamedFacts {
    const read = this.#byName.get(name) ?? this.#byName.get(name.toLowerCase()) ?? [];
    const found = this.extracted?.of(name) ?? [];
    // What a person read of the same driver says it better.
    const others = found.filter(({ driver }) => !read.some((fact) => fact.driver.module === driver.module));
    const matched = [...read, ...others];
    const facts = matched.length > 0 ? matched : (this.#byVideoNode.get(name) ?? []);
    return { facts, close: facts.length > 0 ? [] : closeNames(name, this.#names()) };
  }

  *#names(): Iterable<string> {
    yield* this.#byName.keys();
    yield* this.#byVideoNode.keys();
    yield* this.extracted?.names() ?? [];
  }
}

function addTo(index: Map<string, DeviceFact[]>, name: string, fact: DeviceFact): void {
  const known = index.get(name);
  if (known === undefined) index.set(name, [fact]);
  else known.push(fact);
}

/** A compatible and a driver's name as they are, a parameter behind a space, a PCI id as `1234:abcd`. */
export function nameOfMatch(match: FactMatch): string {
  if ("compatible" in match) return match.compatible;
  if ("platformDriver" in match) {
    return match.parameter === undefined ? match.platformDriver : `${match.platformDriver} ${match.parameter}`;
  }
  return match.pci.map((id) => id.toString(16).padStart(4, "0")).join(":");
}
