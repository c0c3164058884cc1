import { DeviceTreeError } from "../devicetree/error.js";
import { loadFacts } from "../facts/load.js";
import type { FactBase } from "../facts/lookup.js";
import { type Board, readBoard } from "../lint/board.js";
import { type BootFile, bootStateOf, readBootFile } from "../lint/boot-file.js";
import { MachineError } from "../machine/error.js";
import type { MachineOptions as BoardOptions } from "../machine/read.js";
import { boardFromSource } from "../machine/source.js";
import { describeFieldRefusal } from "../units/yaml-fields.js";
import { badInput } from "./failure.js";
import { kernelProfile, statedProfile, unusedFacts, withOverrides } from "./load-machine.js";
import type { MachineOptions } from "./machine-options.js";
import { applyOverlays, openInput, readFileAt } from "./open.js";
import { printable } from "./render/wrap.js";
import type { Stopwatch } from "./stopwatch.js";
import type { Terminal } from "./terminal.js";

/**
 * Makes the board a command line names: its tree, and the machine and the boot that a kernel makes of it.
 *
 * @param bootFile - states what is in memory when the kernel starts; null for usual load addresses
 * @throws CommandFailure when something cannot be read, when there is no tree, or when no memory is stated
 */
export async function loadBoard(
  name: string,
  options: MachineOptions,
  bootFile: string | null,
  watch: Stopwatch,
  terminal: Terminal,
): Promise<Board> {
  const board = await loadBoardWithTree(name, options, bootFile, watch, terminal);
  switch (board) {
    case "machine-json":
      throw badInput(
        `${name} is a machine as saved, which has no device tree that could be checked; name the .dtb it was made from`,
      );
    case "no-tree":
      throw badInput(`${name} has no device tree that could be checked; name a board's .dtb`);
    default:
      return board;
  }
}

/**
 * As {@link loadBoard}, but a machine without a device tree is an answer: why it has none.
 *
 * @throws CommandFailure when something cannot be read, or when no memory is stated
 */
export async function loadBoardWithTree(
  name: string,
  options: MachineOptions,
  bootFile: string | null,
  watch: Stopwatch,
  terminal: Terminal,
): Promise<Board | "machine-json" | "no-tree"> {
  const facts = loadFacts();
  // The facts load while the file is read; should reading fail, nobody waits for them.
  facts.catch(() => {});
  const built = await boardOptions(name, options, facts);
  watch.lap("files");
  if (typeof built === "string") return built;
  const boot = bootFile === null ? null : readBootFileAt(bootFile);
  let board: Board;
  try {
    board = readBoard({ ...built, ...(boot === null ? {} : { bootState: bootStateOf(boot) }) });
  } catch (error) {
    if (error instanceof MachineError) throw badInput(`${name}: ${error.message}`);
    throw error;
  }
  watch.lap("machine");
  for (const line of unusedFacts(built.facts, board.machine)) {
    terminal.err(`coalloc: facts file ${options.factsFile}: ${line}\n`);
  }
  return board;
}

async function boardOptions(
  name: string,
  options: MachineOptions,
  facts: Promise<FactBase>,
): Promise<BoardOptions | "machine-json" | "no-tree"> {
  const input = await openInput(name);
  const { memory, cmdline, factsFile, overlays } = options;
  switch (input.kind) {
    case "machine-json":
      return "machine-json";
    case "tree": {
      const tree = applyOverlays(input.tree, overlays);
      const profile = kernelProfile(options);
      return { tree, facts: await withOverrides(await facts, factsFile), profile, memory, cmdline };
    }
    case "running": {
      const base = await withOverrides(await facts, factsFile);
      const overlaid = (tree: Parameters<typeof applyOverlays>[0]) => applyOverlays(tree, overlays);
      let built: BoardOptions | null;
      try {
        built = await boardFromSource(input.source, {
          facts: base,
          profile: statedProfile(options),
          memory,
          cmdline,
          overlaid,
        });
      } catch (error) {
        if (error instanceof MachineError || error instanceof DeviceTreeError)
          throw badInput(`${name}: ${error.message}`);
        throw error;
      }
      return built ?? "no-tree";
    }
  }
}

function readBootFileAt(file: string): BootFile {
  const read = readBootFile(new TextDecoder().decode(readFileAt(file)));
  if (!read.ok) throw badInput(printable(`boot file ${file}, ${describeFieldRefusal(read.refusal)}`));
  return read.value;
}
