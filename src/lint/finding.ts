/** How bad: an `error` will fail or corrupt, a `warning` probably hurts somebody, a `note` is worth knowing. */
export type Severity = "error" | "warning" | "note";

/** What has to be changed for a remedy. */
export type FindingRemedyKind = "device-tree" | "command-line" | "kernel-option" | "boot-loader" | "user-space";

/** A change that makes a finding go away. */
export interface FindingRemedy {
  readonly kind: FindingRemedyKind;
  /** What to do, in one sentence. */
  readonly text: string;
  /** Device tree source to be merged behind the board's. */
  readonly dts: string | null;
  /** The same as an overlay for the boot loader; null where no overlay can do it. */
  readonly overlay: string | null;
  /** What to add to the kernel command line, behind what is there. */
  readonly commandLine: string | null;
  /** Words to take off the kernel command line; missing where none are. */
  readonly removes?: string;
  /** Lines for the kernel's configuration. */
  readonly config: string | null;
  /** Where a boot loader that does so has put everything, as a file for `--boot`; missing where nothing is loaded elsewhere. */
  readonly boot?: string;
}

/** Where a finding is. */
export interface FindingPlace {
  /** Full path of the node; null where no node is concerned. */
  readonly node: string | null;
  /** Of the node; of the boot file where no node is concerned. */
  readonly property: string | null;
  /** First line of a log, from 1; missing where a tree was looked at. */
  readonly line?: number;
}

/** One thing found in a tree or a log. */
export interface Finding {
  /** Of the rule or recogniser: stable, in kebab-case. */
  readonly id: string;
  readonly severity: Severity;
  /** One or two sentences with the numbers filled in. */
  readonly text: string;
  readonly where: FindingPlace;
  /** Sizes and addresses in bytes; what the sentence was made of. */
  readonly numbers: Readonly<Record<string, number | string | boolean | null>>;
  readonly remedies: readonly FindingRemedy[];
}

/** Severities, the worst first. */
export const SEVERITIES: readonly Severity[] = ["error", "warning", "note"];
