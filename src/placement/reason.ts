import type { Bytes, PhysAddr } from "../units/quantity.js";
import type { RangeSet } from "../units/ranges.js";

/**
 * Why a candidate is refused, depends on something, or fits. Codes are public and never change meaning; every reason carries the numbers needed to act. The
 * sentence is made by {@link explain} alone. `device` is a path.
 */
export type Reason =
  | {
      /** Pages may lie where the device cannot address them, so the kernel would copy, and the picture would be wrong. */
      readonly code: "would-bounce";
      readonly device: string;
      readonly outside: Bytes;
      readonly share: number;
      readonly firstOutside: PhysAddr;
      readonly reach: RangeSet;
    }
  | {
      readonly code: "beyond-iommu-output";
      readonly device: string;
      readonly iommu: string;
      readonly outputBits: number;
      readonly outside: Bytes;
      readonly share: number;
      readonly firstOutside: PhysAddr;
    }
  /** A buffer can lie across a border of bus windows, which follow each other for the CPU and not on the bus: it is no range there. */
  | { readonly code: "crosses-windows"; readonly device: string; readonly at: PhysAddr }
  | { readonly code: "needs-contiguous"; readonly device: string; readonly size: Bytes }
  | { readonly code: "needs-one-entry"; readonly device: string; readonly size: Bytes; readonly maxSegmentSize: Bytes }
  | {
      readonly code: "too-many-segments";
      readonly device: string;
      readonly segments: number;
      readonly maxSegments: number;
    }
  | {
      readonly code: "iova-room";
      readonly device: string;
      readonly room: Bytes;
      readonly needed: Bytes;
      /** Times each buffer is mapped in that space: more than once where participants share it. */
      readonly mappings: number;
    }
  | { readonly code: "cannot-import"; readonly device: string; readonly driver: string | null }
  /** The device's restricted pool makes the kernel copy whatever it maps. */
  | { readonly code: "always-bounced"; readonly device: string; readonly pool: string }
  /**
   * The kernel gives the device bus addresses of its coherent pool even behind an IOMMU, which has no translation for them: Linux 6.12
   * `kernel/dma/mapping.c` `dma_alloc_attrs()`.
   */
  | {
      readonly code: "untranslated-pool";
      readonly device: string;
      readonly pool: string;
      readonly iommu: string | null;
    }
  | {
      readonly code: "exporter-out-of-reach";
      readonly device: string;
      readonly outside: Bytes;
      readonly share: number;
      readonly firstOutside: PhysAddr;
    }
  | {
      readonly code: "no-hole";
      readonly heap: string;
      readonly asked: Bytes;
      readonly largestHole: Bytes;
      readonly missing: Bytes;
      readonly count: number;
      readonly fits: number;
    }
  | {
      readonly code: "too-large";
      readonly heap: string;
      readonly asked: Bytes;
      readonly largest: Bytes;
      readonly missing: Bytes;
      readonly limit: "page-block" | "udmabuf" | "restricted-pool" | "memory";
    }
  | { readonly code: "no-route"; readonly heap: string; readonly profile: string; readonly option: string | null }
  | { readonly code: "no-cpu-mapping"; readonly heap: string }
  /** The device's allocation path takes single pages from the page allocator, never from this area. */
  | { readonly code: "one-page"; readonly device: string; readonly heap: string }
  | { readonly code: "only-when-full"; readonly device: string; readonly first: string }
  | { readonly code: "unknown-buffers"; readonly device: string }
  | { readonly code: "fits"; readonly asked: Bytes; readonly largest: Bytes; readonly count: number };

/** A reason's code. */
export type ReasonCode = Reason["code"];

/** Codes that leave a candidate possible. */
export const OPEN_CODES: ReadonlySet<ReasonCode> = new Set<ReasonCode>(["only-when-full", "unknown-buffers", "fits"]);
