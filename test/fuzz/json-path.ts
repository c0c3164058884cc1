/**
 * True when a path such as `devices[3].dmaMask` leads to a value of the document, or to a field that is missing from an object of it. The
 * empty path is the document itself. Keys may hold dots and brackets, so every key that the path could mean is tried; paths are shown in one line of bounded
 * length, so spaces and line ends do not count, and behind `...` anything may follow.
 */
export function leadsSomewhere(value: unknown, path: string): boolean {
  return leads(value, bare(path));
}

/** Without what a line cannot show. */
function bare(text: string): string {
  return text.replace(/[\s\p{Cc}\u2028\u2029]/gu, "");
}

function leads(value: unknown, path: string): boolean {
  if (path === "") return true;
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) {
    const index = /^\[(\d+)\]/.exec(path);
    if (index === null || Number(index[1]) >= value.length) return false;
    return leads(value[Number(index[1])], path.slice(index[0].length));
  }
  const rest = path.startsWith(".") ? path.slice(1) : path;
  const isThere = Object.entries(value).some(([key, inner]) => {
    const name = bare(key);
    if (rest.endsWith("...") && name.startsWith(rest.slice(0, -3))) return true;
    const behind = rest.slice(name.length);
    return rest.startsWith(name) && /^($|[.[])/.test(behind) && leads(inner, behind);
  });
  return isThere || /^\w+$/.test(rest);
}
