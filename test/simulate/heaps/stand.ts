import { type MemorySource, sourcesOf } from "../../../src/heaps/source.js";
import type { ReservedRegion } from "../../../src/machine/machine.js";
import { type CmaOptions, cmaArea } from "../../../src/simulate/heaps/cma.js";
import type { ContiguousArea } from "../../../src/simulate/heaps/contiguous.js";
import type { Backing, Heap, HeapRefusal } from "../../../src/simulate/heaps/heap.js";
import {
  type HeapAlgorithms,
  heapsOfMachine,
  type MachineHeaps,
} from "../../../src/simulate/heaps/heaps-of-machine.js";
import { makeWorld, type World, type WorldOptions } from "../../../src/simulate/world.js";
import { type BoardSpec, board, device, region } from "../../machine-builder.js";

/** A world with its heaps. */
export interface Stand {
  readonly world: World;
  readonly heaps: MachineHeaps;
}

/** The heaps of a small board. */
export function stand(spec: BoardSpec, algorithms: HeapAlgorithms = {}, options: WorldOptions = {}): Stand {
  const world = makeWorld(board(spec), options);
  return { world, heaps: heapsOfMachine(world, algorithms) };
}

/** The heap of that id. */
export function heapOf({ heaps }: Stand, id: string): Heap {
  const heap = heaps.get(id);
  if (heap === undefined) throw new Error(`no heap ${id}; there are ${[...heaps.keys()].join(", ")}`);
  return heap;
}

/** The contiguous area of that id. */
export function areaOf({ heaps }: Stand, id: string): ContiguousArea {
  const area = heaps.area(id);
  if (area === null) throw new Error(`no area ${id}`);
  return area;
}

/** A board with RAM and one region, called `vpu`, that a device is bound to. */
export function withRegion(kind: ReservedRegion["kind"], where: string, ram: string = "0x40000000+2G"): BoardSpec {
  return { ram, regions: [region("vpu", kind, where)], devices: [device("vpu", { regions: ["vpu"] })] };
}

/** A CMA area by itself, made with options. */
export function lonelyArea(where: string, options: CmaOptions, ram: string = "0x40000000+2G"): ContiguousArea {
  const world = makeWorld(board(withRegion("cma", where, ram)));
  const source = sourcesOf(world.machine).find((s) => s.id === "cma:vpu") as MemorySource;
  return cmaArea(world, source, options);
}

/** Asks for so many pages of 4 KiB. */
export function ask(heap: Heap, pages: number, alignPages: number = 1): Backing | HeapRefusal {
  const answer = heap.allocate({ size: pages * 4096, alignment: alignPages * 4096, owner: "test" });
  return answer.ok ? answer.value : answer.refusal;
}

/** As {@link ask}, for what must be there. */
export function take(heap: Heap, pages: number, alignPages: number = 1): Backing {
  const answer = ask(heap, pages, alignPages);
  if ("code" in answer) throw new Error(`${heap.source.id} refuses ${pages} pages: ${answer.code}`);
  return answer;
}

/** Pfn of the first page, or the code of the refusal. */
export function pfnOf(answer: Backing | HeapRefusal): number | string {
  return "code" in answer ? answer.code : answer.memory.physAddr[0]! / 4096;
}
