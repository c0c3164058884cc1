/**
 * A refusal says what is wrong in one sentence, at a place of the text.
 *
 * @throws when it does not
 */
export function checkRefusal(
  text: string,
  refusal: { readonly text: string; readonly line: number; readonly column: number },
): void {
  const { text: sentence, line, column } = refusal;
  if (sentence === "" || /[\p{Cc}\u2028\u2029]/u.test(sentence) || sentence.length > 1200) {
    throw new Error(`no sentence of one line: ${JSON.stringify(sentence)}`);
  }
  const lines = text.split("\n");
  const isInText = line >= 1 && line <= lines.length && column >= 1 && column <= (lines[line - 1] ?? "").length + 1;
  if (!isInText) throw new Error(`line ${line}, column ${column} is no place of a text with ${lines.length} lines`);
}
