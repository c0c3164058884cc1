import { DeviceTreeError } from "./error.js";

/** Offsets and what is added to them stay below 2^31. */
const MAX_LENGTH = 0x7ffffff0;

/** First word of every flattened device tree. */
export const FDT_MAGIC = 0xd00dfeed;

/** The first bytes of a flattened tree; all offsets count from the start of the file, ends are exclusive. */
export interface FlatHeader {
  /** Bytes the tree takes, at most the length of the input. */
  readonly totalSize: number;
  readonly version: number;
  readonly lastCompatibleVersion: number;
  /** Physical id of the CPU that boots. */
  readonly bootCpu: number;
  readonly headerSize: number;
  readonly reservationsOffset: number;
  readonly structureOffset: number;
  /** Exclusive end of the structure block; for version 16, which does not state it, the most it can be. */
  readonly structureEnd: number;
  readonly stringsOffset: number;
  readonly stringsEnd: number;
}

/**
 * Reads and checks the header: versions 16 and 17, and later ones that say version 17 can read them.
 *
 * @throws DeviceTreeError `empty`, `not-a-tree`, `truncated`, `too-large`, `unsupported-version`, `bad-offset`
 */
export function readFlatHeader(bytes: Uint8Array, view: DataView): FlatHeader {
  const length = bytes.length;
  if (length === 0) throw new DeviceTreeError("empty", 0, "the file is empty");
  if (length < 4 || view.getUint32(0) !== FDT_MAGIC) {
    throw new DeviceTreeError("not-a-tree", 0, "the file does not start with the device tree magic d00dfeed");
  }
  if (length < 28) throw new DeviceTreeError("truncated", length, "the header is cut off");
  if (length >= MAX_LENGTH) throw new DeviceTreeError("too-large", 0, "the file has 2 GiB or more");
  const version = view.getUint32(20);
  const lastCompatibleVersion = view.getUint32(24);
  if (version < 16 || lastCompatibleVersion > 17) {
    const range = `version ${version}, readable from version ${lastCompatibleVersion} on`;
    throw new DeviceTreeError("unsupported-version", 20, `the tree has ${range}; versions 16 and 17 are read`);
  }
  const headerSize = version >= 17 ? 40 : 36;
  if (length < headerSize) throw new DeviceTreeError("truncated", length, "the header is cut off");
  const totalSize = view.getUint32(4);
  if (totalSize > length) {
    throw new DeviceTreeError("truncated", 4, `the header promises ${totalSize} bytes, the file has ${length}`);
  }
  if (totalSize < headerSize)
    throw new DeviceTreeError("bad-offset", 4, `a total size of ${totalSize} bytes is less than the header`);

  const structureOffset = blockOffset(view, 8, headerSize, totalSize, "structure block");
  const stringsOffset = blockOffset(view, 12, headerSize, totalSize, "strings block");
  const reservationsOffset = blockOffset(view, 16, headerSize, totalSize, "memory reservations");
  if (structureOffset % 4 !== 0) {
    throw new DeviceTreeError(
      "bad-offset",
      8,
      `the structure block starts at ${structureOffset}, which is no multiple of 4`,
    );
  }
  const stringsSize = view.getUint32(32);
  if (stringsSize > totalSize - stringsOffset) {
    throw new DeviceTreeError("bad-offset", 32, `the strings block of ${stringsSize} bytes ends outside the tree`);
  }
  let structureEnd: number;
  if (version >= 17) {
    const structureSize = view.getUint32(36);
    if (structureSize > totalSize - structureOffset) {
      throw new DeviceTreeError(
        "bad-offset",
        36,
        `the structure block of ${structureSize} bytes ends outside the tree`,
      );
    }
    structureEnd = structureOffset + structureSize;
  } else {
    structureEnd = stringsOffset > structureOffset ? stringsOffset : totalSize;
  }
  return {
    totalSize,
    version,
    lastCompatibleVersion,
    bootCpu: view.getUint32(28),
    headerSize,
    reservationsOffset,
    structureOffset,
    structureEnd,
    stringsOffset,
    stringsEnd: stringsOffset + stringsSize,
  };
}

function blockOffset(view: DataView, field: number, headerSize: number, totalSize: number, block: string): number {
  const offset = view.getUint32(field);
  if (offset < headerSize || offset > totalSize) {
    throw new DeviceTreeError("bad-offset", field, `the ${block} starts at ${offset}, outside the tree`);
  }
  return offset;
}
