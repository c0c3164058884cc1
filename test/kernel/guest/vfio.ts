/**
 * Devices that a program drives through VFIO, behind an IOMMU: QEMU's edu, which reads and writes memory on command. What the kernel itself says, of mappings left and of faults, is
 * held against what we say.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import {
  bindToVfioPci,
  describeVfioMapFailure,
  explainVfioRefusal,
  makeMemfd,
  openKernel,
  openLinuxSystem,
  openVfioContainer,
  openVfioDevice,
  type PinnableMemory,
  type VfioDevice,
  type VfioMapFailure,
} from "../../../src/linux/index.js";
import { DmaHeap } from "../../../src/linux/memory/dma-heap.js";
import { Udmabuf } from "../../../src/linux/memory/udmabuf.js";
import type { Descriptor } from "../../../src/linux/native/descriptor.js";
import { loadKoffi } from "../../../src/linux/native/koffi.js";
import { bindLibc, MAP_FAILED } from "../../../src/linux/native/libc.js";
import { makeStruct } from "../../../src/linux/native/struct.js";
import { SystemCallError } from "../../../src/linux/native/system-call-error.js";
import { MAP_SHARED, PROT_READ } from "../../../src/linux/uapi/mman.js";
import {
  VFIO_DMA_MAP_FLAG_READ,
  VFIO_IOMMU_GET_INFO,
  VFIO_IOMMU_MAP_DMA,
  vfioIommuType1DmaMap,
  vfioIommuType1Info,
} from "../../../src/linux/uapi/vfio.js";
import { readIommuInfo } from "../../../src/linux/vfio/iommu-info.js";
import { MIB } from "../../../src/units/quantity.js";
import { orThrow } from "../../../src/units/result.js";
import { until } from "../../linux/broker/waiting.js";
import { check } from "./check.js";
import { EDU_MASK, Edu, MOST } from "./edu.js";
import { loadModule } from "./modules.js";
import { openFiles } from "./open-files.js";
import { VideoCapture } from "./video-capture.js";

/** Alone in its group. */
const EDU = "0000:00:10.0";
/** In a group with a device of virtio. */
const CROWDED = "0000:00:11.0";
const MAPPINGS = 64;
const PAGE = 4096;

loadModule("vfio_iommu_type1", [`dma_entry_limit=${MAPPINGS}`]);
loadModule("vfio_pci");
loadModule("vivid", ["n_devs=1", "node_types=0x1", "allocators=0", "num_inputs=1", "input_types=0"]);

await check("copies bytes through a device, as examples/edu.ts does", async () => {
  process.argv[2] = EDU;
  await import("../../../examples/edu.js");
});

const kernel = orThrow(await openKernel());
const libc = bindLibc(orThrow(await loadKoffi()));
/** What the kernel was asked, and the container it was asked about. */
const calls: string[] = [];
const call = kernel.ioctl.bind(kernel);
let asked: Descriptor | null = null;
kernel.ioctl = (descriptor, request, argument) => {
  calls.push(request.name);
  if (request === VFIO_IOMMU_GET_INFO) asked = descriptor;
  return call(descriptor, request, argument);
};

using container = orThrow(openVfioContainer(kernel));
const device = orThrow(container.openDevice(EDU, { dmaMask: EDU_MASK }));
const edu = new Edu(device);

/** Mappings that can still be made, by the kernel's own count. */
function mappingsLeft(): number | null {
  const answer = new Uint8Array(512);
  answer.set(makeStruct(vfioIommuType1Info, { argsz: answer.length }));
  call(asked!, VFIO_IOMMU_GET_INFO, answer);
  return readIommuInfo(answer).mappingsLeft;
}

function refusalOf(memory: PinnableMemory, direction: Parameters<VfioDevice["map"]>[1], iova?: number): VfioMapFailure {
  const mapped = device.map(memory, direction, iova === undefined ? {} : { iova });
  if (mapped.ok) throw new Error(`${memory.name} was mapped`);
  return mapped.refusal;
}

/** Bytes that tell where they came from. */
function pattern(size: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 31 + seed) % 251);
}

