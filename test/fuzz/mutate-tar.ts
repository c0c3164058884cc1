import { readArchive } from "../../src/machine/live/archive.js";
import { type TarEntry, tarOf } from "../machine/live/tar.js";
import { type Mutation, mutate } from "./mutate.js";
import { textMutation } from "./mutate-text.js";
import type { Random } from "./random.js";

/** Types of entries that archives hold or should not: files, links, folders, nodes, long names, other headers. */
const TYPES = ["0", "\0", "1", "2", "3", "5", "7", "L", "K", "x", "g", "S", "V"];

/** Paths that lead elsewhere, or nowhere. */
const PATHS = [
  "../etc/passwd",
  "/etc/passwd",
  "a/./b",
  "a//b",
  "",
  ".",
  "a/",
  "sys/devices/\n",
  "x".repeat(5000),
  "__proto__",
];

/**
 * Mutations of collections: files change their contents or their paths, come twice, go, or change places with those of the other input. One in eight is
 * changed byte by byte, so that the archive itself is broken; all others have check sums that are right.
 *
 * @param words - what the files are made of
 */
export function tarMutation(words: readonly string[]): Mutation {
  const changeText = textMutation(words);
  const read = new Map<Uint8Array, readonly TarEntry[]>();
  const entriesOf = (archive: Uint8Array): readonly TarEntry[] => {
    const known = read.get(archive) ?? [...readArchive(archive)].map(([path, content]) => ({ path, content }));
    read.set(archive, known);
    return known;
  };
  return (seed, other, longest, random) => {
    if (random.below(8) === 0) return mutate(seed, other, longest, random);
    const entries = [...entriesOf(seed)];
    const others = entriesOf(other);
    for (let left = 1 + random.below(6); left > 0; left--) change(entries, others, changeText, random);
    const archive = tarOf(entries);
    return random.below(16) === 0 ? archive.slice(0, random.below(archive.length)) : archive;
  };
}

function change(entries: TarEntry[], others: readonly TarEntry[], changeText: Mutation, random: Random): void {
  const at = random.below(Math.max(1, entries.length));
  const entry = entries[at];
  const stranger = others[random.below(Math.max(1, others.length))];
  if (entry === undefined || stranger === undefined) return;
  const content = bytesOf(entry);
  switch (random.below(32)) {
    case 0:
      entries.splice(at, 1);
      return;
    case 1:
      entries.push({ ...entry, path: stranger.path });
      return;
    case 2:
      entries[at] = { ...entry, content: bytesOf(stranger) };
      return;
    case 3:
      entries.splice(at, 0, stranger);
      return;
    case 4:
      entries[at] = { ...entry, path: pick(PATHS, random) };
      return;
    case 5:
      entries[at] = { ...entry, type: pick(TYPES, random) };
      return;
    case 6:
      entries[at] = { ...entry, size: random.below(2) === 0 ? random.below(4096) : 2 ** (1 + random.below(32)) };
      return;
    case 7: {
      const path = changeText(new TextEncoder().encode(entry.path), new Uint8Array(0), 200, random);
      entries[at] = { ...entry, path: new TextDecoder().decode(path) };
      return;
    }
    default:
      entries[at] = { ...entry, content: changeText(content, bytesOf(stranger), content.length, random) };
  }
}

function bytesOf({ content }: TarEntry): Uint8Array {
  return content instanceof Uint8Array ? content : new TextEncoder().encode(content ?? "");
}

function pick(words: readonly string[], random: Random): string {
  return words[random.below(words.length)] as string;
}
