/** coalloc: one allocator for every DMA buffer, for any set of devices. */

// Device trees: bytes to nodes and back.

export { writeDts } from "./devicetree/dts.js";
export { DeviceTreeError } from "./devicetree/error.js";
export { readTreeFolder } from "./devicetree/folder.js";
export { applyOverlay } from "./devicetree/overlay.js";
export { readDeviceTree } from "./devicetree/read.js";
export type { DeviceTree, TreeNode } from "./devicetree/tree.js";
export { writeDeviceTree } from "./devicetree/write.js";

// Facts: what drivers do that no tree says.

export type { DeviceFact } from "./facts/fact.js";
export { loadFacts } from "./facts/load.js";
export { FactBase, type FactOverride } from "./facts/lookup.js";

// Machines: a board and its kernel as plain data.

export { MachineError } from "./machine/error.js";
export { machineToJson, parseMachine } from "./machine/json.js";
export type { Device, Machine } from "./machine/machine.js";
export { explainMemorySpec, type MemorySpec, parseMemorySpec } from "./machine/memory-spec.js";
export { explainName, resolveDevice } from "./machine/names.js";
export type { KernelProfile } from "./machine/profile.js";
export { applyConfig, EMBEDDED_6_12, KERNEL_PROFILES, withPageSize } from "./machine/profiles.js";
export { type MachineOptions, readMachine } from "./machine/read.js";
export { machineFromSource, type MachineSource } from "./machine/source.js";

// What devices can address, and where memory comes from.

export { reachOf } from "./addressing/reach.js";
export { translate } from "./addressing/translate.js";
export { type DevicesDocument, devicesDocument } from "./constraints/document.js";
export { type HeapsDocument, heapsDocument, type ReachDocument, reachDocument } from "./heaps/document.js";

// Placement: which memory a set of devices can share.

export { type PlaceDocument, placeDocument } from "./placement/document.js";
export { explain } from "./placement/explain.js";
export { type NamedRequest, type RequestRefusal, readRequest } from "./placement/named-request.js";
export { type Placement, placeBuffer } from "./placement/place.js";
export type { Reason } from "./placement/reason.js";
export type { PlacementRequest } from "./placement/request.js";

// Foresight: what the kernel will do with a tree, what is wrong with it, what lines of a log mean.

export { explainDocument, type ExplainDocument, type GivenBoard, type LogFinding } from "./explain/document.js";
export { LogReading, type LogSummary } from "./explain/log-reading.js";
export { RECOGNISERS } from "./explain/recognisers.js";
export { type Board, readBoard } from "./lint/board.js";
export { type BootFile, bootStateOf, readBootFile } from "./lint/boot-file.js";
export { checkBoard } from "./lint/check.js";
export { type CheckDocument, checkDocument } from "./lint/document.js";
export { type Finding as BoardFinding, type FindingRemedy, SEVERITIES, type Severity } from "./lint/finding.js";
export { type JunitContext, junitReport } from "./lint/junit.js";
export type { BankMap, MemoryMap, MemoryOwner, MemoryPiece } from "./lint/memory-map.js";
export type { Rule, RuleWords } from "./lint/rule.js";
export { RULES } from "./lint/rules.js";
export { type SarifContext, sarifLog } from "./lint/sarif.js";

// Buffers: allocation on a simulated system of a machine.

export type { BufferAttachment } from "./simulate/buffers/buffer-attachment.js";
export * from "./simulate/buffers/buffer-refusal.js";
export type * from "./simulate/buffers/dma-buffer.js";
export type { SharedBuffer } from "./simulate/buffers/shared-buffer.js";
export { type BusFault, BusMaster, describeBusFault } from "./simulate/bus-master.js";
export { describeFinding, type Finding } from "./simulate/checks/finding.js";
export { createDmaSystem, type DmaSystem, type SimulatedSystem } from "./simulate/dma-system.js";
export { eventToJson, parseEvent } from "./simulate/event-json.js";
export type { EventListener, SystemEvent } from "./simulate/events.js";
export { checkAgainst } from "./simulate/scenario/check-against.js";
export { readScenario, type ScenarioFile } from "./simulate/scenario/read-scenario.js";
export { type RunDocument, runDocument } from "./simulate/scenario/run-document.js";
export { type RunOptions, runScenario, type ScenarioRun } from "./simulate/scenario/run-scenario.js";

// Clients: the same buffers in the manner of Ion, DRM and V4L2.

export { DrmClient, type DumbBuffer, type FramebufferRequest, type Scanout } from "./clients/drm-client.js";
export { type DrmRefusal, describeDrmRefusal } from "./clients/drm-refusal.js";
export { ION_FLAG_CACHED, IonClient } from "./clients/ion-client.js";
export type { ActiveBuffer, DmabufPlane, QueueBuffer, QueueShape } from "./clients/v4l2-buffer.js";
export type { PlanePayload, QueuedPayload } from "./clients/v4l2-payload.js";
export { V4l2Queue } from "./clients/v4l2-queue.js";
export { describeQueueRefusal, type QueueMemory, type QueueRefusal, type QueueState } from "./clients/v4l2-refusal.js";

// Algorithms and mapping operations, for those who bring their own; `coalloc/testing` has the suites they must pass.

export type { Algorithm, Allocator, AllocatorTraits, PoolShape } from "./algorithms/allocator.js";
export { ALGORITHMS, findAlgorithm, registerAlgorithm } from "./algorithms/registry.js";
export type { BuiltInOps, OpsRegistration } from "./simulate/mapping/choose-ops.js";
export type { Direction, DmaMapOps } from "./simulate/mapping/dma-map-ops.js";
export type { MappedDevice } from "./simulate/mapping/mapped-device.js";
export type { MappingContext } from "./simulate/mapping/mapping-context.js";
export type { MappingSystemOptions } from "./simulate/mapping/mapping-system.js";
export type { ScatterList } from "./simulate/scatter-list.js";

// Sizes and results.

export { gibibytes, kibibytes, mebibytes } from "./units/quantity.js";
export { orThrow, type Result } from "./units/result.js";
export { describeSystemCall, type SystemCallFailure } from "./units/system-call.js";