/** A page with a pattern. */
function page(seed: number): ReturnType<typeof makeMemfd> {
  const memory = makeMemfd(kernel, { size: PAGE, name: `page ${seed}` });
  memory.bytes.set(pattern(PAGE, seed));
  return memory;
}

/** Takes mappings back whatever comes of the check. */
async function mapped<T>(
  memory: PinnableMemory,
  options: { readonly iova?: number; readonly by?: VfioDevice },
  use: (dmaAddr: number) => Promise<T>,
): Promise<T> {
  const by = options.by ?? device;
  const view = orThrow(by.map(memory, "bidirectional", options.iova === undefined ? {} : { iova: options.iova }));
  try {
    return await use(view.dmaAddr);
  } finally {
    by.unmap(view);
  }
}

const kernelLog = (): string => execFileSync("/run/busybox", ["dmesg"], { encoding: "utf8" });

await check(
  "the machine that runs has edu with its own mask, not the one that sysfs shows for any function",
  async () => {
    using system = await openLinuxSystem({ kernel });
    const edus = system.machine.devices.filter(({ compatible }) => compatible.includes("pci1234,11e8"));
    assert.deepEqual(
      edus.map(({ path, dmaMask }) => [path, dmaMask]),
      [
        [EDU, EDU_MASK],
        [CROWDED, EDU_MASK],
      ],
    );
    assert.equal(readFileSync(`/sys/bus/pci/devices/${EDU}/dma_mask_bits`, "utf8"), "32\n");
  },
);

const ABOVE = 0x1010_0000;
/** Where edu ends up with it: it cuts an address to 28 bits. */
const BELOW = 0x10_0000;

await check(
  "refuses an address above the device's mask before the kernel is asked, and no memory changes",
  async () => {
    using victim = page(1);
    using stranger = page(2);
    await mapped(victim, { iova: BELOW }, async () => {
      calls.length = 0;
      const left = mappingsLeft();
      const refusal = refusalOf(stranger, "bidirectional", ABOVE);
      assert.deepEqual(
        { ...refusal },
        { code: "above-dma-mask", errno: "EINVAL", device: EDU, size: PAGE, iova: ABOVE, limit: 0xfffffff },
      );
      assert.deepEqual(calls, []);
      assert.equal(mappingsLeft(), left);
    });
    assert.deepEqual(victim.bytes, pattern(PAGE, 1));
    assert.deepEqual(stranger.bytes, pattern(PAGE, 2));
  },
);

await check("which, mapped for a mask that is not the device's, makes it write other memory", async () => {
  using victim = page(1);
  using stranger = page(2);
  using source = page(3);
  const wide = orThrow(container.openDevice(EDU, { dmaMask: "0xffffffff" }));
  await mapped(source, {}, (dmaAddr) => edu.read(dmaAddr, MOST));
  await mapped(victim, { iova: BELOW }, () =>
    mapped(stranger, { iova: ABOVE, by: wide }, (dmaAddr) => edu.write(dmaAddr, MOST)),
  );
  wide.close();
  assert.deepEqual(stranger.bytes, pattern(PAGE, 2));
  assert.deepEqual(victim.bytes.subarray(0, MOST), pattern(PAGE, 3).subarray(0, MOST));
  assert.deepEqual(victim.bytes.subarray(MOST), pattern(PAGE, 1).subarray(MOST));
  device.enable();
});

await check("DMA to an address that is not mapped any more meets a fault, and memory is as it was", async () => {
  using memory = page(4);
  using source = page(5);
  await mapped(source, {}, (dmaAddr) => edu.read(dmaAddr, MOST));
  const dmaAddr = await mapped(memory, {}, async (at) => at);
  await edu.write(dmaAddr, MOST);
  assert.deepEqual(memory.bytes, pattern(PAGE, 4));
  const fault = new RegExp(
    `DMAR: \\[DMA Write.*\\] Request device \\[00:10\\.0\\] fault addr 0x${dmaAddr.toString(16)}`,
  );
  await until("the IOMMU told of the fault", () => fault.test(kernelLog()));
  // The device was not hurt.
  await mapped(memory, {}, (at) => edu.write(at, MOST));
  assert.deepEqual(memory.bytes.subarray(0, MOST), pattern(PAGE, 5).subarray(0, MOST));
});

