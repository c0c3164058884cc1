/** Characters of C. */

/** A letter or an underscore. */
export function isWordStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
}

/** What a name goes on with. */
export function isWord(code: number): boolean {
  return isWordStart(code) || (code >= 48 && code <= 57);
}

/** The index behind a string or character that begins at an index; one that is cut off ends with its line. */
export function afterQuote(code: string, start: number): number {
  const quote = code.charCodeAt(start);
  for (let i = start + 1; i < code.length; i += 1) {
    const c = code.charCodeAt(i);
    if (c === 92) i += 1;
    else if (c === quote) return i + 1;
    else if (c === 10) return i;
  }
  return code.length;
}
