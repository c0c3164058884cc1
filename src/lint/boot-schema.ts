/** What the kernel does with a tree, as `coalloc/check/1` says it. */
import { z } from "zod";
import type { BootAssumption, BootFailure, DefaultCma } from "../boot/outcome.js";
import type { Range } from "../units/ranges.js";
import type { CheckedBoot, CheckedRegion, RangePair } from "./document.js";
import { bytes, path } from "./finding-schema.js";
import type { MemoryMap, MemoryPiece } from "./memory-map.js";

/** A range as `[base, size]`. */
export const rangePair: z.ZodType<RangePair> = z.tuple([bytes, bytes]);

const range: z.ZodType<Range> = z.strictObject({ base: bytes, size: bytes });
const ranges = z.array(range);
const certainty = z
  .enum(["exact", "assumed"])
  .describe("assumed: another plausible start of the same board could change it");

const failed = { node: path.nullable(), phase: z.enum(["scan", "boot", "late"]) };
const failedAt = { ...failed, base: bytes, size: bytes };
const badLength = { ...failed, length: bytes, entryLength: bytes };
const noHole = {
  asked: bytes,
  largestHole: bytes,
  blockers: ranges.describe("what is reserved where it was looked for"),
};

const failure: z.ZodType<BootFailure> = z.discriminatedUnion("kind", [
  z.strictObject({
    ...failed,
    kind: z.literal("alloc-failed"),
    ...noHole,
    alignment: bytes,
    ranges: ranges.nullable().describe("where it was looked for, in this order; null: in all RAM"),
  }),
  z.strictObject({ ...failedAt, kind: z.literal("cma-bad-alignment"), alignment: bytes }),
  z.strictObject({
    ...failedAt,
    kind: z.literal("cma-setup-failed"),
    reason: z.enum(["no-slots", "empty", "not-reserved"]),
  }),
  z.strictObject({
    ...failed,
    kind: z.literal("cma-no-slots"),
    slots: bytes,
    target: z.enum(["region", "default-area"]),
  }),
  z.strictObject({ ...failedAt, kind: z.literal("bypassed-by-cmdline") }),
  z.strictObject({ ...failedAt, kind: z.literal("no-map-required") }),
  z.strictObject({ ...failedAt, kind: z.literal("init-failed"), returned: z.boolean() }),
  z.strictObject({ ...failedAt, kind: z.literal("reserve-failed"), blockers: ranges }),
  z.strictObject({ ...badLength, kind: z.literal("bad-reg-length") }),
  z.strictObject({ ...badLength, kind: z.literal("bad-alloc-ranges-length") }),
  z.strictObject({ ...badLength, kind: z.literal("bad-size-length") }),
  z.strictObject({ ...badLength, kind: z.literal("bad-alignment-length") }),
  z.strictObject({ ...failed, kind: z.literal("empty-reg") }),
  z.strictObject({
    ...failed,
    kind: z.literal("unsupported-root"),
    reason: z.enum(["size-cells", "address-cells", "ranges"]),
  }),
  z.strictObject({ ...failed, kind: z.literal("too-many-dynamic"), limit: bytes }),
  z.strictObject({ ...failed, kind: z.literal("table-full"), limit: bytes }),
  z.strictObject({ ...failed, kind: z.literal("overlap"), range, other: z.string(), otherRange: range }),
  z.strictObject({ ...failed, kind: z.literal("extra-reg-ignored"), ignored: bytes }),
  z.strictObject({ ...failed, kind: z.literal("cma-bad-cmdline"), text: z.string() }),
  z.strictObject({ ...failedAt, kind: z.literal("cma-base-misaligned"), alignment: bytes }),
  z.strictObject({ ...failedAt, kind: z.literal("cma-crosses-highmem"), border: bytes }),
  z.strictObject({ ...failedAt, kind: z.literal("cma-exceeds-limit"), limit: bytes }),
  z.strictObject({ ...failed, kind: z.literal("cma-reserve-failed"), ...noHole, range, certainty }),
  z.strictObject({ ...failedAt, kind: z.literal("cma-not-activated"), border: bytes }),
  z.strictObject({
    ...failedAt,
    kind: z.literal("panic"),
    cause: z.enum(["cma-outside-ram", "partial-no-map-page"]),
  }),
]);

const assumption: z.ZodType<BootAssumption> = z.strictObject({
  name: z.string().min(1),
  base: bytes,
  size: bytes,
  basis: z.string().min(1).describe("why it is put there"),
});

const region: z.ZodType<CheckedRegion> = z.strictObject({
  node: path,
  base: bytes.nullable().describe("null: it has no place"),
  size: bytes.describe("as the tree states it"),
  kind: z.enum(["cma", "dma-pool", "restricted-pool", "carveout"]),
  noMap: z.boolean(),
  reusable: z.boolean(),
  placement: z.enum(["static", "dynamic"]).describe("static has reg, dynamic only size"),
  status: z
    .enum(["placed", "failed", "ignored"])
    .describe("placed: the kernel announces it; failed: refused or taken back; ignored: not looked at"),
  certainty,
  isDefaultCma: z.boolean(),
  otherPlaces: z
    .array(
      z.strictObject({
        start: z.enum(["low", "initrd-low", "top-below-4g", "top", "empty"]),
        because: z.array(assumption),
        base: bytes.nullable(),
      }),
    )
    .describe("where other usual ways to start the board would put it"),
});

const defaultCma: z.ZodType<DefaultCma> = z.strictObject({
  base: bytes,
  size: bytes,
  source: z.enum(["config", "cmdline", "tree"]),
  node: path.nullable(),
  name: z.string().min(1),
  certainty,
});

const piece: z.ZodType<MemoryPiece> = z.strictObject({
  base: bytes,
  size: bytes,
  owners: z
    .array(
      z.strictObject({
        kind: z.enum(["loaded", "stated", "memreserve", "region", "default-cma", "kernel"]),
        name: z.string().min(1),
        node: path.nullable(),
        certainty,
      }),
    )
    .describe("none: free; several: they lie over each other"),
});

const memory: z.ZodType<MemoryMap> = z.strictObject({
  banks: z
    .array(z.strictObject({ base: bytes, size: bytes, pieces: z.array(piece).describe("together they are the bank") }))
    .describe("RAM, ascending"),
  outside: z.array(piece).describe("what has an owner and is no RAM"),
  borders: z
    .array(z.strictObject({ address: bytes, below: z.string().min(1), above: z.string().min(1) }))
    .describe("where one zone of the page allocator ends and the next begins"),
});

/** `boot` of a `coalloc/check/1`. */
export const checkedBoot: z.ZodType<CheckedBoot> = z.strictObject({
  regions: z.array(region).describe("children of /reserved-memory, in tree order"),
  failures: z.array(failure).describe("what the kernel complains about, in the order of its log"),
  afterScan: z.array(rangePair).describe("all that is reserved when /reserved-memory is read"),
  defaultCma: defaultCma.nullable(),
  cmaTotal: bytes.describe("CmaTotal of /proc/meminfo, in bytes"),
  zoneDmaEnd: bytes.describe("exclusive end of the first DMA zone"),
  memory: memory.describe("who has what when boot is over"),
  assumptions: z
    .array(assumption)
    .describe("what is taken for granted about the start; empty when a boot file says all"),
});
