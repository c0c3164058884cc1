import { limitOfMask } from "../../addressing/limits.js";
import { translationFor } from "../../addressing/reach.js";
import { reservedIovas } from "../../addressing/reserved-iovas.js";
import type { Device, Iommu, ReservedRegion, Translation } from "../../machine/machine.js";
import { GIB, MAX_EXACT } from "../../units/quantity.js";
import type { Heap } from "../heaps/heap.js";
import type { BouncePool } from "./bounce-pool.js";
import {
  type BuiltInOps,
  checkRegistrations,
  chooseOps,
  chooseOwnOps,
  makeBuiltInOps,
  type OpsRegistration,
} from "./choose-ops.js";
import { type DomainShape, IommuDomain } from "./iommu-domain.js";
import type { MappedDevice } from "./mapped-device.js";
import type { MappingContext } from "./mapping-context.js";

/** How a table is made. */
export interface DeviceTableOptions {
  /** Operations of a user's own, asked in this order before the library's. */
  readonly ops?: readonly OpsRegistration[];
  /** Where devices without a pool of their own bounce; null for nowhere. Default null. */
  readonly bouncePool?: BouncePool | null;
  /** Bounce pools of restricted pools, by id of the heap. */
  readonly restrictedPools?: ReadonlyMap<string, BouncePool>;
  /** I/O addresses are free for others only after a flush (`iommu.strict=0`). Default false. */
  readonly lazy?: boolean;
}

type BoundKind = "cma" | "coherent-pool" | "restricted-pool";

/** An engine with tables of its own has as many addresses as its driver gives it; 4 GiB is what is assumed. */
const ENGINE_SPACE = 4 * GIB;

/**
 * The devices of a machine as the DMA API sees them, each made when it is first asked for.
 *
 * A disabled device is taken as if it and its IOMMU were enabled. Blocks of one driver that map for a single device share one, and devices of an
 * IOMMU group share a domain.
 *
 * What PCI host bridges, `iommu-addresses` and message interrupts keep of a domain's addresses is not part of a machine, and not kept free.
 */
export class DeviceTable {
  readonly ops: BuiltInOps;
  readonly #context: MappingContext;
  readonly #options: DeviceTableOptions;
  readonly #byPath: Map<string, MappedDevice> = new Map();
  readonly #byKey: Map<string, MappedDevice> = new Map();
  readonly #domains: Map<string, IommuDomain> = new Map();
  readonly #registered: ReadonlyMap<string, MappedDevice["ops"]>;

  /** @throws RangeError when registrations have no names, or the same one */
  constructor(context: MappingContext, options: DeviceTableOptions = {}) {
    checkRegistrations(options.ops ?? []);
    this.#context = context;
    this.#options = options;
    this.ops = makeBuiltInOps(context);
    this.#registered = new Map((options.ops ?? []).map(({ name, make }) => [name, make(context, this.ops)]));
  }

