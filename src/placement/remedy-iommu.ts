/**
 * Remedies that put a device behind its IOMMU, so that scattered pages will do.
 *
 * Which translation a device would get is no guess: the machine says what it is with everything enabled, and whether only a pass-through
 * domain stands in the way.
 */
import type { Device, IommuAttachment, Machine } from "../machine/machine.js";
import type { Placement } from "./place.js";
import { type Alternatives, type Proposal, requestOn, withOption } from "./remedy-proposal.js";

/** Nodes of the tree to be enabled, sorted. */
interface Enabling {
  readonly iommus: readonly string[];
  /** Disabled devices without which the IOMMU would serve nobody. */
  readonly devices: readonly string[];
}

/**
 * Enables IOMMUs that are disabled in the tree, and the disabled block of an aggregate that hangs on one. A participant that is disabled itself is
 * judged with its IOMMU enabled anyway.
 */
export function iommuEnabled(machine: Machine, refusal: Placement): Alternatives {
  const gains = [...new Set(refusal.participants.map((p) => p.device))].filter(
    (d) => d.enabled && d.translation === "none" && d.translationIfEnabled !== "none",
  );
  const each = gains.map((device) => enablingsFor(machine, device)).filter((list) => list.length > 0);
  const together = union(each.flatMap((list) => list.slice(0, 1)));
  const all = [...each.flat(), ...(each.length > 1 ? [together] : [])];
  return all.map((enabling) => enableProposal(machine, refusal, enabling));
}

/** Ways to give one device its translation, those that enable fewer nodes first. */
function enablingsFor(machine: Machine, device: Device): Enabling[] {
  const ways = holdersFor(machine, device).flatMap(({ iommu, holder }): Enabling[] => {
    const iommus = iommu.state === "disabled" && iommu.path !== null ? [iommu.path] : [];
    const devices = holder === null || holder.enabled ? [] : [holder.path];
    return iommus.length + devices.length === 0 ? [] : [{ iommus, devices }];
  });
  return ways.sort((a, b) => nodesOf(a).length - nodesOf(b).length);
}

/** Attachments that would give the device its translation, each with the device whose node has it. */
function holdersFor(
  machine: Machine,
  device: Device,
): readonly { readonly iommu: IommuAttachment; readonly holder: Device | null }[] {
  if (device.iommu === null) return [];
  if (device.translationIfEnabled !== "driver-domain")
    return [{ iommu: device.iommu, holder: holderOf(machine, device.iommu) }];
  // Any block of the aggregate will do: its driver takes one domain for all.
  return machine.devices.flatMap((block) => {
    const { iommu } = block;
    if (iommu === null || !isSameTarget(block, device) || holderOf(machine, iommu) !== block) return [];
    return iommu.stateIfEnabled === "translate" || iommu.stateIfEnabled === "identity"
      ? [{ iommu, holder: block }]
      : [];
  });
}

/** The device whose `iommus` the attachment was read from; null for a host bridge or a node that does no DMA. */
function holderOf(machine: Machine, iommu: IommuAttachment): Device | null {
  return machine.devices.find((d) => iommu.source === `${d.path}:iommus`) ?? null;
}

/** True for devices whose DMA the same device of the kernel maps. */
function isSameTarget(a: Device, b: Device): boolean {
  const name = ({ dmaDevice }: Device): string => ("path" in dmaDevice ? dmaDevice.path : dmaDevice.virtual);
  return name(a) === name(b);
}

function enableProposal(machine: Machine, refusal: Placement, enabling: Enabling): Proposal {
  const changed = withEnabled(machine, enabling);
  const changes = nodesOf(enabling).map((path) => `&{${path}} {\n\tstatus = "okay";\n};\n`);
  return {
    kind: "enable-iommu",
    text: `${enableText(enabling)}, so that scattered pages become one range`,
    cost: { memory: 0, change: "device-tree" },
    dts: changes.join("\n"),
    overlay: `/dts-v1/;\n/plugin/;\n\n${changes.join("\n")}`,
    commandLine: null,
    config: null,
    machine: changed,
    request: requestOn(changed, refusal.request),
  };
}