await check("a dma-buf is refused as memory that cannot be pinned, with what to do instead", () => {
  using heap = new DmaHeap(kernel, "/dev/dma_heap/system");
  using buffer = heap.allocate(MIB);
  using mapping = kernel.map(buffer.dmabuf, buffer.size);
  const left = mappingsLeft();
  const refusal = refusalOf({ name: "frame", bytes: mapping.bytes }, "bidirectional");
  assert.deepEqual(
    { ...refusal },
    {
      code: "not-pinnable",
      errno: "EFAULT",
      device: EDU,
      size: MIB,
      memory: "frame",
      obstacle: { kind: "driver-pages", mapping: "/dmabuf:" },
    },
  );
  assert.match(describeVfioMapFailure(refusal), /makeMemfd\(\).*\/dev\/udmabuf/);
  assert.equal(mappingsLeft(), left);
});

/** Memory mapped as a program without our library may have it. */
function foreign(fd: number, flags: number, size: number): PinnableMemory & { readonly address: bigint } {
  const address = libc.mmap(null, size, PROT_READ, flags, fd, 0);
  assert.notEqual(address, MAP_FAILED);
  return { name: "foreign", bytes: new Uint8Array(libc.viewOf(address, size)), address };
}

await check("other memory that cannot be pinned is told apart from it", () => {
  using memory = page(6);
  const readOnly = foreign(memory.descriptor.number, MAP_SHARED, PAGE);
  const written = refusalOf(readOnly, "from-device");
  assert.deepEqual(written.code === "not-pinnable" && written.obstacle?.kind, "not-writable");
  const view = orThrow(device.map(readOnly, "to-device"));
  device.unmap(view);

  const long = foreign(memory.descriptor.number, MAP_SHARED, 4 * PAGE);
  const behind = refusalOf(long, "to-device");
  assert.deepEqual(
    { ...behind },
    { code: "not-pinnable", errno: "EFAULT", device: EDU, size: 4 * PAGE, memory: "foreign", obstacle: null },
  );
  assert.match(describeVfioMapFailure(behind), /behind the end of a file/);

  assert.equal(libc.munmap(long.address + BigInt(PAGE), PAGE), 0);
  const hole = refusalOf(long, "to-device");
  assert.deepEqual(hole.code === "not-pinnable" && hole.obstacle, { kind: "not-mapped", offset: PAGE, size: PAGE });
});

await check("the container's limit of mappings is reached where the kernel has it, and explained", () => {
  const one = page(7);
  assert.equal(mappingsLeft(), MAPPINGS);
  const views = Array.from({ length: MAPPINGS }, () => orThrow(device.map(one, "to-device")));
  assert.equal(mappingsLeft(), 0);
  calls.length = 0;
  const refusal = refusalOf(one, "to-device");
  assert.deepEqual(
    { ...refusal },
    {
      code: "too-many-mappings",
      errno: "ENOSPC",
      device: EDU,
      size: PAGE,
      mappings: MAPPINGS,
      wanted: 1,
      limit: MAPPINGS,
    },
  );
  assert.match(describeVfioMapFailure(refusal), /dma_entry_limit/);
  assert.deepEqual(calls, []);
  const argument = makeStruct(vfioIommuType1DmaMap, {
    argsz: vfioIommuType1DmaMap.size,
    flags: VFIO_DMA_MAP_FLAG_READ,
    vaddr: kernel.addressOf(one.bytes),
    iova: BELOW,
    size: PAGE,
  });
  const said = (error: unknown): boolean => error instanceof SystemCallError && error.errno === "ENOSPC";
  assert.throws(() => call(asked!, VFIO_IOMMU_MAP_DMA, argument), said);
  for (const view of views) device.unmap(view);
  assert.equal(mappingsLeft(), MAPPINGS);
  one.close();
});

