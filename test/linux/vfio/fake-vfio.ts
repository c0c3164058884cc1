import { existsSync, ftruncateSync, writeSync } from "node:fs";
import { Descriptor } from "../../../src/linux/native/descriptor.js";
import type { Ioctl } from "../../../src/linux/native/ioctl.js";
import type { Kernel, KernelSockets, Watch, WatchEvents } from "../../../src/linux/native/kernel.js";
import type { Mapping } from "../../../src/linux/native/mapping.js";
import { getField, makeStruct, readStruct, setFields } from "../../../src/linux/native/struct.js";
import { SystemCallError } from "../../../src/linux/native/system-call-error.js";
import * as vfio from "../../../src/linux/uapi/vfio.js";
import { PciSysfs } from "../../../src/linux/vfio/pci-sysfs.js";

/** One PCI function of a {@link FakeMachine}. */
export interface FakeFunction {
  driver: string | null;
  readonly group: number | null;
  /** The driver that its ids belong to. */
  readonly ownDriver?: string;
}

/** What a fake machine is like; a driver's test changes one thing. */
export interface FakeMachine {
  readonly functions: Readonly<Record<string, FakeFunction>>;
  /** What opening `/dev/vfio/...` fails with, by path. */
  readonly refused?: Readonly<Record<string, string>>;
  readonly drivers?: readonly string[];
  /** Inclusive ends, as the kernel tells them. */
  windows?: readonly (readonly [bigint, bigint])[];
  readonly pageSizes?: bigint;
  readonly mappings?: number;
  readonly version?: number;
  readonly hasType1?: boolean;
  readonly remapsInterrupts?: boolean;
  /** The kernel waits for devices to be closed, and ends all mappings then. */
  readonly isUnplugging?: boolean;
  /** Addresses of mappings that cannot be pinned. */
  readonly unpinnable?: Set<bigint>;
  /** Most bytes that may be locked. */
  readonly lockLimit?: number;
}

/** Windows and pages of QEMU's intel-iommu. */
const QEMU_WINDOWS: readonly (readonly [bigint, bigint])[] = [
  [0n, 0xfedf_ffffn],
  [0xfef0_0000n, 0x7f_ffff_ffffn],
];
const REGION = 2 ** 40;
const BAR_SIZE = 8192;

/** Sysfs of a fake machine; what is written there happens. */
export class FakeSysfs extends PciSysfs {
  readonly machine: FakeMachine;
  /** What was written, in order: `override vfio-pci`, `unbind`, `probe`. */
  readonly writes: string[] = [];
  #override = "";
  /** vfio-pci does not take what it is given. */
  refuses = false;

  constructor(machine: FakeMachine) {
    super("/no-such-sysfs");
    this.machine = machine;
  }

  override hasFunction(address: string): boolean {
    return address in this.machine.functions;
  }

  override hasDriver(name: string): boolean {
    return (this.machine.drivers ?? ["vfio-pci"]).includes(name);
  }

  override driverOf(address: string): string | null {
    return this.machine.functions[address]?.driver ?? null;
  }

  override groupOf(address: string): number | null {
    return this.machine.functions[address]?.group ?? null;
  }

  override membersOf(group: number): { address: string; driver: string | null }[] {
    return Object.entries(this.machine.functions)
      .filter(([, one]) => one.group === group)
      .map(([address, { driver }]) => ({ address, driver }));
  }

  override overrideDriver(_address: string, driver: string): void {
    this.writes.push(`override ${driver}`);
    this.#override = driver;
  }

  override unbind(address: string): void {
    this.writes.push("unbind");
    this.machine.functions[address]!.driver = null;
  }

  override probe(address: string): void {
    this.writes.push("probe");
    const one = this.machine.functions[address]!;
    if (this.#override === "vfio-pci" && this.refuses) return;
    one.driver = this.#override === "" ? (one.ownDriver ?? null) : this.#override;
  }
}

interface FakeMapping {
  readonly iova: number;
  readonly size: number;
  readonly vaddr: bigint;
  readonly flags: number;
}

/**
 * VFIO on top of the real kernel's files and memory: what `drivers/vfio/` of Linux 6.12 checks, in its order and with its errors. A device is a sparse file with its regions where
 * vfio-pci has them.
 */
export class FakeVfio implements Kernel {
  readonly pageSize: number;
  readonly sockets: KernelSockets;
  readonly machine: FakeMachine;
  /** Live mappings, in the order they were made. */
  readonly mappings: FakeMapping[] = [];
  /** Calls that changed something, and files closed and opened, in order. */
  readonly calls: string[] = [];
  readonly openPaths: Set<string> = new Set();
  readonly #real: Kernel;
  readonly #files: Map<number, string> = new Map();
  readonly #attached: Set<string> = new Set();
  readonly #devices: number[] = [];
  /** By kind and vector. */
  readonly #counters: Map<string, Descriptor> = new Map();
  #hasIommu = false;
  #locked = 0;

