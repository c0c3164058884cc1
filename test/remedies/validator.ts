import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeviceTree } from "../../src/devicetree/tree.js";
import { writeDeviceTree } from "../../src/devicetree/write.js";

/** What dt-validate says of a tree it cannot even read. */
const UNREADABLE = "dt-validate cannot read the tree";

/**
 * What dt-schema's `dt-validate` finds wrong with each tree: sentences that begin with the name of a node.
 *
 * @param schemas - those of dt-schema in the form of `dt-mk-schema -j`
 * @throws Error when it does not run
 */
export function complaints(schemas: string, trees: readonly DeviceTree[]): readonly (readonly string[])[] {
  const folder = mkdtempSync(join(tmpdir(), "coalloc-dt-schema-"));
  try {
    const schema = join(folder, "schemas.json");
    writeFileSync(schema, schemas);
    const files = trees.map((tree, index) => {
      const file = join(folder, `tree-${index}.dtb`);
      writeFileSync(file, writeDeviceTree(tree));
      return file;
    });
    const said = new Map(files.map((file) => [file, [] as string[]]));
    // It ends at the first tree that it cannot read: the others are given to it again.
    for (let left: readonly string[] = files; left.length > 0; ) {
      const { status, stdout, stderr } = spawnSync("dt-validate", ["-v", "-s", schema, ...left], {
        encoding: "utf8",
        maxBuffer: 2 ** 28,
      });
      if (status === null) throw new Error("dt-validate does not run");
      note(said, stderr);
      const read = stdout.split("\n").filter((line) => line.startsWith("Check:")).length;
      const failed = left[read];
      if (status !== 0 && failed === undefined) throw new Error(stderr);
      if (failed !== undefined) said.get(failed)?.push(UNREADABLE);
      left = left.slice(read + 1);
    }
    return files.map((file) => (said.get(file) ?? []).map(withoutContents));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Adds each complaint to its tree's; it may go on for several lines. */
function note(said: ReadonlyMap<string, string[]>, stderr: string): void {
  let of: string[] | undefined;
  for (const line of stderr.split("\n")) {
    const file = /^(\S+\.dtb): /.exec(line)?.[1];
    const begun = said.get(file ?? "");
    if (begun !== undefined && file !== undefined) {
      of = begun;
      of.push(line.slice(file.length + 2));
    } else if (of !== undefined && /^\s/.test(line)) of.push(`${of.pop()} ${line.trim()}`);
  }
}

/** A complaint without the contents of nodes that it repeats: those change when anything below the node does. */
function withoutContents(complaint: string): string {
  return complaint.replace(/\{.*\}/, "{...}");
}
