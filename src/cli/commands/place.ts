import { closeNames } from "../../facts/close-names.js";
import { explainName } from "../../machine/names.js";
import { placeDocument } from "../../placement/document.js";
import { type NamedRequest, type RequestRefusal, readRequest } from "../../placement/named-request.js";
import { placeBuffer } from "../../placement/place.js";
import { parseAmount } from "../../units/amount.js";
import { type CommandSpec, type OptionValues, printJson, printLines } from "../command.js";
import { EXIT, orList, wrongUse } from "../failure.js";
import { FORMAT_NAMES } from "../format-names.js";
import { loadMachine } from "../load-machine.js";
import { AMOUNT_FORMS, MACHINE_ARGUMENT, MACHINE_OPTIONS, readMachineOptions } from "../machine-options.js";
import { renderPlace } from "../render/place.js";
import { lookOf } from "../show.js";
import { Stopwatch } from "../stopwatch.js";

const CPU_USES = ["none", "rare", "often"] as const;

/** `coalloc place`: which memory several devices can share. */
export const placeCommand: CommandSpec = {
  name: "place",
  summary: "Say which memory one buffer for several devices has to come from, and why",
  arguments: [MACHINE_ARGUMENT],
  options: [
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
    ...MACHINE_OPTIONS,
  ],
  examples: [
    {
      line: "coalloc place board.dtb -d vop@fdd90000 -d rga@fdb80000 --image 3840x2160:NV12",
      shows: "a picture that a scaler writes and a display reads",
    },
    { line: "coalloc place board.dtb -d camera -d video-codec --size 12M --count 6", shows: "six buffers of 12 MiB" },
    {
      line: "coalloc place board.dtb -d gpu -d compatible:rockchip,rk3399-rga --size 64M --memory 8G --json",
      shows: "the answer as data, with all candidates and reasons",
    },
  ],
  run: async ({ arguments: [name], options, terminal }) => {
    const watch = new Stopwatch();
    const asked = readAsked(options);
    const machineOptions = readMachineOptions(options);
    watch.lap("start");
    const machine = await loadMachine(name as string, machineOptions, watch, terminal);
    const request = readRequest(machine, asked);
    if (!request.ok) throw wrongUse(explainRequest(request.refusal, asked));
    const document = placeDocument(machine, placeBuffer(machine, request.value));
    watch.lap("place");
    if (options.has("json")) printJson(terminal, document);
    else printLines(terminal, renderPlace(document, lookOf(terminal)));
    watch.lap("print");
    if (options.has("timing")) terminal.err(`${watch.summary()}\n`);
    return document.placement === null ? EXIT.no : EXIT.yes;
  },
};

const NO_DEVICE = "no device is named; give at least one with -d, `coalloc devices MACHINE` lists them";
const NO_SIZE = "neither --size nor --image says how large the buffer is; give one of them";
const TWO_SIZES = "--size and --image both say how large the buffer is; give one of them";

/** Reads the options of the request: their form, not yet whether the machine knows the names and the numbers make sense. */
function readAsked(options: OptionValues): NamedRequest {
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
function explainRequest(refusal: RequestRefusal, { size, image }: NamedRequest): string {
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
