import { oneLine } from "../../src/units/quote.js";

/**
 * True when a path such as `devices[3].dmaMask` leads to a value of the document, or to a field that is missing from an object of it. The
 * empty path is the document itself. Keys may hold dots and brackets, so every key that the path could mean is tried.
 */
export function leadsSomewhere(value: unknown, path: string): boolean {
  if (path === "") return true;
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) {
    const index = /^\[(\d+)\]/.exec(path);
    if (index === null || Number(index[1]) >= value.length) return false;
    return leadsSomewhere(value[Number(index[1])], path.slice(index[0].length));
  }
  const rest = path.startsWith(".") ? path.slice(1) : path;
  const isThere = Object.entries(value).some(([key, inner]) => {
    // A path is one line, whatever the keys hold.
    const name = rest.startsWith(key) ? key : oneLine(key);
    const behind = rest.slice(name.length);
    return rest.startsWith(name) && /^($|[.[])/.test(behind) && leadsSomewhere(inner, behind);
  });
  return isThere || /^\w+$/.test(rest);
}
