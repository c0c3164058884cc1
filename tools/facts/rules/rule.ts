/**
 * How a rule asks its questions.
 *
 * A rule names the calls and stores it wants to see (`interest`). For each compatible of each driver it is then given a {@link Question}:
 *
 *     trace.events     what the driver does for this compatible, in order: each call and store of interest, with the values of its arguments, the
 *                      conditions it stands under, and its line. A value that match data decided is marked.
 *     reach            what the driver could come to for whatever compatible: functions called by name, functions in fields. Cheap, no conditions.
 *     source           definitions, initialisers, constants, for anything else.
 *
 * All rules together are asked for one run, so that a driver is followed once.
 */
import type { Trace } from "../evaluate/trace.js";
import type { Driver, MatchEntry } from "../program/drivers.js";
import type { KernelSource } from "../program/kernel-source.js";
import type { Interest, Reach } from "../program/reach.js";

/** One compatible under one driver, ready to be judged. */
export interface Question {
  readonly source: KernelSource;
  readonly driver: Driver;
  readonly entry: MatchEntry;
  readonly reach: Reach;
  readonly trace: Trace;
}

/** A part of a fact, and what has to be seen for it. */
export interface Rule<T> {
  readonly interest: Interest;
  readonly judge: (question: Question) => T;
}

/** What several rules want to see. */
export function interestOf(rules: readonly Pick<Rule<unknown>, "interest">[]): Interest {
  return {
    calls: new Set(rules.flatMap(({ interest }) => [...interest.calls])),
    stores: new Set(rules.flatMap(({ interest }) => [...interest.stores])),
  };
}
