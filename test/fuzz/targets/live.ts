import { DeviceTreeError } from "../../../src/devicetree/error.js";
import { loadFacts } from "../../../src/facts/load.js";
import { doctorDocument } from "../../../src/linux/doctor/doctor-document.js";
import { MachineError } from "../../../src/machine/error.js";
import { machineToJson, parseMachine } from "../../../src/machine/json.js";
import { readArchive } from "../../../src/machine/live/archive.js";
import { ArchiveError } from "../../../src/machine/live/archive-error.js";
import { LIVE_MARK } from "../../../src/machine/live/layout.js";
import { liveMachine } from "../../../src/machine/live/live-machine.js";
import type { Machine } from "../../../src/machine/machine.js";
import { type MachineSource, treeOfSource } from "../../../src/machine/source.js";
import { runningBoard } from "../../machine/live/running-board.js";
import { runningPc } from "../../machine/live/running-pc.js";
import { collected } from "../../machine/live/tar.js";
import { askMachine } from "../ask-machine.js";
import { checksum } from "../checksum.js";
import type { Mutation } from "../mutate.js";
import { tarMutation } from "../mutate-tar.js";

const facts = await loadFacts();

/**
 * Reads a tarball as the collector's, makes the machine that was looked at, and asks every question of it.
 *
 * @throws when anything but a machine or a documented error comes out, when a path leads out of the collection, when the machine is not the same
 *   after it was saved and read, or when a question cannot be answered
 */
export function run(data: Uint8Array): void {
  let source: MachineSource;
  try {
    source = readArchive(data);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    if (error.offset < 0 || error.offset > data.length) throw new Error(`offset ${error.offset}`, { cause: error });
    return;
  }
  for (const path of source.keys()) {
    if (path.split("/").some((part) => part === "" || part === "." || part === "..")) throw new Error(`path ${path}`);
  }
  if (!source.has(LIVE_MARK)) return;
  const plain = source.get("config");
  const config = plain === undefined ? null : new TextDecoder().decode(plain);
  let machine: Machine;
  try {
    machine = liveMachine(source, treeOfSource(source), config, { facts, profile: null });
  } catch (error) {
    if (error instanceof MachineError || error instanceof DeviceTreeError) return;
    throw error;
  }
  const written = machineToJson(machine);
  const again = parseMachine(written);
  if (!again.ok) throw new Error(`the machine is refused when read again: ${again.refusal.text}`);
  if (machineToJson(again.value) !== written) throw new Error("written again, the machine differs");
  askMachine(machine, checksum(data));
  const rights = { native: null, user: null, broker: null };
  const { missing } = doctorDocument({ machine, source, config, accessTo: () => "unknown", ...rights });
  for (const { text, fix } of missing) {
    if (/[\p{Cc}\u2028\u2029]/u.test([text, ...fix].join(""))) throw new Error(`doctor says ${JSON.stringify(text)}`);
  }
}

/** A PC without a tree, and a board with one. */
export const seeds: Uint8Array[] = [collected(runningPc()), collected(runningBoard())];

/** Words of the files that the seeds do not hold. */
export const mutation: Mutation = tarMutation([
  "System RAM",
  "Kernel code",
  "reserved",
  "  00001000-00001fff : reserved\n",
  "ffffffffffffffff",
  "Node 1, zone Normal",
  "spanned",
  "start_pfn",
  "MemTotal: 1 kB\n",
  "CmaTotal: 8 kB\n",
  "/sys/devices/",
  "/sys/bus/pci",
  "/sys/class/drm",
  "/sys/firmware/devicetree/base/soc",
  "DEVNAME=../x",
  "DEVNAME=dri/card1",
  "direct",
  "0x0 0xffffffffffffffff reserved\n",
  "identity",
  "DMA-FQ",
  "cma=64M@0x10000000",
  "mem=16M",
  "iommu.passthrough=1",
  "i686",
  "riscv64",
  "armv7l",
  "crw-rw---- 0 4294967295",
  "CONFIG_CMA_SIZE_MBYTES=9999999\n",
  "CONFIG_ARM64_64K_PAGES=y\n",
  "CONFIG_DMABUF_HEAPS=n\n",
]);

/** A run makes a machine and places four buffers. */
export const testExecutions = 800;
