/** Characters kept of a line; what comes behind them is read and dropped, so that a file without line ends needs no more memory. */
export const LONGEST_LINE = 65_536;

/** Bytes that are looked at behind a byte order mark, since a line of junk from a serial port can begin with the same two. */
const SAMPLE = 64;

/** What was read, apart from the lines. */
export interface SplitSummary {
  /** Lines, the last one counted where it has no end. */
  readonly lines: number;
  /** Lines that were longer than {@link LONGEST_LINE}. */
  readonly cut: number;
  /** Characters, and how many of them occur in no text: NUL, and bytes that are no letter of the encoding. */
  readonly characters: number;
  readonly strange: number;
}

/**
 * Splits a stream of bytes into lines. UTF-8, or UTF-16 where a byte order mark says so and what follows bears it out; line ends LF and CR LF. Memory stays bounded by one line of
 * {@link LONGEST_LINE} characters and the piece given.
 */
export class LineSplitter {
  readonly #line: (raw: string) => void;
  #decoder: InstanceType<typeof TextDecoder> | null = null;
  /** First bytes, until there are enough to see a byte order mark. */
  #start: Uint8Array = new Uint8Array(0);
  #pending = "";
  #dropping = false;
  #lines = 0;
  #cut = 0;
  #characters = 0;
  #strange = 0;

  /** @param line - gets every line without its end, in order */
  constructor(line: (raw: string) => void) {
    this.#line = line;
  }

  /** Reads on. Pieces may be cut anywhere, within a letter too. */
  push(bytes: Uint8Array): void {
    if (this.#decoder !== null) {
      this.#text(this.#decoder.decode(bytes, { stream: true }));
      return;
    }
    const start = new Uint8Array(this.#start.length + bytes.length);
    start.set(this.#start);
    start.set(bytes, this.#start.length);
    this.#start = start;
    if (start.length >= (markOf(start) === "utf-8" ? 2 : SAMPLE)) this.#begin();
  }

  /** Ends the last line. */
  end(): SplitSummary {
    const decoder = this.#decoder ?? this.#begin();
    this.#text(decoder.decode());
    if (this.#pending !== "" || this.#dropping) this.#finish("");
    return { lines: this.#lines, cut: this.#cut, characters: this.#characters, strange: this.#strange };
  }

  #begin(): InstanceType<typeof TextDecoder> {
    const decoder = new TextDecoder(encodingOf(this.#start));
    this.#decoder = decoder;
    const start = this.#start;
    this.#start = new Uint8Array(0);
    this.#text(decoder.decode(start, { stream: true }));
    return decoder;
  }

  #text(text: string): void {
    this.#characters += text.length;
    this.#strange += strangeIn(text);
    let from = 0;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", from)) {
      this.#finish(text.slice(from, at));
      from = at + 1;
    }
    this.#keep(text.slice(from));
  }

  #keep(piece: string): void {
    if (this.#dropping) return;
    this.#pending += piece;
    if (this.#pending.length <= LONGEST_LINE) return;
    this.#pending = this.#pending.slice(0, LONGEST_LINE);
    this.#dropping = true;
  }

  #finish(piece: string): void {
    this.#keep(piece);
    if (this.#dropping) this.#cut += 1;
    this.#lines += 1;
    const raw = this.#pending;
    this.#pending = "";
    this.#dropping = false;
    this.#line(raw.endsWith("\r") ? raw.replace(/\r+$/, "") : raw);
  }
}

type Encoding = "utf-8" | "utf-16le" | "utf-16be";

/** The encoding that a byte order mark stands for; UTF-8 without one. */
function markOf([first, second]: Uint8Array): Encoding {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}

/** The encoding of a text, by its first bytes: UTF-16 with a mark, where at least every second letter is one of ASCII, as in any log. */
function encodingOf(start: Uint8Array): Encoding {
  const marked = markOf(start);
  const high = marked === "utf-16le" ? 1 : 0;
  const rest = start.subarray(2, SAMPLE).filter((_, at) => at % 2 === high);
  return rest.filter((byte) => byte === 0).length * 2 >= rest.length ? marked : "utf-8";
}

function strangeIn(text: string): number {
  let count = 0;
  for (const letter of ["\0", "\ufffd"]) {
    for (let at = text.indexOf(letter); at >= 0; at = text.indexOf(letter, at + 1)) count += 1;
  }
  return count;
}
