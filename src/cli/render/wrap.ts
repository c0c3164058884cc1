/** A number and its unit stay on one line. */
const UNITS = /(\d) (?=(?:B|KiB|MiB|GiB|TiB|PiB|bytes|bits|%)(?![A-Za-z]))/g;
const KEPT_SPACE = "\u00a0";

/** Where a word that is longer than a line may be cut: behind these, never inside a number. */
const SOFT_BREAK = /[^/,;|]*[/,;|]+|[^/,;|]+/g;
/** Where a part of a word is cut that is still too long. */
const LAST_BREAK = /[^:-]*[:-]+|[^:-]+/g;

/** The parts a word may be cut into, none longer than it has to be for this width. */
function piecesOf(word: string, width: number): readonly string[] {
  const pieces = word.match(SOFT_BREAK) ?? [];
  return pieces.flatMap((piece) => (piece.length <= width ? [piece] : (piece.match(LAST_BREAK) ?? [])));
}

/** Text without control characters, each of which becomes a question mark: names in a tree may hold what would steer a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]/gu, "?");
}

/**
 * Breaks text into lines of at most `width` characters, at spaces where it can, else behind `/`, `,`, `;` and `|`, and behind
 * `-` and `:` where nothing else helps. Numbers, and a number with its unit, are never cut: one that is longer than a line stays whole.
 *
 * @returns at least one line, none with spaces at its end
 */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const paragraph of printable(text).split("\n")) {
    let line = "";
    for (const word of paragraph.replace(UNITS, `$1${KEPT_SPACE}`).split(" ")) {
      if (line !== "" && line.length + 1 + word.length <= width) {
        line += ` ${word}`;
        continue;
      }
      if (line !== "") lines.push(line);
      line = "";
      if (word.length <= width) {
        line = word;
        continue;
      }
      for (const piece of piecesOf(word, width)) {
        if (line !== "" && line.length + piece.length > width) {
          lines.push(line);
          line = "";
        }
        line += piece;
      }
    }
    lines.push(line);
  }
  return lines.map((line) => line.replaceAll(KEPT_SPACE, " ").trimEnd());
}

/** The width below which {@link wrap} cannot keep this text. */
export function longestPiece(text: string): number {
  let longest = 0;
  for (const word of text.replace(UNITS, `$1${KEPT_SPACE}`).split(/[ \n]/)) {
    for (const piece of piecesOf(word, 0)) longest = Math.max(longest, piece.length);
  }
  return longest;
}

/**
 * Text behind an indent, later lines behind `hang` spaces.
 *
 * @param first - what stands before the first line, `- ` or a label; as wide as `hang` for an even edge
 */
export function hanging(first: string, text: string, width: number, hang: number = first.length): readonly string[] {
  // A label that is wider than the indent takes its part of the first line.
  const over = Math.max(0, first.length - hang);
  const lines = wrap("x".repeat(over) + text, Math.max(20, width - hang));
  return lines.map((line, i) => (i === 0 ? first.padEnd(hang) + line.slice(over) : " ".repeat(hang) + line));
}
