/**
 * Arm's PrimeCells and CoreSight blocks, which Linux binds by their peripheral identity: no driver names their compatible. The DMA controller PL330 stands in
 * `bus-masters.ts`, the display PL111 in `arm.ts`. Read by hand in Linux 6.12.
 *
 * An AMBA device has one variable for both masks, 32 bits from the start: `drivers/of/platform.c:235`.
 */
import type { DeviceFact, MaskFact, SourceLine } from "../fact.js";
import {
  at,
  bothMasks,
  busMaster,
  cardHost,
  defaultMask,
  driver,
  type MatchRows,
  reviewedFact,
  runtimeMask,
  sameMasks,
  untouchedLimits,
} from "./shorthand.js";

const SERIAL = "drivers/tty/serial/amba-pl011.c";
const SPI = "drivers/spi/spi-pl022.c";
const DMA = "drivers/dma/amba-pl08x.c";
const CARD = "drivers/mmc/host/mmci.c";
const TMC = "drivers/hwtracing/coresight/coresight-tmc-core.c";
const CATU = "drivers/hwtracing/coresight/coresight-catu.c";

/** A block whose memory is mapped for the DMA controller it is a client of, where it is one. */
function client(
  name: string,
  module: string,
  file: string,
  line: number,
  probeLine: number,
  mapLine: number,
): DeviceFact {
  return reviewedFact(name, driver(module, file, line), {
    role: "other",
    appliesTo: "dma-channel",
    ...untouchedLimits(file, probeLine),
    buffers: [],
    memoryRegionUse: "none",
    slaveDma: true,
    confidence: "A",
    note: `Maps for the channel's device (${file.split("/").at(-1)}:${mapLine}); without a channel the CPU moves every byte.`,
  });
}

/** Trace blocks that reach no memory: compatible, module, line of the identities and of the probe. */
function tracing(file: string, module: string, probeLine: number, rows: MatchRows, note: string): DeviceFact[] {
  const path = `drivers/hwtracing/coresight/${file}`;
  return rows.map(([name, line]) =>
    busMaster(name, driver(module, path, line), untouchedLimits(path, probeLine), "A", {
      memoryRegionUse: "none",
      note,
    }),
  );
}

const NO_MEMORY = "Makes or passes on a trace and reaches no memory.";

/** The width in bits that a block's DEVID register states; 40 where it states none of these. */
function statedWidth(widths: readonly number[], ...sources: readonly SourceLine[]): MaskFact {
  return runtimeMask(
    widths.map((bits) => `0x${(2n ** BigInt(bits) - 1n).toString(16)}`),
    widths.map((bits) =>
      bits === 40 ? "it states 40 bits or nothing" : `the block's DEVID register states ${bits} bits`,
    ),
    ...sources,
  );
}

/** Facts of AMBA cells. */
export const AMBA_FACTS: readonly DeviceFact[] = [
  client("arm,pl011", "amba-pl011", SERIAL, 2967, 2775, 371),
  client("arm,pl022", "spi-pl022", SPI, 2130, 1854, 931),
  ...["arm,pl080", "arm,pl081"].map((name) =>
    busMaster(name, driver("amba-pl08x", DMA, 3021), bothMasks("0xffffffff", DMA, 2707), "A", {
      note: "The masks of its clients do not matter.",
    }),
  ),
  client("arm,pl180", "mmci", CARD, 2605, 2204, 1060),
  busMaster("arm,pl18x", driver("mmci", CARD, 2605), cardHost(defaultMask(CARD, 2204)), "A", {
    note: "STM32's variant has a DMA engine inside and maps for this node; the others are clients of a DMA controller, for which they map (mmci.c:1060).",
  }),
  busMaster(
    "arm,coresight-tmc",
    driver("coresight-tmc", TMC, 638),
    sameMasks(statedWidth([32, 40, 44, 48, 52], at(TMC, 443), at(TMC, 431))),
    "C",
    {
      memoryRegionUse: "none",
      note: "Only in its role as a trace router (ETR) it writes to memory; as a buffer or FIFO it has SRAM, and the masks stay as they are.",
    },
  ),
  busMaster(
    "arm,coresight-catu",
    driver("coresight-catu", CATU, 610),
    sameMasks(statedWidth([32, 40, 44, 48, 52, 56, 64], at(CATU, 553), at(CATU, 541))),
    "C",
    { memoryRegionUse: "none", mmu: "device", note: "Scatters the trace of the router before it." },
  ),
  ...tracing("coresight-etb10.c", "coresight-etb10", 715, [["arm,coresight-etb10", 833]], NO_MEMORY),
  ...tracing("coresight-etm3x-core.c", "coresight-etm3x", 847, [["arm,coresight-etm3x", 991]], NO_MEMORY),
  ...tracing("coresight-etm4x-core.c", "coresight-etm4x", 2236, [["arm,coresight-etm4x", 2442]], NO_MEMORY),
  ...tracing("coresight-stm.c", "coresight-stm", 817, [["arm,coresight-stm", 980]], NO_MEMORY),
  ...tracing("coresight-tpiu.c", "coresight-tpiu", 129, [["arm,coresight-tpiu", 240]], NO_MEMORY),
  ...tracing("coresight-funnel.c", "coresight-funnel", 214, [["arm,coresight-dynamic-funnel", 408]], NO_MEMORY),
  ...tracing(
    "coresight-replicator.c",
    "coresight-replicator",
    220,
    [["arm,coresight-dynamic-replicator", 420]],
    NO_MEMORY,
  ),
  ...tracing("coresight-cpu-debug.c", "coresight-cpu-debug", 563, [["arm,coresight-cpu-debug", 668]], NO_MEMORY),
];
