import type { MappedDevice } from "../../../src/simulate/mapping/mapped-device.js";
import {
  type MappingSystem,
  type MappingSystemOptions,
  makeMappingSystem,
} from "../../../src/simulate/mapping/mapping-system.js";
import { DmaSegments, type ScatterList, scatterList } from "../../../src/simulate/scatter-list.js";
import { type BoardSpec, board, ranges } from "../../machine-builder.js";

/** Everything a test of mappings needs of one small machine. */
export interface Rig extends MappingSystem {
  /** The device at `/soc/NAME`, with fields replaced. */
  device(name: string, fields?: Partial<MappedDevice>): MappedDevice;
}

/** Builds a machine and the mapping part of a system on it, unwatched unless asked for. */
export function rig(spec: BoardSpec, options: MappingSystemOptions = {}): Rig {
  const system = makeMappingSystem(board(spec), { checks: false, ...options });
  return {
    ...system,
    device: (name, fields = {}) => {
      const device = system.world.machine.devices.find((d) => d.path === `/soc/${name}`);
      if (device === undefined) throw new Error(`no device ${name}`);
      const made = system.table.deviceFor(device);
      return Object.keys(fields).length === 0 ? made : { ...made, ...fields };
    },
  };
}

/** A scatter list from `"BASE+SIZE,BASE+SIZE"`, in that order; neighbours stay apart. */
export function list(text: string): ScatterList {
  return scatterList(text.split(",").map((block) => ranges(block)[0]!));
}

/** Segments as `["BASE+LENGTH", ...]` in hexadecimal. */
export function shown(segments: DmaSegments): readonly string[] {
  const out: string[] = [];
  for (let i = 0; i < segments.count; i += 1) {
    out.push(`0x${segments.address[i]!.toString(16)}+0x${segments.length[i]!.toString(16)}`);
  }
  return out;
}

/** Maps a list, and shows what the device sees, or the error. */
export function mapList(
  { api }: Rig,
  device: MappedDevice,
  text: string,
  direction: "to-device" | "from-device" | "bidirectional" = "bidirectional",
): readonly string[] | number {
  const out = new DmaSegments();
  const mapped = api.mapSg(device, list(text), direction, {}, out);
  return mapped < 0 ? mapped : shown(out);
}
