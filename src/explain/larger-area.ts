import { parseCmdline } from "../boot/cmdline.js";
import type { FindingRemedy } from "../lint/finding.js";
import type { Machine } from "../machine/machine.js";
import { freeForPool, type PoolEdit, roomFor, withPool } from "../placement/pool-edit.js";
import { poolOverlay, poolSource } from "../placement/pool-source.js";
import { cmaArgument, defaultAreaWindows } from "../placement/remedy-area.js";
import { NO_TEXTS } from "../placement/ways-to-apply.js";
import { alignUp, type Bytes, formatSize, MIB } from "../units/quantity.js";

/** Sizes are rounded up to this: people write MiB, and page blocks of 4 KiB pages divide it. */
const STEP: Bytes = 4 * MIB;

/**
 * Ways to a default CMA area of at least `size` bytes. With a machine, each was tried on its free memory: what has no room there is not offered, and nothing
 * where the machine's area has that size already: the log is then of another configuration.
 *
 * @param machine - null where nobody knows the board: then the option alone, unchecked
 */
export function largerDefaultArea(machine: Machine | null, size: Bytes): readonly FindingRemedy[] {
  const granule = machine === null ? STEP : Math.max(STEP, machine.profile.cmaGranule);
  const wanted = alignUp(size, granule);
  if (machine === null) {
    const option = cmaArgument(wanted, null);
    return [
      {
        kind: "command-line",
        text: `make the default CMA area ${formatSize(wanted)}`,
        ...NO_TEXTS,
        commandLine: option,
      },
    ];
  }
  if ((machine.defaultCma?.size ?? 0) >= wanted) return [];
  return [...inTree(machine, wanted), ...onCommandLine(machine, wanted)];
}

/** The node that describes the area, with another size; its place and limits stay. */
function inTree(machine: Machine, size: Bytes): readonly FindingRemedy[] {
  const region = machine.regions.find(({ node }) => node === machine.defaultCma?.node);
  if (machine.defaultCma?.source !== "tree" || region?.placement !== "dynamic") return [];
  const edit: PoolEdit = {
    name: region.name,
    isThere: true,
    size,
    alignment: machine.profile.cmaGranule,
    allocRanges: null,
    reusable: true,
    isDefault: true,
    disables: null,
    bind: [],
  };
  if (withPool(machine, edit) === null) return [];
  const text = `make ${region.node} ${formatSize(size)}`;
  return [
    {
      ...NO_TEXTS,
      kind: "device-tree",
      text,
      dts: poolSource(machine, edit),
      overlay: poolOverlay(machine, edit),
    },
  ];
}

/** `cma=`, within the limits that today's option states, if it states any. */
function onCommandLine(machine: Machine, size: Bytes): readonly FindingRemedy[] {
  const area = machine.defaultCma;
  if (!machine.profile.cma) {
    const config = `CONFIG_CMA=y\nCONFIG_DMA_CMA=y\nCONFIG_CMA_SIZE_MBYTES=${Math.ceil(size / MIB)}`;
    return [
      { ...NO_TEXTS, kind: "kernel-option", text: `build the kernel with a CMA area of ${formatSize(size)}`, config },
    ];
  }
  const today = parseCmdline(machine.commandLine).cma;
  // The option would take the place of the node, and of the limits it states.
  if (today === null && area?.source === "tree") return [];
  const free = freeForPool(machine, true);
  // An option without a limit is read as one of 0.
  const limit = today === null || today.limit === 0 ? null : today.limit;
  const windows =
    limit === null ? defaultAreaWindows(machine) : [{ base: today?.base ?? 0, size: limit - (today?.base ?? 0) }];
  const fits = windows.some((window) => roomFor(free, [window], size, machine.profile.cmaGranule) !== null);
  if (!fits) return [];
  const commandLine = cmaArgument(size, limit === null ? null : (windows[0] ?? null));
  return [{ ...NO_TEXTS, kind: "command-line", text: `make the default CMA area ${formatSize(size)}`, commandLine }];
}
