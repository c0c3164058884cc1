import { type Bytes, type DmaAddr, formatHex, formatSize } from "../../units/quantity.js";
import type { Direction } from "../mapping/dma-map-ops.js";
import type { CallSite } from "./call-site.js";

/** By which call memory was mapped: it must be unmapped by its counterpart. */
export type MappingKind = "page" | "list" | "coherent";

/** What all findings have. */
interface FindingBase {
  /** Path of the device that did it. */
  readonly device: string;
  /** First address of the mapping, or the address that was given. */
  readonly dmaAddr: DmaAddr;
  readonly size: Bytes;
  /** Where the call was made; null for what is found at the end. */
  readonly at: CallSite | null;
  /** Where the memory had been mapped; null when it never was. */
  readonly mappedAt: CallSite | null;
}

/** Wrong use of the mapping calls. Codes are public and never change meaning. */
export type Finding = FindingBase &
  (
    | { readonly code: "unmap-unknown" }
    | { readonly code: "unmap-failed-mapping" }
    | { readonly code: "double-unmap" }
    | { readonly code: "wrong-device"; readonly owner: string }
    | { readonly code: "wrong-size"; readonly mapped: Bytes }
    | { readonly code: "wrong-function"; readonly mapped: MappingKind; readonly used: MappingKind }
    | {
        readonly code: "wrong-direction";
        readonly mapped: Direction;
        readonly used: Direction;
        readonly call: "unmap" | "sync";
      }
    | { readonly code: "sync-outside" }
    | {
        readonly code: "overlap";
        readonly other: string;
        readonly otherAddr: DmaAddr;
        readonly otherMappedAt: CallSite;
      }
    | { readonly code: "error-not-checked" }
    /** `count` mappings of one owner are left; the numbers are those of the first. */
    | { readonly code: "leak"; readonly owner: string; readonly count: number; readonly kind: MappingKind }
  );

/** One sentence for people, and the places it is about. */
export function describeFinding(finding: Finding): string {
  const sites = [
    ...siteLines("at", finding.at),
    ...siteLines("mapped at", finding.mappedAt),
    ...(finding.code === "overlap" ? siteLines("the other one mapped at", finding.otherMappedAt) : []),
  ];
  return [sentenceOf(finding), ...sites].join("\n");
}

function sentenceOf(finding: Finding): string {
  const { device, size } = finding;
  const what = `${formatSize(size)} at ${formatHex(finding.dmaAddr)}`;
  switch (finding.code) {
    case "unmap-unknown":
      return `${device} unmaps ${what}, which nobody has mapped`;
    case "unmap-failed-mapping":
      return `${device} unmaps a mapping that could not be made`;
    case "double-unmap":
      return `${device} unmaps ${what} a second time`;
    case "wrong-device":
      return `${device} unmaps ${what}, which is a mapping of ${finding.owner}`;
    case "wrong-size":
      return `${device} unmaps ${what}; mapped are ${formatSize(finding.mapped)}`;
    case "wrong-function":
      return `${device} unmaps ${what} as ${finding.used}; it was mapped as ${finding.mapped}`;
    case "wrong-direction":
      return `${device} ${finding.call === "unmap" ? "unmaps" : "syncs"} ${what} as ${finding.used}; it was mapped ${finding.mapped}`;
    case "sync-outside":
      return `${device} syncs ${what}, which is in none of its mappings`;
    case "overlap":
      return `${device} maps ${what}; part of that memory is mapped for ${finding.other} at ${formatHex(finding.otherAddr)}, and one of the two is written by a device`;
    case "error-not-checked":
      return `${device} uses the mapping of ${what} and never asked whether it was made`;
    case "leak":
      return finding.count === 1
        ? `${finding.owner} has left ${what} mapped for ${device}`
        : `${finding.owner} has left ${finding.count} mappings for ${device}, one of them ${what}`;
  }
}

function siteLines(label: string, site: CallSite | null): readonly string[] {
  const [first, ...more] = site?.frames() ?? [];
  return first === undefined ? [] : [`  ${label} ${first}`, ...more.map((frame) => `    from ${frame}`)];
}
