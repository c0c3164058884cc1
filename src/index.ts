/** coalloc: one allocator for every DMA buffer, for any set of devices. */

export { writeDts } from "./devicetree/dts.js";
// Device trees
export { DeviceTreeError } from "./devicetree/error.js";
export { readTreeFolder } from "./devicetree/folder.js";
export { applyOverlay } from "./devicetree/overlay.js";
export { readDeviceTree } from "./devicetree/read.js";
export type { DeviceTree, TreeNode } from "./devicetree/tree.js";
export { writeDeviceTree } from "./devicetree/write.js";

// What drivers say
export type { DeviceFact } from "./facts/fact.js";
export { loadFacts } from "./facts/load.js";
export { FactBase, type FactOverride } from "./facts/lookup.js";
// What one device can address
export { type DevicesDocument, devicesDocument } from "./constraints/document.js";
export { reachOf } from "./addressing/reach.js";
export { translate } from "./addressing/translate.js";

// Where memory comes from
export { type HeapsDocument, heapsDocument, type ReachDocument, reachDocument } from "./heaps/document.js";
export { MachineError } from "./machine/error.js";
// Machines
export { machineToJson, parseMachine } from "./machine/json.js";
export type { Device, Machine } from "./machine/machine.js";
export { explainMemorySpec, type MemorySpec, parseMemorySpec } from "./machine/memory-spec.js";
export { explainName, resolveDevice } from "./machine/names.js";
export type { KernelProfile } from "./machine/profile.js";
export { applyConfig, EMBEDDED_6_12, KERNEL_PROFILES, withPageSize } from "./machine/profiles.js";
export { type MachineOptions, readMachine } from "./machine/read.js";
export { machineFromSource, type MachineSource } from "./machine/source.js";

// Placement
export { type PlaceDocument, placeDocument } from "./placement/document.js";
export { explain } from "./placement/explain.js";
export { type NamedRequest, type RequestRefusal, readRequest } from "./placement/named-request.js";
export { type Placement, placeBuffer } from "./placement/place.js";
export type { Reason } from "./placement/reason.js";
export type { PlacementRequest } from "./placement/request.js";

// Buffers of a simulated system
export {
  type AllocationRefusal,
  type AttachRefusal,
  type BufferRefusal,
  describeBufferRefusal,
  type MapRefusal,
  type MoveRefusal,
} from "./simulate/buffers/buffer-refusal.js";
export type {
  Allocation,
  Attachment,
  BufferRequest,
  DmaBuffer,
  DmaView,
  ParticipantSpec,
} from "./simulate/buffers/dma-buffer.js";
export { type BusFault, BusMaster, describeBusFault } from "./simulate/bus-master.js";
export { describeFinding, type Finding } from "./simulate/checks/finding.js";
export { createDmaSystem, type DmaSystem, type SimulatedSystem } from "./simulate/dma-system.js";
export { eventToJson, parseEvent } from "./simulate/event-json.js";
export type { EventListener, SystemEvent } from "./simulate/events.js";
export type { MappingSystemOptions } from "./simulate/mapping/mapping-system.js";

// Results
export type { Result } from "./units/result.js";
export { gibibytes, kibibytes, mebibytes } from "./units/quantity.js";
export { orThrow } from "./units/result.js";