function enableText({ iommus, devices }: Enabling): string {
  const many = iommus.length > 1 ? "IOMMUs" : "IOMMU";
  if (devices.length === 0) return `enable ${iommus.join(" and ")}`;
  const whose = devices.length > 1 ? "their" : "its";
  if (iommus.length === 0) return `enable ${devices.join(" and ")} with ${whose} IOMMU`;
  return `enable ${devices.join(" and ")} and ${whose} ${many} ${iommus.join(" and ")}`;
}

/** The machine with these nodes enabled: what hangs on them is translated as the machine says it would be. */
function withEnabled(machine: Machine, { iommus, devices }: Enabling): Machine {
  const isUp = (iommu: IommuAttachment): boolean =>
    iommu.state !== "disabled" || (iommu.path !== null && iommus.includes(iommu.path));
  const enabled = machine.devices.map((d): Device => {
    const iommu = d.iommu !== null && isUp(d.iommu) ? { ...d.iommu, state: stateOf(d.iommu) } : d.iommu;
    return { ...d, iommu, enabled: d.enabled || devices.includes(d.path) };
  });
  // Domains of a driver's own appear with the first block that is enabled and whose IOMMU is served.
  const domains = enabled.filter(
    (d) =>
      d.enabled &&
      d.translationIfEnabled === "driver-domain" &&
      isServed(d.iommu) &&
      holderOf(machine, d.iommu)?.path === d.path,
  );
  const translated = enabled.map((d): Device => {
    const gains =
      d.translationIfEnabled === "driver-domain"
        ? domains.some((block) => isSameTarget(block, d))
        : d.translationIfEnabled === "iommu" && d.iommu?.state === "translate";
    return gains && d.translation === "none" ? { ...d, translation: d.translationIfEnabled } : d;
  });
  return {
    ...machine,
    devices: translated,
    iommus: machine.iommus.map((i) => (iommus.includes(i.path) ? { ...i, enabled: true } : i)),
  };
}

function stateOf(iommu: IommuAttachment): IommuAttachment["state"] {
  return iommu.state === "disabled" ? iommu.stateIfEnabled : iommu.state;
}

function isServed(iommu: IommuAttachment | null): iommu is IommuAttachment {
  return iommu?.state === "translate" || iommu?.state === "identity";
}

function nodesOf({ iommus, devices }: Enabling): readonly string[] {
  return [...iommus, ...devices].sort();
}

function union(list: readonly Enabling[]): Enabling {
  const all = (of: (one: Enabling) => readonly string[]): readonly string[] => [...new Set(list.flatMap(of))].sort();
  return { iommus: all((one) => one.iommus), devices: all((one) => one.devices) };
}

/**
 * Has default domains translate again, where the command line or the configuration makes them pass through.
 *
 * @see Linux 6.12 `drivers/iommu/iommu.c` `iommu_set_def_domain_type()`
 */
export function passThroughDropped(machine: Machine, refusal: Placement): Alternatives {
  const isPassedThrough = ({ provenance }: Device): boolean => {
    const kind = provenance["translation"]?.kind;
    return kind === "cmdline" || kind === "config";
  };
  const cause = refusal.participants.find((p) => isPassedThrough(p.device))?.device.provenance["translation"];
  if (cause === undefined) return [];
  const option = "iommu.passthrough=0";
  const translated = (d: Device): Device => {
    const iommu =
      d.iommu === null
        ? null
        : {
            ...d.iommu,
            state: d.iommu.state === "identity" ? ("translate" as const) : d.iommu.state,
            stateIfEnabled: "translate" as const,
          };
    const translation = iommu?.state === "translate" ? "iommu" : d.translation;
    return { ...d, iommu, translation, translationIfEnabled: "iommu" };
  };
  const changed: Machine = {
    ...machine,
    commandLine: withOption(machine.commandLine, option),
    profile: { ...machine.profile, iommuPassthrough: false },
    devices: machine.devices.map((d) => (isPassedThrough(d) ? translated(d) : d)),
  };
  const what =
    cause.kind === "cmdline"
      ? `drop ${cause.source} from the kernel command line, or say ${option} behind it`
      : `have IOMMUs translate, which this kernel lets pass through by default: ${option}`;
  return [
    {
      kind: "command-line",
      text: `${what}, so that scattered pages become one range`,
      cost: { memory: 0, change: "command-line" },
      dts: null,
      overlay: null,
      commandLine: option,
      config: null,
      machine: changed,
      request: requestOn(changed, refusal.request),
    },
  ];
}
