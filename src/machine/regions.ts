import type { BootFailure, BootOutcome, BootRegion } from "../boot/outcome.js";
import { compatiblesOf } from "../devicetree/meaning/status.js";
import type { DeviceTree } from "../devicetree/tree.js";
import { toRangeSet } from "../units/ranges.js";
import type { Device, ReservedRegion } from "./machine.js";

const KINDS: Readonly<Record<BootRegion["kind"], ReservedRegion["kind"]>> = {
  cma: "cma",
  "dma-pool": "coherent-pool",
  "restricted-pool": "restricted-pool",
  carveout: "reserved",
};

/** The children of `/reserved-memory` after boot, sorted by node, with the devices that claim each. */
export function regionsAfterBoot(
  tree: DeviceTree,
  boot: BootOutcome,
  devices: readonly Device[],
): readonly ReservedRegion[] {
  const claims = new Map<string, string[]>();
  for (const device of devices) {
    for (const { node } of device.memoryRegions) {
      const paths = claims.get(node);
      if (paths === undefined) claims.set(node, [device.path]);
      else if (!paths.includes(device.path)) paths.push(device.path);
    }
  }
  const regions = boot.regions.map((region): ReservedRegion => {
    const node = tree.nodeAt(region.node);
    return {
      node: region.node,
      name: region.name,
      compatible: node === undefined ? [] : compatiblesOf(node),
      kind: KINDS[region.kind],
      base: region.base,
      size: region.size,
      noMap: region.noMap,
      status: region.status,
      certainty: region.certainty,
      placement: region.placement,
      allocRanges: region.allocRanges === null ? null : toRangeSet(region.allocRanges),
      isDefaultCma: region.isDefaultCma,
      failure: failureOf(region, boot.failures),
      boundDevices: (claims.get(region.node) ?? []).sort(),
    };
  });
  return regions.sort((a, b) => (a.node < b.node ? -1 : 1));
}

/** The first complaint about a region that was not placed. */
function failureOf(region: BootRegion, failures: readonly BootFailure[]): string | null {
  if (region.status === "placed") return null;
  return (
    failures.find((failure) => failure.node === region.node)?.kind ??
    (region.status === "ignored" ? "disabled" : "init-failed")
  );
}
