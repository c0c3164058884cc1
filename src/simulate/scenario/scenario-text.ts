import type { Access } from "../../constraints/participant.js";
import type { CpuUse } from "../../placement/request.js";
import type { Direction } from "../mapping/dma-map-ops.js";

/** A scenario as it is written: names, durations and sizes as texts. The schema beside it says the same, and is what files are checked against. */
export interface ScenarioText {
  schema: "coalloc/scenario/1";
  description?: string | undefined;
  seed?: number | undefined;
  system?:
    | {
        algorithms?: Record<string, string> | undefined;
        checks?: boolean | undefined;
        lazy?: boolean | undefined;
      }
    | undefined;
  devices?: Record<string, string> | undefined;
  buffers: Record<string, SetText>;
  streams?: Record<string, StreamText> | undefined;
  phases: PhaseText[];
}

/** Buffers that are alike, under their name. */
export interface SetText {
  size?: number | string | undefined;
  image?: string | undefined;
  count?: number | undefined;
  together?: boolean | undefined;
  participants?: (string | ParticipantText)[] | undefined;
  cpu?: CpuUse | undefined;
  heap?: string | undefined;
  lifetime?: "scenario" | "frame" | undefined;
}

/** A device, and how it takes part. */
export interface ParticipantText {
  device: string;
  access?: Access | undefined;
  moves?: boolean | undefined;
}

/** A pipeline, under its name. */
export interface StreamText {
  rate: string;
  jitter?: string | undefined;
  steps: StepText[];
}

/** What one device does with a frame; names of buffers, one or several. */
interface StepText {
  device: string;
  reads?: string | string[] | undefined;
  writes?: string | string[] | undefined;
  updates?: string | string[] | undefined;
  for?: string | undefined;
  unmaps?: boolean | undefined;
}

/** A stretch of time, and what is done at its start. */
export interface PhaseText {
  name?: string | undefined;
  for?: string | undefined;
  times?: number | undefined;
  do?: ActionText[] | undefined;
}

/** One of these. */
export interface ActionText {
  allocate?: string | undefined;
  release?: string | undefined;
  start?: string | undefined;
  stop?: string | undefined;
  attach?: (ParticipantText & { buffers: string }) | undefined;
  detach?: DeviceOfSet | undefined;
  map?: (DeviceOfSet & { direction?: Direction | undefined }) | undefined;
  unmap?: DeviceOfSet | undefined;
  pin?: DeviceOfSet | undefined;
  unpin?: DeviceOfSet | undefined;
  move?: { buffers: string; heap?: string | undefined } | undefined;
  lend?: { size: number | string; heap?: string | undefined } | undefined;
  "give-back"?: { heap?: string | undefined } | undefined;
  "pin-pages"?: PagesText | undefined;
  "unpin-pages"?: PagesText | undefined;
  occupy?: { heap: string; size: number | string } | undefined;
  vacate?: { heap: string } | undefined;
}

interface DeviceOfSet {
  buffers: string;
  device: string;
}

interface PagesText {
  heap: string;
  offset: number | string;
  size: number | string;
}
