/**
 * Foreign text inside our sentences: what came from a file or a command line may be of any length and may hold what ends a line or steers a
 * terminal.
 */

/** Most characters of foreign text in a sentence. */
const LONGEST = 80;

/** Characters that end a line or are not seen: controls, U+2028 and U+2029. */
const UNSEEN = /[\p{Cc}\u2028\u2029]/gu;

/** The text in double quotes, as JSON writes it, in one line; of a long one the beginning, with `...` behind. */
export function quoted(text: string): string {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
  return JSON.stringify(shown).replace(UNSEEN, (unseen) => `\\u${unseen.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A sentence that somebody else wrote, in one line of at most 300 characters: runs of spaces and unseen characters become one space. */
export function oneLine(sentence: string): string {
  const line = sentence.replace(UNSEEN, " ").replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 297)}...` : line;
}
