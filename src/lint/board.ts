import type { DeviceTree } from "../devicetree/tree.js";
import { type BootedMachine, bootMachine, type MachineOptions } from "../machine/read.js";

/** All that rules look at: the tree as it stands, the machine made of it, and its boot. */
export interface Board extends BootedMachine {
  readonly tree: DeviceTree;
  /** What the machine was made from. */
  readonly options: MachineOptions;
}

/**
 * Makes the board that rules look at.
 *
 * @throws MachineError when nothing says where RAM is
 */
export function readBoard(options: MachineOptions): Board {
  return { ...bootMachine(options), tree: options.tree, options };
}
