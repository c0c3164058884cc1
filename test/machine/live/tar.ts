import type { MachineSource } from "../../../src/machine/source.js";

/** An entry of an archive; `type` and `size` can be made wrong. */
export interface TarEntry {
  readonly path: string;
  readonly content?: string | Uint8Array;
  readonly type?: string;
  readonly size?: number;
}

/** A tarball as the collector makes it of these files. */
export function collected(source: MachineSource): Uint8Array {
  return tarOf([...source].map(([path, content]) => ({ path: `./${path}`, content })));
}

/** A tar archive as GNU tar writes it. */
export function tarOf(entries: readonly TarEntry[]): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (const { path, content = "", type = "0", size } of entries) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    if (path.length > 100)
      blocks.push(header("././@LongLink", path.length + 1, "L"), filled(new TextEncoder().encode(path)));
    blocks.push(header(path.slice(0, 100), size ?? bytes.length, type), filled(bytes));
  }
  return joined([...blocks, new Uint8Array(1024)]);
}

function header(name: string, size: number, type: string): Uint8Array {
  const block = new Uint8Array(512);
  const put = (at: number, text: string): void => block.set(new TextEncoder().encode(text), at);
  put(0, name);
  put(100, "0000644\0");
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(156, type);
  put(257, "ustar  ");
  put(148, "        ");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}

function filled(content: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil(content.length / 512) * 512);
  out.set(content);
  return out;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
