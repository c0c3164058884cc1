import type { BootPieces } from "../boot/pieces.js";
import { applyEdits, type PropertyEdit } from "../devicetree/edit.js";
import { editsOverlay, editsSource } from "../devicetree/edit-source.js";
import { applyConfig } from "../machine/profiles.js";
import { NO_TEXTS } from "../placement/ways-to-apply.js";
import type { Board } from "./board.js";
import { readBoard } from "./board.js";
import { bootFileText } from "./boot-file.js";
import type { FindingRemedy } from "./finding.js";

/** A change that may make a flaw go away. */
export type Proposal =
  | {
      readonly kind: "device-tree";
      readonly text: string;
      readonly edits: readonly PropertyEdit[];
      /** Words that leave the command line at the same time. */
      readonly removes?: string;
    }
  | { readonly kind: "command-line"; readonly text: string; readonly commandLine: string }
  | Removal
  | { readonly kind: "kernel-option"; readonly text: string; readonly config: string }
  /** The pieces of the boot as they would lie. */
  | { readonly kind: "boot-loader"; readonly text: string; readonly pieces: BootPieces };

/** Words that leave the command line, with nothing in their place. */
interface Removal {
  readonly kind: "command-line";
  readonly text: string;
  readonly commandLine: null;
  readonly removes: string;
}

/** Takes the words that match off a command line; null where none does. */
export function takingOff(commandLine: string, pattern: RegExp): Removal | null {
  const removes = [...new Set(commandLine.split(/\s+/).filter((word) => pattern.test(word)))].join(" ");
  return removes === ""
    ? null
    : { kind: "command-line", text: `take ${removes} off the command line`, commandLine: null, removes };
}

/** The board as it would be after the change. */
export function boardAfter(board: Board, proposal: Proposal): Board {
  const { options, tree, machine } = board;
  switch (proposal.kind) {
    case "device-tree": {
      const { edits, removes } = proposal;
      const cmdline = removes === undefined ? (options.cmdline ?? null) : withoutWords(machine.commandLine, removes);
      return readBoard({ ...options, cmdline, tree: applyEdits(tree, edits) });
    }
    case "command-line": {
      const { commandLine } = proposal;
      const cmdline =
        commandLine === null
          ? withoutWords(machine.commandLine, proposal.removes)
          : `${machine.commandLine} ${commandLine}`.trimStart();
      return readBoard({ ...options, cmdline });
    }
    case "kernel-option":
      return readBoard({ ...options, profile: applyConfig(options.profile, proposal.config) });
    case "boot-loader": {
      const { pieces } = proposal;
      const bootState = { reservedBeforeScan: null, reservedBeforeDefaultCma: null, pieces };
      return readBoard({ ...options, bootState });
    }
  }
}

/** The change in the words and texts a user applies. */
export function remedyOf(board: Board, proposal: Proposal): FindingRemedy {
  const { kind, text } = proposal;
  switch (kind) {
    case "device-tree":
      return {
        ...NO_TEXTS,
        kind,
        text,
        dts: editsSource(board.tree, proposal.edits),
        overlay: editsOverlay(board.tree, proposal.edits),
        ...(proposal.removes === undefined ? {} : { removes: proposal.removes }),
      };
    case "command-line":
      return proposal.commandLine === null
        ? { ...NO_TEXTS, kind, text, removes: proposal.removes }
        : { ...NO_TEXTS, kind, text, commandLine: proposal.commandLine };
    case "kernel-option":
      return { ...NO_TEXTS, kind, text, config: proposal.config };
    case "boot-loader":
      return { ...NO_TEXTS, kind, text, boot: bootFileText(proposal.pieces) };
  }
}

/** A command line without some of its words, each word taken off as often as it stands there. */
export function withoutWords(commandLine: string, words: string): string {
  const gone = new Set(words.split(" "));
  return commandLine
    .split(/\s+/)
    .filter((word) => word !== "" && !gone.has(word))
    .join(" ");
}
