/** What runs in the page and in Node alike: each function's answer must be the same text in both. */
import {
  checkBoard,
  checkDocument,
  createDmaSystem,
  explainDocument,
  KERNEL_PROFILES,
  type KernelProfile,
  LogReading,
  loadFacts,
  type Machine,
  orThrow,
  parseMemorySpec,
  placeBuffer,
  placeDocument,
  RECOGNISERS,
  readBoard,
  readDeviceTree,
  readMachine,
  readRequest,
  type SystemEvent,
} from "../../src/index.js";
import { alignUp, formatHex, formatSize, MIB } from "../../src/units/quantity.js";
import { largestAlignedRun, subtractRanges, toRangeSet } from "../../src/units/ranges.js";

/** Range arithmetic above 4 GiB, with its rendering. */
export function units(): unknown {
  const memory = toRangeSet([
    { base: 0x1_0000_0000, size: 0x3_0000_0000 },
    { base: 0x20_0000, size: 0xefe0_0000 },
  ]);
  const free = subtractRanges(memory, [{ base: 0x2_0000_0000, size: 64 * MIB }]);
  return {
    free: free.map((range) => [formatHex(range.base), formatSize(range.size)]),
    largest: formatSize(largestAlignedRun(free, 4 * MIB)),
    aligned: formatHex(alignUp(0x2_0000_0001, 4096)),
  };
}

/** The bytes as the page got them: how many, and their sum. */
export function bytesSeen(bytes: Uint8Array): unknown {
  return { length: bytes.length, sum: bytes.reduce((sum, byte) => sum + byte, 0) };
}

/** A board and what is asked of it. */
interface Question {
  readonly memory: string | null;
  readonly devices: readonly string[];
  readonly image: string;
}

async function machineOf(tree: Uint8Array, memory: string | null): Promise<Machine> {
  return readMachine({
    tree: readDeviceTree(tree),
    facts: await loadFacts(),
    profile: KERNEL_PROFILES.get("embedded-6.12") as KernelProfile,
    ...(memory !== null && { memory: orThrow(parseMemorySpec(memory)) }),
  });
}

async function place(tree: Uint8Array, { memory, devices, image }: Question): Promise<unknown> {
  const machine = await machineOf(tree, memory);
  return placeDocument(machine, placeBuffer(machine, orThrow(readRequest(machine, { devices, image }))));
}

/** On the example board one engine writes a picture, another one reads it, and the CPU looks; then everything goes back. */
export async function pictureMoves(tree: Uint8Array): Promise<unknown> {
  const system = createDmaSystem(await machineOf(tree, null));
  const events: SystemEvent[] = [];
  system.subscribe((event) => events.push(event));
  const buffer = system.createBuffer({ image: "640x480:NV12", participants: ["rga@fd100000", "display@fd000000"] });
  const [engine, display] = buffer.attachments.map((attachment) => orThrow(attachment.map("bidirectional")));
  const pattern = Uint8Array.from({ length: buffer.size }, (_, i) => (i * 7) % 251);
  orThrow(system.busMaster("rga@fd100000").write(engine?.dmaAddr ?? 0, pattern));
  const shown = new Uint8Array(buffer.size);
  orThrow(system.busMaster("display@fd000000").read(display?.dmaAddr ?? 0, shown));
  const isSame = (bytes: Uint8Array): boolean => bytes.every((byte, i) => byte === pattern[i]);
  const seenByCpu = orThrow(buffer.cpuAccess("read", isSame));
  for (const attachment of buffer.attachments) attachment.detach();
  buffer.release();
  system.audit();
  return { events, shown: isSame(shown), seenByCpu, findings: system.findings(true).length, heaps: system.heaps() };
}

/** The example board's display and 2D engine share a picture. */
export function exampleBoard(tree: Uint8Array): Promise<unknown> {
  return place(tree, { memory: null, devices: ["display@fd000000", "rga@fd100000"], image: "1920x1080:NV12" });
}

/** A ROCK 5B with 16 GiB: its display and its 2D engine share a 4K picture. */
export function rock5b(tree: Uint8Array): Promise<unknown> {
  const memory = "0x200000+0xefe00000,0x100000000+12G";
  return place(tree, { memory, devices: ["vop@fdd90000", "rga@fdb80000"], image: "3840x2160:NV12" });
}

/** All that `check` says of the example board, and what a line of its log means. */
export async function checked(tree: Uint8Array): Promise<unknown> {
  const profile = KERNEL_PROFILES.get("embedded-6.12") as KernelProfile;
  const board = readBoard({ tree: readDeviceTree(tree), facts: await loadFacts(), profile });
  const findings = checkBoard(board);
  const log = new LogReading(RECOGNISERS);
  log.push(new TextEncoder().encode("cma: __cma_alloc: reserved: alloc failed, req-size: 2025 pages, ret: -12\n"));
  const given = { machine: board.machine, name: "board.dtb", check: () => findings };
  return { check: checkDocument(board, findings), explain: explainDocument(log.end(), given) };
}
