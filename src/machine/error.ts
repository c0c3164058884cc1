/**
 * Why no machine can be made. `no-memory`: neither the tree nor the caller says where RAM is. `memory-needs-base`: a size alone was
 * given for a tree without a memory node. `memory-all-registers`: registers occupy all that was given. `bad-source`: the files are
 * no machine. `bad-machine-file`: machine JSON that is not one.
 */
export type MachineErrorCode =
  | "no-memory"
  | "memory-needs-base"
  | "memory-all-registers"
  | "bad-source"
  | "bad-machine-file";

/** Input from which no machine can be made. The message is a sentence that says what would mend it. */
export class MachineError extends Error {
  readonly code: MachineErrorCode;

  constructor(code: MachineErrorCode, message: string) {
    super(message);
    this.name = "MachineError";
    this.code = code;
  }
}
