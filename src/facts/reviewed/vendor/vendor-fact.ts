/** Short form for facts of drivers that are not in Linux: whoever reads them has to know which tree was read, and where it stands. */
import type { DeviceFact } from "../../fact.js";
import { reviewedFact, type Stated } from "../shorthand.js";

/** A tree that holds drivers which Linux has not. */
export interface VendorTree {
  /** What is told as the kernel read: name and revision. */
  readonly kernel: string;
  /** Address of the tree at that revision; a file's path is appended. */
  readonly url: string;
}

/**
 * A fact read in a vendor's tree.
 *
 * @param tree - where `file`, and every line that `stated` cites, stands
 * @param line - the match table's entry
 */
export function vendorFact(
  tree: VendorTree,
  name: string,
  module: string,
  file: string,
  line: number,
  stated: Stated,
): DeviceFact {
  const fact = reviewedFact(name, { module, file, line, kernel: tree.kernel }, stated);
  return { ...fact, url: `${tree.url}/${file}` };
}