  constructor(real: Kernel, machine: FakeMachine) {
    this.#real = real;
    this.pageSize = real.pageSize;
    this.sockets = real.sockets;
    this.machine = machine;
  }

  /** Raises an interrupt. @param index - its kind; default: the one of the device that is on */
  raise(vector: number, index?: number): void {
    const [name] =
      index === undefined
        ? [...this.#counters.keys()].filter((key) => key.endsWith(` ${vector}`))
        : [`${index} ${vector}`];
    writeSync(this.#counters.get(name!)!.number, new BigUint64Array([1n]));
  }

  /** Bytes that are locked now. */
  get locked(): number {
    return this.#locked;
  }

  open(path: string): Descriptor {
    const errno = this.machine.refused?.[path];
    if (errno !== undefined) throw new SystemCallError("open", path, errno);
    if (path !== "/dev/vfio/vfio" && [...this.#files.values()].includes(path)) {
      throw new SystemCallError("open", path, "EBUSY");
    }
    const file = new Descriptor(this.#real.open("/dev/null").release(), path);
    return this.#track(file);
  }

  ioctl(descriptor: Descriptor, request: Ioctl, argument: Uint8Array | number): number {
    const fail = (errno: string): never => {
      throw new SystemCallError(`ioctl ${request.name}`, descriptor.path, errno);
    };
    const bytes = typeof argument === "number" ? new Uint8Array(0) : argument;
    switch (request) {
      case vfio.VFIO_GET_API_VERSION:
        return this.machine.version ?? 0;
      case vfio.VFIO_CHECK_EXTENSION:
        return argument === vfio.VFIO_TYPE1v2_IOMMU && this.machine.hasType1 !== false ? 1 : 0;
      case vfio.VFIO_SET_IOMMU:
        if (this.#hasIommu || this.#attached.size === 0) fail("EINVAL");
        if (this.machine.remapsInterrupts === false) fail("EPERM");
        this.#hasIommu = true;
        return 0;
      case vfio.VFIO_GROUP_GET_STATUS:
        setFields(vfio.vfioGroupStatus, bytes, { flags: this.#isViable(descriptor.path) ? 1 : 0 });
        return 0;
      case vfio.VFIO_GROUP_SET_CONTAINER:
        if (this.#files.get(new DataView(bytes.buffer).getInt32(0, true)) !== "/dev/vfio/vfio") fail("EBADFD");
        if (!this.#isViable(descriptor.path)) fail("EBUSY");
        this.#attached.add(descriptor.path);
        return 0;
      case vfio.VFIO_GROUP_GET_DEVICE_FD:
        return this.#openDevice(descriptor.path, new TextDecoder().decode(bytes).replace("\0", ""), fail);
      case vfio.VFIO_IOMMU_GET_INFO:
        if (!this.#hasIommu) fail("EINVAL");
        return this.#info(bytes);
      case vfio.VFIO_IOMMU_MAP_DMA:
        return this.#map(readStruct(vfio.vfioIommuType1DmaMap, bytes), fail);
      case vfio.VFIO_IOMMU_UNMAP_DMA:
        return this.#unmap(bytes, fail);
      case vfio.VFIO_DEVICE_GET_INFO:
        setFields(vfio.vfioDeviceInfo, bytes, { flags: vfio.VFIO_DEVICE_FLAGS_PCI, num_regions: 9, num_irqs: 5 });
        return 0;
      case vfio.VFIO_DEVICE_GET_REGION_INFO:
        return this.#region(bytes, fail);
      case vfio.VFIO_DEVICE_GET_IRQ_INFO: {
        const count = [1, 4, 0, 0, 1][getField(vfio.vfioIrqInfo, bytes, "index")] ?? fail("EINVAL");
        const automasked = getField(vfio.vfioIrqInfo, bytes, "index") === 0 ? vfio.VFIO_IRQ_INFO_AUTOMASKED : 0;
        setFields(vfio.vfioIrqInfo, bytes, { count, flags: vfio.VFIO_IRQ_INFO_EVENTFD + automasked });
        return 0;
      }
      case vfio.VFIO_DEVICE_SET_IRQS:
        return this.#setInterrupts(bytes);
      default:
        return fail("ENOTTY");
    }
  }

  ioctlAsync(): Promise<number> {
    throw new Error("VFIO has no call that waits");
  }

  duplicate(descriptor: Descriptor): Descriptor {
    return this.#real.duplicate(descriptor);
  }

  addressOf(bytes: Uint8Array): bigint {
    return this.#real.addressOf(bytes);
  }

  map(descriptor: Descriptor, size: number, offset = 0): Mapping {
    return this.#real.map(descriptor, size, offset);
  }

  memfdCreate(name: string, flags?: number): Descriptor {
    return this.#real.memfdCreate(name, flags);
  }

  fcntl(...words: Parameters<Kernel["fcntl"]>): number {
    return this.#real.fcntl(...words);
  }

  fallocate(...words: Parameters<Kernel["fallocate"]>): void {
    this.#real.fallocate(...words);
  }

  sizeOf(descriptor: Descriptor): number {
    return this.#real.sizeOf(descriptor);
  }

  eventfd(): Descriptor {
    return this.#track(new Descriptor(this.#real.eventfd().release(), "eventfd"));
  }

  isReady(descriptor: Descriptor, events: WatchEvents): boolean {
    return this.#real.isReady(descriptor, events);
  }

  watch(descriptor: Descriptor, events: WatchEvents, ready: (error: SystemCallError | null) => void): Watch {
    return this.#real.watch(descriptor, events, ready);
  }

  /** Notes when a file is closed, as the kernel does. */
  #track(file: Descriptor): Descriptor {
    const { number, path } = file;
    this.#files.set(number, path);
    this.openPaths.add(path);
    this.calls.push(`open ${path}`);
    const close = file.close.bind(file);
    file.close = () => {
      if (!file.isOpen) return;
      close();
      this.#files.delete(number);
      this.openPaths.delete(path);
      this.#attached.delete(path);
      this.calls.push(`close ${path}`);
    };
    return file;
  }

  #isViable(path: string): boolean {
    const group = Number(path.split("/").at(-1));
    return Object.values(this.machine.functions).every(
      (one) => one.group !== group || one.driver === null || ["vfio-pci", "pcieport"].includes(one.driver),
    );
  }

  #openDevice(group: string, name: string, fail: (errno: string) => never): number {
    const one = this.machine.functions[name];
    if (one === undefined || `/dev/vfio/${one.group}` !== group || one.driver !== "vfio-pci") return fail("ENODEV");
    if (!this.#attached.has(group) || !this.#hasIommu) return fail("EINVAL");
    const file = this.#real.memfdCreate(name);
    ftruncateSync(file.number, 8 * REGION);
    const number = file.release();
    this.#devices.push(number);
    this.calls.push(`open device ${name}`);
    return number;
  }

  #info(bytes: Uint8Array): number {
    const windows = this.machine.windows ?? QEMU_WINDOWS;
    const room = getField(vfio.vfioIommuType1Info, bytes, "argsz");
    const ranges = 24 + 16 + 16 * windows.length;
    const argsz = ranges + 12;
    setFields(vfio.vfioIommuType1Info, bytes, {
      argsz,
      flags: vfio.VFIO_IOMMU_INFO_PGSIZES + vfio.VFIO_IOMMU_INFO_CAPS,
      iova_pgsizes: this.machine.pageSizes ?? 0x40201000n,
      cap_offset: room >= argsz ? 24 : 0,
    });
    if (room < argsz) return 0;
    setFields(vfio.vfioInfoCapHeader, bytes, { id: 1, version: 1, next: ranges }, 24);
    setFields(vfio.vfioIommuType1InfoCapIovaRange, bytes, { nr_iovas: windows.length }, 24);
    for (const [i, [start, end]] of windows.entries()) {
      bytes.set(makeStruct(vfio.vfioIovaRange, { start, end }), 40 + 16 * i);
    }
    setFields(vfio.vfioInfoCapHeader, bytes, { id: 3, version: 1 }, ranges);
    setFields(vfio.vfioIommuType1InfoDmaAvail, bytes, { avail: this.#mostMappings - this.mappings.length }, ranges);
    return 0;
  }

  get #mostMappings(): number {
    return this.machine.mappings ?? 65535;
  }

  /** Linux 6.12 `drivers/vfio/vfio_iommu_type1.c` `vfio_dma_do_map()`. */
  #map({ flags, vaddr, iova, size }: FakeMapping & { argsz: number }, fail: (errno: string) => never): number {
    const pageSizes = this.machine.pageSizes ?? 0x40201000n;
    const granule = Number(pageSizes & -pageSizes);
    const isOdd = size % granule !== 0 || iova % granule !== 0 || vaddr % BigInt(granule) !== 0n;
    if (flags === 0 || size === 0 || isOdd) fail("EINVAL");
    if (this.mappings.some((one) => one.iova < iova + size && iova < one.iova + one.size)) fail("EEXIST");
    if (this.mappings.length >= this.#mostMappings) fail("ENOSPC");
    const windows = this.machine.windows ?? QEMU_WINDOWS;
    if (!windows.some(([start, end]) => start <= BigInt(iova) && BigInt(iova + size - 1) <= end)) fail("EINVAL");
    if (this.machine.unpinnable?.has(vaddr) === true) fail("EFAULT");
    if (this.#locked + size > (this.machine.lockLimit ?? Number.POSITIVE_INFINITY)) fail("ENOMEM");
    this.#locked += size;
    this.mappings.push({ iova, size, vaddr, flags });
    return 0;
  }

  /** Of type 1 version 2: a range takes whole mappings, and cuts none. `vfio_dma_do_unmap()`. */
  #unmap(bytes: Uint8Array, fail: (errno: string) => never): number {
    if (this.machine.isUnplugging === true && !this.#devices.some(isOpen)) fail("EINVAL");
    const { iova, size } = readStruct(vfio.vfioIommuType1DmaUnmap, bytes);
    const met = this.mappings.filter((one) => one.iova < iova + size && iova < one.iova + one.size);
    if (met.some((one) => one.iova < iova || one.iova + one.size > iova + size)) fail("EINVAL");
    let unmapped = 0;
    for (const one of met) {
      this.mappings.splice(this.mappings.indexOf(one), 1);
      unmapped += one.size;
    }
    this.#locked -= unmapped;
    setFields(vfio.vfioIommuType1DmaUnmap, bytes, { size: unmapped });
    this.calls.push(`unmap ${iova}`);
    return 0;
  }

  #region(bytes: Uint8Array, fail: (errno: string) => never): number {
    const index = getField(vfio.vfioRegionInfo, bytes, "index");
    if (index >= 9) fail("EINVAL");
    const offset = index * REGION;
    if (index === 0) setFields(vfio.vfioRegionInfo, bytes, { size: BAR_SIZE, offset, flags: 7 });
    else if (index === 1) setFields(vfio.vfioRegionInfo, bytes, { size: 256, offset, flags: 3 });
    else if (index === 7) setFields(vfio.vfioRegionInfo, bytes, { size: 4096, offset, flags: 3 });
    else setFields(vfio.vfioRegionInfo, bytes, { size: 0, offset, flags: 0 });
    return 0;
  }

  #setInterrupts(bytes: Uint8Array): number {
    const { flags, index, start, count } = readStruct(vfio.vfioIrqSet, bytes);
    this.calls.push(`irqs ${flags} ${index} ${start} ${count}`);
    if (flags === vfio.VFIO_IRQ_SET_DATA_EVENTFD + vfio.VFIO_IRQ_SET_ACTION_TRIGGER) {
      const numbers = new DataView(bytes.buffer, vfio.vfioIrqSet.size);
      for (let i = 0; i < count; i += 1) {
        // The kernel takes a reference of its own.
        const counter = this.#real.duplicate(new Descriptor(numbers.getInt32(4 * i, true), "eventfd"));
        this.#counters.set(`${index} ${start + i}`, counter);
      }
    }
    if (count === 0) {
      for (const [name, counter] of this.#counters) {
        if (!name.startsWith(`${index} `)) continue;
        counter.close();
        this.#counters.delete(name);
      }
    }
    return 0;
  }
}

function isOpen(fd: number): boolean {
  return existsSync(`/proc/self/fd/${fd}`);
}
