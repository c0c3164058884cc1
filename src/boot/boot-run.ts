import type { BootOptions } from "./cmdline.js";
import type { Memblock } from "./memblock.js";
import type { BootFailure, BootRegion } from "./outcome.js";
import type { BootProfile } from "./profile.js";

/** A CMA area between its creation and its activation. */
export interface CmaArea {
  readonly base: number;
  readonly size: number;
  readonly name: string;
  /** Path of the node; null when not from the tree. */
  readonly node: string | null;
  readonly source: "config" | "cmdline" | "tree" | "numa";
}

/** The state of one boot while it runs. */
export interface BootRun {
  readonly profile: BootProfile;
  readonly options: BootOptions;
  readonly memory: Memblock;
  /** Exclusive end of low memory. */
  readonly lowMemoryEnd: number;
  readonly failures: BootFailure[];
  /** In the order of creation; at most the profile's number. */
  readonly areas: CmaArea[];
  /** By path, in the order first touched. */
  readonly regions: Map<string, BootRegion>;
  defaultArea: CmaArea | null;
  /** Regions announced so far. */
  announced: number;
}
