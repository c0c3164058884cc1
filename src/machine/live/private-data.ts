import { BuiltNode, treeOf } from "../../devicetree/built-node.js";
import type { DeviceTree, TreeNode } from "../../devicetree/tree.js";

/**
 * What is left out when a machine is looked at, because it tells one board from another of its kind or is secret: serial numbers, hardware addresses,
 * seeds. The collector script has the same list.
 */
const PRIVATE_PROPERTY = /^(serial-(number|no)|(local-)?(mac|bd)-address|(kaslr|rng)-seed|.*serialno)$/;

/** Words of a command line: `androidboot.serialno=`, `smsc95xx.macaddr=`, `systemd.machine_id=`. */
const PRIVATE_WORD = /^[\w.-]*(serial(no|_?number)|mac_?addr(ess)?|ethaddr|bdaddr|machine_id)=/i;

const HARDWARE_ADDRESS = /\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b/gi;

/** Whether a property of a device tree is left out. */
export function isPrivateProperty(name: string): boolean {
  return PRIVATE_PROPERTY.test(name);
}

/** A command line without words that hold a serial number; hardware addresses elsewhere become zeros. */
export function withoutPrivateWords(commandLine: string): string {
  return commandLine
    .split(/[ \t\r\n]+/)
    .filter((word) => word !== "" && !PRIVATE_WORD.test(word))
    .join(" ")
    .replace(HARDWARE_ADDRESS, "00:00:00:00:00:00");
}

/** The tree without private properties. Nodes keep their order; value bytes are shared. */
export function withoutPrivateProperties(tree: DeviceTree): DeviceTree {
  const root = new BuiltNode("", null);
  copyInto(root, tree.root);
  return treeOf(root, tree.memReservations, tree.bootCpu);
}

function copyInto(target: BuiltNode, source: TreeNode): void {
  for (const [name, value] of source.entries()) {
    if (isPrivateProperty(name) || target.has(name)) continue;
    target.set(name, target.name === "chosen" && name === "bootargs" ? withoutPrivateText(value) : value);
  }
  for (const child of source.children) copyInto(target.ensureChild(child.name), child);
}

/** A text property that holds a command line. */
export function withoutPrivateText(value: Uint8Array): Uint8Array {
  const text = new TextDecoder("latin1").decode(value).replace(/\0+$/, "");
  const kept = withoutPrivateWords(text);
  return Uint8Array.from([...kept].map((letter) => letter.charCodeAt(0)).concat(0));
}
