import { explainName } from "../machine/names.js";
import type { NamedRequest, RequestRefusal } from "../placement/named-request.js";
import { parseAmount } from "../units/amount.js";
import { closeNames } from "../units/close-names.js";
import type { OptionSpec, OptionValues } from "./command.js";
import { orList, wrongUse } from "./failure.js";
import { FORMAT_NAMES } from "./format-names.js";
import { AMOUNT_FORMS } from "./machine-options.js";

const CPU_USES = ["none", "rare", "often"] as const;

/** Options that say which buffers are wanted, and by whom. */
export const REQUEST_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "-d, --device <name>",
    description:
      "a device that uses the buffer: path, node name, label, alias or compatible:STRING, with #QUEUE to name a queue; repeat it",
    repeat: true,
  },
  { flags: "-s, --size <bytes>", description: `bytes of one buffer; ${AMOUNT_FORMS}` },
  { flags: "-i, --image <spec>", description: "a picture instead of a size: WIDTHxHEIGHT:FOURCC[:MODIFIER]" },
  { flags: "-n, --count <number>", description: "buffers needed at the same time (default: 1)" },
  { flags: "--cpu <use>", description: "how often the CPU touches the bytes (default: rare)", choices: CPU_USES },
];

const NO_DEVICE = "no device is named; give at least one with -d, `coalloc devices MACHINE` lists them";
const NO_SIZE = "neither --size nor --image says how large the buffer is; give one of them";
const TWO_SIZES = "--size and --image both say how large the buffer is; give one of them";

/**
 * Reads the options of the request: their form, not yet whether the machine knows the names and the numbers make sense.
 *
 * @throws CommandFailure for what is no request
 */
export function readAsked(options: OptionValues): NamedRequest {
  const devices = options.texts("device");
  if (devices.length === 0) throw wrongUse(NO_DEVICE);
  if (devices.includes("")) throw wrongUse("-d names no device; `coalloc devices MACHINE` lists them");
  const size = options.text("size");
  const image = options.text("image");
  if (size === null && image === null) throw wrongUse(NO_SIZE);
  if (size !== null && image !== null) throw wrongUse(TWO_SIZES);
  const count = options.text("count") ?? "1";
  if (!/^-?\d+$/.test(count)) throw wrongUse(`--count ${count} is no whole number; write --count 4`);
  if (Number(count) > Number.MAX_SAFE_INTEGER) throw wrongUse(`--count ${count} is above 2^53 - 1; ask for fewer`);
  const asked = options.text("cpu") ?? "rare";
  const cpu = CPU_USES.find((known) => known === asked);
  if (cpu === undefined) throw wrongUse(`--cpu ${asked} is not one of ${CPU_USES.join(", ")}`);
  return {
    devices,
    ...(size === null ? {} : { size: readSize(size) }),
    ...(image === null ? {} : { image }),
    count: Number(count),
    cpu,
  };
}

function readSize(text: string): number {
  const size = parseAmount(text);
  if (size.ok) return size.value;
  switch (size.refusal) {
    case "negative":
      throw wrongUse(`--size ${text} is negative; a buffer has at least 1 byte`);
    case "syntax":
      throw wrongUse(`--size ${text} is no number of bytes; write 12441600, 12M, 12MiB or 0xbe0000`);
    case "too-large":
      throw wrongUse(`--size ${text} is above 2^53 - 1 bytes, the largest exact size; ask for less`);
  }
}

/** The sentence for a request that cannot be asked, in the words of the options. */
export function explainRequest(refusal: RequestRefusal, { size, image }: NamedRequest): string {
  switch (refusal.code) {
    case "unknown-device":
    case "ambiguous-device":
    case "unknown-queue":
      return explainName(refusal);
    case "no-devices":
      return NO_DEVICE;
    case "size-or-image":
      return size === undefined ? NO_SIZE : TWO_SIZES;
    case "bad-size":
      return `--size ${refusal.size}: a buffer has at least 1 byte`;
    case "bad-count":
      return `--count ${refusal.count}: at least 1 buffer has to be asked for`;
    case "bad-image":
      return `--image ${image} is not WIDTHxHEIGHT:FOURCC[:MODIFIER] with sides from 1 to 65536; write 1920x1080:NV12`;
    case "unknown-format":
      return `--image ${image}: no layout is known for the format ${refusal.format}; ${suggest(refusal.format, refusal.known)}`;
    case "unknown-modifier":
      return `--image ${image}: no layout is known for the modifier ${refusal.modifier}; ${suggest(refusal.modifier, refusal.known)}`;
  }
}

/** Names a sentence lists at most. */
const MOST_NAMES = 40;

/** The fourcc that a name of another program means, or names near to a word, else those that start alike, else the first few there are. */
function suggest(word: string, known: readonly string[]): string {
  const meant = FORMAT_NAMES.get(word.toUpperCase().replace(/^DRM_FORMAT_/, ""));
  if (meant !== undefined && known.includes(meant)) return `write ${meant} for it`;
  const close = closeNames(word, known, 4);
  if (close.length > 0) return `did you mean ${orList(close)}?`;
  const alike = known.filter((name) => name.startsWith(word.slice(0, 2).toUpperCase()));
  return alike.length > 0
    ? `did you mean ${orList(alike.slice(0, 6))}?`
    : `known are ${known.slice(0, MOST_NAMES).join(", ")}${known.length > MOST_NAMES ? ` and ${known.length - MOST_NAMES} more` : ""}`;
}
