import type { Machine } from "../machine/machine.js";
import { EventLog } from "./events.js";
import { FaultSwitch } from "./faults.js";
import { MachinePages } from "./memory/machine-pages.js";
import { PhysicalMemory } from "./memory/physical-memory.js";

/** What all parts of one simulated system share. */
export interface World {
  readonly machine: Machine;
  /** Asked before anything is taken. */
  readonly faults: FaultSwitch;
  /** The bytes; null when only numbers are simulated, which is faster. */
  readonly memory: PhysicalMemory | null;
  /** The page allocator, and the areas it borrows from. */
  readonly pages: MachinePages;
  readonly events: EventLog;
  /** Nanoseconds, never going back. */
  readonly clock: () => number;
  /** Whether the process that asks has been killed: what waits for memory gives up. */
  readonly caller: Caller;
}

/** The process on whose behalf memory is asked for. */
export interface Caller {
  /** Linux 6.12 `include/linux/sched/signal.h` `fatal_signal_pending()`. */
  killed: boolean;
}

/** What a world is made with. */
export interface WorldOptions {
  /** Whether memory holds bytes. Default true. */
  readonly bytes?: boolean;
  /** Nanoseconds, never going back. Default: each reading is one nanosecond behind the one before. */
  readonly clock?: () => number;
}

/** A world in which nothing has happened. */
export function makeWorld(machine: Machine, options: WorldOptions = {}): World {
  const clock = options.clock ?? countingClock();
  const memory = options.bytes === false ? null : new PhysicalMemory(machine.profile.pageSize);
  return {
    machine,
    faults: new FaultSwitch(),
    memory,
    pages: new MachinePages(machine, memory),
    events: new EventLog(clock),
    clock,
    caller: { killed: false },
  };
}

function countingClock(): () => number {
  let time = 0;
  return () => {
    time += 1;
    return time;
  };
}
