/** Board trees as they are surveyed: with RAM, a kernel and a command line. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { treeFiles } from "../../src/cli/open.js";
import { compatiblesOf } from "../../src/devicetree/meaning/status.js";
import { readDeviceTree } from "../../src/devicetree/read.js";
import { stringOf } from "../../src/devicetree/values.js";
import type { FactBase } from "../../src/facts/lookup.js";
import { type Board, readBoard } from "../../src/lint/board.js";
import { bootStateOf } from "../../src/lint/boot-file.js";
import { type BoardArchitecture, boardFolder } from "../boards/provide.js";
import { boardRam } from "./board-ram.js";
import { profileOf, type Setting, type Situation, type SurveyedBoard, usualSetting } from "./situations.js";

/** A tree with what is known of its board. */
export interface SurveyedTree extends SurveyedBoard {
  /** `arm64/rockchip/rk3399-rock-pi-4b.dtb`: below the folder of all boards. */
  readonly name: string;
  /** The last compatible of the root. */
  readonly chip: string;
}

/** The tree of that name, with RAM that its board could have. */
export function surveyedTree(name: string): SurveyedTree {
  const [architecture, ...path] = name.split("/");
  if (architecture !== "arm64" && architecture !== "armhf") throw new Error(`${name} is no tree of arm64 or armhf`);
  const tree = readDeviceTree(readFileSync(join(boardFolder(architecture), ...path)));
  const profile = profileOf(usualSetting(architecture, null));
  const ram = boardRam(tree, archOf(architecture), profile);
  return { name, architecture, tree, ram, chip: compatiblesOf(tree.root).at(-1) ?? "" };
}

/** Names of all cached trees of an architecture, in the order of their paths. */
export function* treeNames(architecture: BoardArchitecture): Generator<string> {
  const folder = boardFolder(architecture);
  for (const file of treeFiles([folder])) yield `${architecture}${file.slice(folder.length)}`;
}

/** A processor without MMU: no kernel of a distribution runs on it, and such boards have a few MiB of RAM. */
export function isWithoutMmu({ tree }: SurveyedTree): boolean {
  for (const node of tree.nodes()) if (compatiblesOf(node).includes("arm,armv7m-nvic")) return true;
  return false;
}

/** How a tree is run in a situation; null where the situation makes no sense on its board. */
export function settingIn(surveyed: SurveyedTree, situation: Situation): Setting | null {
  const usual = usualSetting(surveyed.architecture, surveyed.ram);
  const change = situation.change(usual, surveyed);
  return change === null ? null : { ...usual, ...change };
}

/** The board that the rules look at. */
export function boardIn({ tree }: SurveyedTree, setting: Setting, facts: FactBase): Board {
  const args = tree.root.child("chosen")?.get("bootargs");
  const own = args === undefined ? "" : stringOf(args);
  const profile = profileOf(setting);
  const file = setting.boot === null ? null : { ...setting.boot, reserved: null, beforeDefaultCma: null };
  return readBoard({
    tree,
    facts,
    profile,
    memory: setting.ram === null ? null : { kind: "banks", banks: setting.ram },
    cmdline: setting.words === null ? null : `${own} ${setting.words}`.trimStart(),
    bootState: file === null ? null : bootStateOf(file),
  });
}

function archOf(architecture: BoardArchitecture): "arm64" | "arm" {
  return architecture === "armhf" ? "arm" : "arm64";
}
