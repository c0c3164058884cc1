/** Short forms for readings: each builds a plain value of `reading.ts` and decides nothing. */
import type { LimitFact, MaskFact, SourceLine } from "../../../src/facts/fact.js";
import { at, type DmaLimits, exactMask } from "../../../src/facts/reviewed/shorthand.js";
import type { Reading, Unbound } from "./reading.js";

/** Fields that are the same for most drivers. */
type Usual = "usesDma" | "appliesTo" | "mmu" | "slaveDma" | "kinds" | "memoryRegionUse";

/** What was read of a driver, the usual fields left out. */
type Stated = Omit<Reading, "compatible" | "driver" | Usual> & Partial<Pick<Reading, Usual>>;

/** A driver that uses DMA for its own node, gives user space no buffers and looks at no `memory-region`, unless `stated` says otherwise. */
export function reading(compatible: string, driver: SourceLine, stated: Stated): Reading {
  return {
    compatible,
    driver,
    usesDma: true,
    appliesTo: "self",
    mmu: "none",
    slaveDma: false,
    kinds: [],
    memoryRegionUse: null,
    ...stated,
  };
}

/** A name that no driver binds to; `evidence` is where it is named. */
export function unbound(compatible: string, why: string, ...evidence: readonly SourceLine[]): Unbound {
  return { compatible, unbound: why, evidence };
}

/** A segment size and boundary as the SCSI core writes them when it finds a disk; the lines hold the host's segment size. */
export function scsiHost(
  masks: Pick<DmaLimits, "dmaMask" | "coherentDmaMask">,
  maxSegmentSize: number,
  ...sizes: readonly SourceLine[]
): DmaLimits {
  const limit: LimitFact = {
    kind: "exact",
    value: maxSegmentSize,
    setBy: "scsi-core",
    sources: [at("drivers/scsi/scsi_lib.c", 2037), ...sizes],
  };
  return {
    dmaMask: masks.dmaMask,
    coherentDmaMask: masks.coherentDmaMask,
    maxSegmentSize: limit,
    segmentBoundaryMask: exactMask("0xffffffff", "drivers/scsi/scsi_lib.c", 2036),
  };
}

/** The segment size of a SCSI host whose template names none: 64 KiB. */
export function ataHost(dmaMask: MaskFact, coherentDmaMask: MaskFact = dmaMask): DmaLimits {
  return scsiHost({ dmaMask, coherentDmaMask }, 0x10000, at("drivers/scsi/hosts.c", 481));
}
