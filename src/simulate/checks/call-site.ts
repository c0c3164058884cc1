/** Frames kept of a stack: enough to get out of the library to who called it. */
const FRAMES = 7;
/** Frames shown. */
const SHOWN = 3;

interface Stacked {
  stack?: string;
}

/** `Error` as V8 has it; other engines lack both. */
interface V8Errors {
  stackTraceLimit?: number;
  captureStackTrace?: (target: object, above: typeof CallSite) => void;
}

/**
 * Where a call came from. Taking it costs a few microseconds; it is put into words only when somebody reads it.
 *
 * Frames of the simulated system are left out, as long as that leaves any.
 */
export class CallSite {
  readonly #holder: Stacked;

  /** The place of the call in progress; a place without frames when `isTaken` is false, which costs nothing. */
  constructor(isTaken: boolean = true) {
    if (!isTaken) {
      this.#holder = {};
      return;
    }
    const errors: V8Errors = Error;
    const limit = errors.stackTraceLimit;
    if (errors.captureStackTrace === undefined) {
      this.#holder = new Error("call site");
      return;
    }
    this.#holder = {};
    errors.stackTraceLimit = FRAMES;
    errors.captureStackTrace(this.#holder, CallSite);
    if (limit !== undefined) errors.stackTraceLimit = limit;
  }

  /** Up to three frames, innermost first, as the engine words them; empty where it tells none. */
  frames(): readonly string[] {
    const frames = (this.#holder.stack ?? "")
      .split("\n")
      .map((line) => line.trim().replace(/^at /, ""))
      .filter((line) => line !== "" && !line.startsWith("Error"));
    const outside = frames.filter((line) => !/[\\/](src|dist)[\\/]simulate[\\/]/.test(line));
    return (outside.length > 0 ? outside : frames).slice(0, SHOWN);
  }
}

/** The place of a call that nobody wrote down. */
export const NO_CALL_SITE: CallSite = new CallSite(false);
