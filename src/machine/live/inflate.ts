import { MachineError } from "../error.js";

/** No kernel configuration, and no collection of a board, is larger. */
const LARGEST = 64 * 1024 * 1024;

/**
 * Unpacks a gzip file.
 *
 * @param name - for the sentence of an error
 * @throws MachineError when it is none, is cut off, or holds more than 64 MiB
 */
export async function inflated(name: string, packed: Uint8Array): Promise<Uint8Array> {
  const reader = new Blob([packed.slice()]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      size += step.value.length;
      if (size > LARGEST) break;
      chunks.push(step.value);
    }
  } catch {
    throw new MachineError("bad-source", `${name} is no whole gzip file: it cannot be unpacked`);
  }
  if (size > LARGEST) {
    await reader.cancel();
    throw new MachineError("bad-source", `${name} holds more than ${LARGEST / 1024 / 1024} MiB when unpacked`);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
