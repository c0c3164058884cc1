import { devicesDocument } from "../../src/constraints/document.js";
import type { Image } from "../../src/constraints/image-layout.js";
import type { ParticipantRequest } from "../../src/constraints/participant.js";
import { type HeapsDocument, heapsDocument, reachDocument } from "../../src/heaps/document.js";
import type { Device, Machine } from "../../src/machine/machine.js";
import { resolveDevice } from "../../src/machine/names.js";
import { boardOf } from "../../src/placement/board.js";
import { placeDocument } from "../../src/placement/document.js";
import { placeBuffer } from "../../src/placement/place.js";
import type { CpuUse, PlacementRequest } from "../../src/placement/request.js";
import { Random } from "./random.js";

const SIZES = [1, 4096, 4097, 3_110_400, 2 ** 26, 2 ** 32 + 1, 2 ** 40, 2 ** 53 - 1];
const COUNTS = [1, 1, 1, 2, 3, 64, 10_000];
const CPU_USES: readonly CpuUse[] = ["none", "rare", "often"];
const PICTURES: readonly Image[] = [
  { width: 1920, height: 1080, format: "NV12", modifier: "LINEAR" },
  { width: 65536, height: 65535, format: "YU12", modifier: "LINEAR" },
  { width: 1, height: 1, format: "NV12", modifier: "VIVANTE_SUPER_TILED" },
];

/**
 * Asks every question of a machine: documents, names, and a few placements.
 *
 * @param salt - any integer; chooses devices, queues, sizes and pictures of the placements
 * @throws when a question has no answer, or an answer holds a number that JSON cannot say
 */
export function askMachine(machine: Machine, salt: number): void {
  boardOf(machine);
  const heaps = heapsDocument(machine);
  checkNumbers(heaps, "heaps");
  checkApart(machine, heaps);
  checkNumbers(devicesDocument(machine, true), "devices");
  checkNumbers(reachDocument(machine, machine.devices), "reach");
  for (const { path } of machine.devices) {
    const found = resolveDevice(machine, path);
    if (found.ok ? found.value.device.path !== path : !path.includes("#")) {
      throw new Error(`${path} is not found by its path`);
    }
  }
  if (machine.devices.length === 0) return;
  const random = new Random(salt);
  for (let left = 4; left > 0; left--) place(machine, randomRequest(machine.devices, random));
}

/** Refuses memory of an area or pool that is free for everybody too. */
function checkApart({ pages }: Machine, { heaps }: HeapsDocument): void {
  for (const { id, node, regions } of heaps) {
    if (node === null && id !== "cma:default") continue;
    for (const { base, size } of regions) {
      const shared = pages.some((free) => free.base < base + size && base < free.base + free.size);
      if (shared && size > 0) throw new Error(`pages of ${id} are free for everybody`);
    }
  }
}

function randomRequest(devices: readonly Device[], random: Random): PlacementRequest {
  const pick = <T>(values: readonly T[]): T => values[random.below(values.length)] as T;
  const participants: ParticipantRequest[] = [];
  for (let left = 1 + random.below(Math.min(4, devices.length)); left > 0; left--) {
    const device = pick(devices);
    const queue = device.queues.length === 0 ? null : pick([null, pick(device.queues).queue]);
    participants.push({ device, queue, access: pick(["read", "write", "read-write"]) });
  }
  const image = random.below(3) === 0 ? pick(PICTURES) : null;
  return { participants, image, size: image === null ? pick(SIZES) : null, count: pick(COUNTS), cpu: pick(CPU_USES) };
}

function place(machine: Machine, request: PlacementRequest): void {
  const placement = placeBuffer(machine, request);
  if ((placement.chosen === null) === (placement.conflict === null)) {
    throw new Error("a placement and a conflict, or neither");
  }
  checkNumbers(placeDocument(machine, placement), "place");
}

/** Refuses what JSON would print as null, and numbers that are not exact: documents hold shares of 0 to 1 and whole numbers. */
function checkNumbers(value: unknown, path: string): void {
  if (typeof value === "number") {
    if (!Number.isFinite(value) || (Math.abs(value) > 1 && !Number.isSafeInteger(value))) {
      throw new Error(`${path} is ${value}`);
    }
    if (value < 0) throw new Error(`${path} is ${value}`);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) checkNumbers(inner, `${path}.${key}`);
  } else if (value === undefined) throw new Error(`${path} is not there`);
}
