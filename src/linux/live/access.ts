import { accessSync, constants } from "node:fs";

/** What this process may do with a node: `unknown` where nobody can ask. */
export type NodeAccess = "read-write" | "read-only" | "none" | "unknown";

/** Asks the kernel with access(2), which knows of owner, group, lists of rights and capabilities alike. */
export function accessTo(path: string): NodeAccess {
  if (may(path, constants.R_OK + constants.W_OK)) return "read-write";
  return may(path, constants.R_OK) ? "read-only" : "none";
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
