import type { Direction } from "../simulate/mapping/dma-map-ops.js";
import { type Bytes, formatHex, type PhysAddr } from "../units/quantity.js";
import type { Random } from "./random.js";

/** A step of a sequence. `slot` numbers what lives: a step that finds its slot taken, or empty, does nothing. */
export type OpsOperation =
  | {
      readonly kind: "map";
      readonly slot: number;
      /** Heap that the memory comes from. */
      readonly heap: "system" | "page-block" | "cma:default";
      readonly size: Bytes;
      readonly direction: Direction;
      /** Which internal allocation fails; 0 for none. */
      readonly fault: number;
    }
  | {
      readonly kind: "map-block";
      readonly slot: number;
      readonly size: Bytes;
      readonly direction: Direction;
      readonly fault: number;
    }
  | {
      readonly kind: "alloc";
      readonly slot: number;
      readonly size: Bytes;
      readonly blocking: boolean;
      readonly fault: number;
    }
  | { readonly kind: "sync-for-device" | "sync-for-cpu" | "release"; readonly slot: number };

const DIRECTIONS = ["to-device", "from-device", "bidirectional"] as const;
const HEAPS = ["system", "page-block", "cma:default"] as const;
/** Slots of a sequence. */
export const SLOTS = 6;

/** A random sequence. */
export function randomOpsOperations(random: Random, pageSize: Bytes, length: number): readonly OpsOperation[] {
  return Array.from({ length }, () => randomOperation(random, pageSize));
}

/** The operation in words. */
export function describeOpsOperation(operation: OpsOperation): string {
  const fault = "fault" in operation && operation.fault > 0 ? `, the allocation no. ${operation.fault} fails` : "";
  switch (operation.kind) {
    case "map":
      return `${operation.slot}: map ${operation.size} bytes of ${operation.heap} ${operation.direction}${fault}`;
    case "map-block":
      return `${operation.slot}: map a block of ${operation.size} bytes ${operation.direction}${fault}`;
    case "alloc":
      return `${operation.slot}: allocate ${operation.size} bytes${operation.blocking ? "" : " without waiting"}${fault}`;
    case "sync-for-device":
    case "sync-for-cpu":
    case "release":
      return `${operation.slot}: ${operation.kind}`;
  }
}

/** A range in words. */
export function describeRange(base: PhysAddr, size: Bytes): string {
  return `${size} bytes at ${formatHex(base)}`;
}

function randomOperation(random: Random, pageSize: Bytes): OpsOperation {
  const slot = random.below(SLOTS);
  const fault = random.oneIn(8) ? 1 + random.below(4) : 0;
  const pages = random.pick([1, 1, 2, 3, 7, 16, 33, 64]);
  const size = pages * pageSize - (random.oneIn(4) ? random.below(pageSize - 512) : 0);
  const direction = random.pick(DIRECTIONS);
  switch (random.below(8)) {
    case 0:
    case 1:
      return { kind: "map", slot, heap: random.pick(HEAPS), size, direction, fault };
    case 2:
      return { kind: "map-block", slot, size: Math.max(512, size), direction, fault };
    case 3:
      return { kind: "alloc", slot, size, blocking: !random.oneIn(4), fault };
    case 4:
      return { kind: "sync-for-device", slot };
    case 5:
      return { kind: "sync-for-cpu", slot };
    default:
      return { kind: "release", slot };
  }
}