await check("memory of huge pages is one mapping, at an address where the tables can have huge pages too", async () => {
  writeFileSync("/proc/sys/vm/nr_hugepages", "4");
  using memory = makeMemfd(kernel, { size: 4 * MIB, hugePageSize: 2 * MIB });
  memory.bytes.set(pattern(MOST, 8), 2 * MIB + 100);
  await mapped(memory, {}, async (dmaAddr) => {
    assert.equal(mappingsLeft(), MAPPINGS - 1);
    assert.equal(dmaAddr % (2 * MIB), 0);
    await edu.read(dmaAddr + 2 * MIB + 100, MOST);
    await edu.write(dmaAddr + 1 * MIB, MOST);
  });
  assert.deepEqual(memory.bytes.subarray(MIB, MIB + MOST), pattern(MOST, 8));
});

await check("one memory is VFIO's and a dma-buf at once: vivid fills it, and edu copies it byte for byte", async () => {
  const picture = { width: 640, height: 480 };
  const size = picture.width * picture.height * 2;
  using memory = makeMemfd(kernel, { size, name: "frame" });
  using target = page(9);
  using exporter = new Udmabuf(kernel);
  using dmabuf = exporter.export(memory);
  await mapped(memory, {}, (source) =>
    mapped(target, {}, async (copy) => {
      using camera = new VideoCapture(kernel, "/dev/video0", picture);
      camera.queue(dmabuf.dmabuf.number, size);
      camera.start();
      assert.equal(await camera.frame(), size);
      camera.stop();
      assert.ok(new Set(memory.bytes.subarray(0, size)).size > 4);
      for (const offset of [0, 100 * PAGE + 512, size - MOST]) {
        target.bytes.fill(0);
        await edu.read(source + offset, MOST);
        await edu.write(copy, MOST);
        assert.deepEqual(target.bytes.subarray(0, MOST), memory.bytes.subarray(offset, offset + MOST));
      }
    }),
  );
});

await check("a device whose group has one of another driver is refused, and the other named", () => {
  const binding = orThrow(bindToVfioPci(CROWDED));
  const opened = openVfioDevice(kernel, CROWDED, { dmaMask: EDU_MASK });
  assert.ok(!opened.ok);
  const { refusal } = opened;
  assert.ok(refusal.code === "group-not-viable");
  assert.deepEqual(refusal.others, [{ address: "0000:00:11.1", driver: "virtio-pci" }]);
  assert.match(explainVfioRefusal(refusal), /0000:00:11\.1 \(virtio-pci\)/);
  orThrow(binding.release());
});

await check("nothing is mapped at the end", () => {
  assert.equal(container.domain?.stats().mappings, 0);
  container.close();
  assert.match(readFileSync("/sys/kernel/debug/dma_buf/bufinfo", "utf8"), /Total 0 objects/);
});

await check(
  "a device that is unplugged while a program drives it is asked for, and goes when it is closed",
  async () => {
    const files = openFiles();
    const driven = orThrow(openVfioDevice(kernel, EDU, { dmaMask: EDU_MASK }));
    const wanted = new Promise<void>((resolve) => {
      driven.openInterrupts("request", () => resolve());
    });
    using memory = page(10);
    orThrow(driven.map(memory, "bidirectional"));
    const removal = spawn("/run/busybox", ["sh", "-c", `echo 1 > /sys/bus/pci/devices/${EDU}/remove`]);
    const over = once(removal, "exit");
    await wanted;
    // Until then it can be ended in order.
    await mapped(memory, { by: driven }, (at) => new Edu(driven).read(at, MOST));
    driven.close();
    assert.deepEqual(await over, [0, null]);
    const again = openVfioDevice(kernel, EDU, { dmaMask: EDU_MASK });
    assert.ok(!again.ok && again.refusal.code === "no-device");
    memory.close();
    await until("nothing was open any more", () => openFiles().length <= files.length);
    assert.deepEqual(openFiles(), files);
  },
);

await check("and can be driven again when it is back", async () => {
  writeFileSync("/sys/bus/pci/rescan", "1");
  orThrow(bindToVfioPci(EDU));
  using driven = orThrow(openVfioDevice(kernel, EDU, { dmaMask: EDU_MASK }));
  using memory = page(11);
  await mapped(memory, { by: driven }, (at) => new Edu(driven).read(at, MOST));
});
