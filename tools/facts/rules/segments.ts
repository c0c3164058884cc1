/**
 * Segment sizes and boundaries.
 *
 * Linux 6.12: dma_set_max_seg_size() and dma_set_seg_boundary() store what they are given, in an unsigned int and an unsigned long;
 * vb2_dma_contig_set_max_seg_size() only raises. Layers above overwrite the driver: drivers/mmc/core/queue.c mmc_alloc_disk() when a card appears,
 * drivers/scsi/scsi_lib.c scsi_init_limits() for every SCSI host, ATA and UFS among them.
 */
import type { LimitFact, MaskFact, SourceLine } from "../../../src/facts/fact.js";
import { unknown } from "../evaluate/values.js";
import { maskFact } from "./masks.js";
import type { Question, Rule } from "./rule.js";
import { type Candidate, deviceOf, lastSettings, type Setting } from "./settings.js";

/** What a driver says of segments. */
export interface Segments {
  readonly maxSegmentSize: LimitFact;
  readonly segmentBoundaryMask: MaskFact;
  /** One of the two is one of several. */
  readonly conditional: boolean;
}

const SIZE_CALLS = new Set(["dma_set_max_seg_size", "vb2_dma_contig_set_max_seg_size"]);
const BOUNDARY_CALLS = new Set(["dma_set_seg_boundary"]);
const MMC_CORE = new Set(["mmc_add_host"]);
const SCSI_CORE = new Set(["scsi_add_host", "scsi_add_host_with_dma", "ata_host_register", "ata_host_activate"]);

/** The segments of the device's own node. */
export const segments: Rule<Segments> = {
  interest: { calls: new Set([...SIZE_CALLS, ...BOUNDARY_CALLS]), stores: new Set() },
  judge: (question) => {
    const { trace, driver } = question;
    const settings = (names: ReadonlySet<string>): Setting[] =>
      trace.events.flatMap((event) =>
        event.kind === "call" && names.has(event.name) && deviceOf(event.arguments[0]).kind === "self"
          ? [{ site: event, value: event.arguments[1] ?? unknown("") }]
          : [],
      );
    const probe: SourceLine = { file: driver.probe.file, line: driver.probe.line };
    const sizes = lastSettings(settings(SIZE_CALLS));
    const boundaries = lastSettings(settings(BOUNDARY_CALLS));
    const overwritten = coreLimits(question);
    const before = driver.variable.type === "pci_driver" ? pciLimits(question) : null;
    const size = sizeFact(sizes);
    const boundary = boundaryFact(boundaries, probe);
    const maxSegmentSize =
      overwritten?.maxSegmentSize ?? (size.kind === "default" ? before?.maxSegmentSize : null) ?? size;
    const segmentBoundaryMask =
      overwritten?.segmentBoundaryMask ??
      (boundary.kind === "default" ? before?.segmentBoundaryMask : null) ??
      boundary;
    const conditional = maxSegmentSize.kind === "set" || segmentBoundaryMask.kind === "set";
    return { maxSegmentSize, segmentBoundaryMask, conditional };
  },
};

function boundaryFact(candidates: readonly Candidate[], probe: SourceLine): MaskFact {
  const fact = maskFact(candidates, probe);
  return fact.kind === "default" ? { kind: "default", sources: [] } : fact;
}

function sizeFact(candidates: readonly Candidate[]): LimitFact {
  const sources = candidates.flatMap(({ source }) => (source === null ? [] : [source]));
  const values = [...new Set(candidates.map(({ value }) => value))];
  const [only] = values;
  if (values.length === 1 && only === null) return { kind: "default", setBy: "default" };
  if (values.length === 1 && typeof only === "bigint") {
    const kind = candidates[0]?.byMatch === true ? "variant" : "exact";
    return { kind, value: Number(BigInt.asUintN(32, only)), setBy: "driver", sources };
  }
  const known = values.filter((value): value is bigint => typeof value === "bigint");
  if (known.length < values.filter((value) => value !== null).length)
    return { kind: "runtime", setBy: "driver", sources };
  // A limit has one number: the tightest that may hold, 64 KiB where it may never be set.
  const least = known.map((value) => Number(BigInt.asUintN(32, value))).sort((a, b) => a - b)[0] ?? 0;
  const unset = values.includes(null);
  return { kind: "set", value: unset ? Math.min(65536, least) : least, setBy: "driver", sources };
}

/** What the PCI core has written before a driver is probed: drivers/pci/probe.c pci_device_add(). */
function pciLimits({ source }: Question): Pick<Segments, "maxSegmentSize" | "segmentBoundaryMask"> {
  const core = "drivers/pci/probe.c";
  const [size, boundary] = [lineOf(source, core, "dma_set_max_seg_size"), lineOf(source, core, "dma_set_seg_boundary")];
  return {
    maxSegmentSize: { kind: "exact", value: 65536, setBy: "pci-core", sources: size },
    segmentBoundaryMask: { kind: "exact", value: "0xffffffff", sources: boundary },
  };
}

/** What the layer above writes, for drivers that hand their host to it. */
function coreLimits({
  reach,
  source,
}: Question): Partial<Pick<Segments, "maxSegmentSize" | "segmentBoundaryMask">> | null {
  const callers = (names: ReadonlySet<string>, core: string): boolean =>
    reach.callers(names).some(({ file }) => !file.startsWith(core));
  if (callers(MMC_CORE, "drivers/mmc/core/")) {
    const line = lineOf(source, "drivers/mmc/core/queue.c", "dma_set_max_seg_size");
    return { maxSegmentSize: { kind: "runtime", setBy: "mmc-core", sources: line } };
  }
  if (callers(SCSI_CORE, "drivers/scsi/")) {
    const size = lineOf(source, "drivers/scsi/scsi_lib.c", "dma_set_max_seg_size");
    const boundary = lineOf(source, "drivers/scsi/scsi_lib.c", "dma_set_seg_boundary");
    return {
      maxSegmentSize: { kind: "runtime", setBy: "scsi-core", sources: size },
      segmentBoundaryMask: { kind: "exact", value: "0xffffffff", sources: boundary },
    };
  }
  return null;
}

/** The line of a call in a core's file; nothing where the file is not there. */
function lineOf(source: Question["source"], file: string, name: string): SourceLine[] {
  const outline = source.outline(file);
  for (const fn of outline?.functions.values() ?? []) {
    if (!fn.calls.has(name)) continue;
    const at = outline?.code.indexOf(`${name}(`, fn.body) ?? -1;
    if (at >= 0) return [{ file, line: source.lineAt(file, at) }];
  }
  return [];
}
