import type { TreeSpec } from "../../src/devicetree/build.js";

/**
 * One real placement as plain data: what is asked on which board, and the answer read out of driver source, trees and reports.
 *
 * Devices are written as a user would write them, and everything expected of a device uses the same words.
 */
export interface PlacementCase {
  readonly title: string;
  /** What this case teaches, in our own words. */
  readonly why: string;
  /** Where the expectation was read: kernel file and line of Linux 6.12, the address of the report, or the tree. */
  readonly from: readonly string[];
  /** Path below the board cache, `arm64/VENDOR/NAME.dtb`; null for a tree built here because no real board shows the case. */
  readonly board: string | null;
  /** The whole tree of a built case. */
  readonly built?: TreeSpec;
  /** Properties and nodes that a boot loader or an overlay puts into the board's tree. */
  readonly edit?: TreeSpec;
  /** As `--memory`; default: what the tree states. */
  readonly memory?: string;
  /** Default `embedded-6.12`. */
  readonly profile?: string;
  readonly pageSize?: "4K" | "16K" | "64K";
  readonly cmdline?: string;
  readonly devices: readonly string[];
  /** Bytes of one buffer, unless an image is given. */
  readonly size?: number;
  /** `WIDTHxHEIGHT:FOURCC`. */
  readonly image?: string;
  /** Default 1. */
  readonly count?: number;
  readonly expected: ExpectedPlacement;
}

/** The answer. */
export interface ExpectedPlacement {
  /** Bytes of one buffer, where a picture's layout decides them. */
  readonly size?: number;
  readonly devices: Readonly<Record<string, ExpectedDevice>>;
  /**
   * Verdict of every candidate. The key names a source, and where it matters the route and the exporting device:
   * `system`, `system via dma-heap`, `system via v4l2:rga@fdb80000`. The most exact key counts; every candidate must have one, and
   * every key a candidate.
   *
   * The verdict is `fits`, `depends CODE...` or `refused CODE...`; a code may name the device it is about, `would-bounce@gpu`. A
   * refusal names all codes, or, ending in `...`, some of them.
   */
  readonly candidates: Readonly<Record<string, string>>;
  /** `HEAP via KIND`, with `:DEVICE` or ` PATH` behind it where the case says so; null when nothing fits. */
  readonly chosen: string | null;
  /** `CODE` or `CODE@DEVICE`, all of them; a code with `?` behind it may be missing. An answer without any is proven. */
  readonly assumptions: readonly string[];
  readonly conflict?: ExpectedConflict;
}

/** How a device sees the memory, and what decides it. */
export interface ExpectedDevice {
  readonly via: "direct" | "iommu" | "device-mmu" | "cpu";
  /** Where the limit of its reach stands: `FILE:LINE` of the driver, or `NODE:PROPERTY`. */
  readonly reach?: string;
  /** Where the kind of its queue stands. */
  readonly queue?: string;
  /** Where the limit of its I/O addresses stands. */
  readonly iova?: string;
  /** RAM it reaches, base and size of each range. */
  readonly reaches?: readonly (readonly [base: number, size: number])[];
  /** State of its IOMMU. */
  readonly iommu?: "translate" | "identity" | "disabled" | "no-driver" | "malformed";
  /** The device the DMA API sees, where it is another one: path, or the name of a device without a node. */
  readonly dmaDevice?: string;
}

/** Why nothing fits. */
export interface ExpectedConflict {
  /** Sets of fields of the members, sorted; several where two conflicts are equally small. */
  readonly fields: readonly (readonly string[])[];
  /** Sets of devices, likewise; in the words of the request. */
  readonly devices: readonly (readonly string[])[];
  /** Kinds of remedies that must be offered. */
  readonly remedies: readonly string[];
  /** Kinds that would not help and must not be offered. */
  readonly noRemedies?: readonly string[];
  /** What the device tree text of the `reserved-memory` remedy must contain. */
  readonly dts?: readonly string[];
}