  /** Domains made so far, in the order they were. */
  get domains(): readonly IommuDomain[] {
    return [...this.#domains.values()];
  }

  /** Devices made so far, in the order they were. */
  get devices(): readonly MappedDevice[] {
    return [...this.#byKey.values()];
  }

  /**
   * The device that is mapped for when this block is meant.
   *
   * @param device - one of the machine's
   */
  deviceFor(device: Device): MappedDevice {
    const known = this.#byPath.get(device.path);
    if (known !== undefined) return known;
    const key = `${nameOf(device)} ${translationFor(device, { asIfEnabled: true })}`;
    const shared = this.#byKey.get(key);
    const made = shared ?? this.#make(device);
    this.#byKey.set(key, made);
    this.#byPath.set(device.path, made);
    return made;
  }

  /** @throws Error when a counter has drifted */
  audit(): void {
    for (const domain of this.#domains.values()) domain.audit();
    this.#options.bouncePool?.audit();
    for (const pool of this.#options.restrictedPools?.values() ?? []) pool.audit();
  }

  #make(device: Device): MappedDevice {
    const { machine } = this.#context.world;
    const translation = translationFor(device, { asIfEnabled: true });
    const bouncePool = this.#bouncePoolOf(device, translation);
    const cmaArea = this.#boundHeap(device, "cma");
    const maxSegments = device.maxSegments === "unlimited" ? Number.POSITIVE_INFINITY : device.maxSegments;
    const maxSegmentSize = device.maxSegmentSize === "unlimited" ? Number.POSITIVE_INFINITY : device.maxSegmentSize;
    const coherentPool = this.#boundHeap(device, "coherent-pool");
    const ops = this.#opsOf(device, translation, bouncePool);
    const isSaid = device.provenance["maxSegmentSize"]?.kind !== "kernel-default";
    return {
      id: machine.devices.findIndex((one) => nameOf(one) === nameOf(device)),
      path: nameOf(device),
      device,
      streamingLimit: limitOf(device, device.dmaMask),
      coherentLimit: limitOf(device, device.coherentDmaMask),
      windows: device.windows,
      coherent: device.coherent,
      maxSegmentSize,
      segmentBoundaryMask:
        device.segmentBoundaryMask === "unlimited" ? Number.POSITIVE_INFINITY : limitOfMask(device.segmentBoundaryMask),
      minAlignMask: 0,
      maxSegments,
      splitSize:
        translation === "none" && Number.isFinite(maxSegments) && isSaid ? maxSegmentSize : Number.POSITIVE_INFINITY,
      isPci: isPci(device),
      ops,
      ownOps: chooseOwnOps(this.ops, ops, translation, coherentPool !== null),
      domain: this.#domainOf(device, translation),
      streamId: translation === "iommu" || translation === "driver-domain" ? (device.iommu?.streamId ?? null) : null,
      coherentPool,
      cmaArea,
      cmaAreaIsInactive: cmaArea === null && this.#boundRegion(device, "cma") !== null,
      bouncePool,
    };
  }

  #opsOf(device: Device, translation: Translation, bouncePool: BouncePool | null): MappedDevice["ops"] {
    const registration = this.#options.ops?.find(({ chooses }) => chooses(device));
    const own = registration === undefined ? undefined : this.#registered.get(registration.name);
    return own ?? chooseOps(this.ops, translation, bouncePool?.force === true);
  }

  /**
   * A restricted pool is looked for only where no IOMMU serves the device, be it one that lets everything through. Linux 6.12
   * `drivers/of/device.c` `of_dma_configure_id()`.
   */
  #bouncePoolOf(device: Device, translation: Translation): BouncePool | null {
    const state = device.enabled ? device.iommu?.state : device.iommu?.stateIfEnabled;
    const isServed = translation === "iommu" || state === "identity";
    const own = isServed ? null : this.#boundHeap(device, "restricted-pool");
    const restricted = own === null ? undefined : this.#options.restrictedPools?.get(own.source.id);
    return restricted ?? this.#options.bouncePool ?? null;
  }

  /** The heap of {@link #boundRegion}; null also when the kernel could not set it up. */
  #boundHeap(device: Device, kind: BoundKind): Heap | null {
    const region = this.#boundRegion(device, kind);
    if (region === null) return null;
    const isDefault = region.node === this.#context.world.machine.defaultCma?.node;
    return this.#context.heaps.get(isDefault ? "cma:default" : `${kind}:${region.name}`) ?? null;
  }

  /** The first region of that kind that the device's driver, or the DMA core, takes buffers from. */
  #boundRegion(device: Device, kind: BoundKind): ReservedRegion | null {
    for (const { node, use } of device.memoryRegions) {
      if (use !== "buffers" && kind !== "restricted-pool") continue;
      const region = this.#context.world.machine.regions.find((one) => one.node === node && one.status === "placed");
      if (region?.kind === kind) return region;
    }
    return null;
  }

  #domainOf(device: Device, translation: Translation): IommuDomain | null {
    if (translation === "none" || translation === "cpu") return null;
    const iommu = this.#iommuOf(device);
    const isGroup = translation === "iommu" && iommu?.grouping === "instance";
    const name = isGroup ? `group ${iommu.path}` : `${translation === "iommu" ? "device" : "domain"} ${nameOf(device)}`;
    const known = this.#domains.get(name);
    if (known !== undefined) return known;
    const domain = new IommuDomain(this.#context.world, this.#shapeOf(device, translation, iommu, name));
    this.#domains.set(name, domain);
    return domain;
  }

  #shapeOf(device: Device, translation: Translation, iommu: Iommu | null, name: string): DomainShape {
    const lazy = this.#options.lazy === true && translation === "iommu";
    if (translation === "device-mmu" || iommu === null || iommu.pageSizes.length === 0) {
      const aperture = { base: 0, end: ENGINE_SPACE };
      return { name, pageSizes: [4096], aperture, outputBits: device.mmuOutputBits ?? 53, lazy };
    }
    const { pageSizes, aperture, outputBits } = iommu;
    const reserved = translation !== "iommu" ? [] : reservedIovas(device);
    const kept = reserved.map(({ base, size, kind }) => ({ base, size, direct: kind.startsWith("direct") }));
    return { name, pageSizes, aperture, outputBits, lazy, reserved: kept };
  }

  #iommuOf(device: Device): Iommu | null {
    const path = device.iommu?.path ?? null;
    return this.#context.world.machine.iommus.find((iommu) => iommu.path === path) ?? null;
  }
}

/** Path of the device that is mapped for, or the name of one without a node. */
function nameOf({ dmaDevice }: Device): string {
  return "path" in dmaDevice ? dmaDevice.path : dmaDevice.virtual;
}

function limitOf(device: Device, mask: string | null): number {
  const limit = mask === null ? MAX_EXACT : limitOfMask(mask);
  return device.busDmaLimit === "unlimited" ? limit : Math.min(limit, device.busDmaLimit);
}

/** Host bridges are called `pci` or `pcie` by their binding, and what is plugged in hangs below them. */
function isPci(device: Device): boolean {
  return /(^|\/)pcie?@/.test(device.path) || /^[0-9a-f]{4}:[0-9a-f]{2}:/.test(device.path);
}
