/** coalloc/linux: the same buffers on the Linux this process runs on. Nothing else in coalloc opens `/dev`, `/proc` or `/sys`. */

// Memory of one's own.

export { Memfd, type MemfdOptions, makeMemfd } from "./memory/memfd.js";

// Buffers: the interface of simulated systems, over the kernel's own heaps and exporters.

export type { ImportProof, LinuxAttachment } from "./buffers/linux-attachment.js";
export { FOREIGN_HEAP, type LinuxAllocation, type LinuxBuffer } from "./buffers/linux-buffer.js";
export { LinuxSystem, type LinuxSystemOptions } from "./buffers/linux-system.js";
export { LinuxUnavailableError, type OpenOptions, openLinuxSystem } from "./buffers/open-linux-system.js";

// The machine this process runs on, for machineFromSource().

export { readLiveSource } from "./live/read-live-source.js";

// System calls, for those who work below buffers.

export type { Kernel } from "./native/kernel.js";
export { explainNativeMissing, type NativeMissing } from "./native/koffi.js";
export { openKernel } from "./native/open-kernel.js";
export { SystemCallError } from "./native/system-call-error.js";

// The broker, which hands out buffers to processes that may open no device.

export {
  type BrokerBufferRequest,
  BrokerConnection,
  type BrokerFailure,
  type ConnectFailure,
  type ConnectOptions,
  connectBroker,
} from "./broker/client.js";
export type { BrokerBuffer } from "./broker/client-buffer.js";
export type { ListedBuffer } from "./broker/protocol.js";
export { type BrokerRefusal, explainBrokerRefusal, type QuotaScope } from "./broker/refusal.js";

// Drivers in this process: devices of VFIO.

export { bindToVfioPci, type VfioBinding } from "./vfio/bind.js";
export { describeVfioMapFailure, type VfioMapFailure } from "./vfio/map-failure.js";
export type { GroupMember } from "./vfio/pci-sysfs.js";
export { openVfioContainer, openVfioDevice, type VfioContainer } from "./vfio/vfio-container.js";
export type { VfioDevice, VfioDeviceOptions } from "./vfio/vfio-device.js";
export type { PinnableMemory, VfioDomain } from "./vfio/vfio-domain.js";
export type { InterruptHandler, InterruptKind, VfioInterrupts } from "./vfio/vfio-interrupts.js";
export { explainVfioRefusal, type VfioRefusal } from "./vfio/vfio-refusal.js";
export type { AccessWidth, RegisterView, VfioRegion } from "./vfio/vfio-region.js";
