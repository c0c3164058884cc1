import { type Image, parseImage } from "../../constraints/image-layout.js";
import type { ParticipantRequest } from "../../constraints/participant.js";
import { closeNames } from "../../facts/close-names.js";
import type { Machine } from "../../machine/machine.js";
import { explainName, resolveDevice } from "../../machine/names.js";
import { placeDocument } from "../../placement/document.js";
import { placeBuffer } from "../../placement/place.js";
import type { CpuUse } from "../../placement/request.js";
import { parseAmount } from "../../units/amount.js";
import { type CommandSpec, type OptionValues, printJson, printLines } from "../command.js";
import { EXIT, orList, wrongUse } from "../failure.js";
import { loadMachine } from "../load-machine.js";
import { MACHINE_ARGUMENT, MACHINE_OPTIONS, readMachineOptions } from "../machine-options.js";
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
    { flags: "-s, --size <bytes>", description: "bytes of one buffer; K, M, G are powers of 1024" },
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
    const participants = asked.devices.map((device) => participantOf(machine, device));
    const request = checkAsked(asked);
    const placement = placeBuffer(machine, { participants, ...request });
    const document = placeDocument(machine, placement);
    watch.lap("place");
    if (options.has("json")) printJson(terminal, document);
    else printLines(terminal, renderPlace(document, lookOf(terminal)));
    watch.lap("print");
    if (options.has("timing")) terminal.err(`${watch.summary()}\n`);
    return document.placement === null ? EXIT.no : EXIT.yes;
  },
};

/** What was asked for, readable but not yet judged. */
interface Asked {
  readonly devices: readonly string[];
  readonly size: number | null;
  readonly image: string | null;
  readonly count: number;
  readonly cpu: CpuUse;
}

/** Reads the options of the request: their form, not yet whether they make sense. */
function readAsked(options: OptionValues): Asked {
  const devices = options.texts("device");
  if (devices.length === 0)
    throw wrongUse("no device is named; give at least one with -d, `coalloc devices MACHINE` lists them");
  const size = options.text("size");
  const image = options.text("image");
  if (size === null && image === null)
    throw wrongUse("neither --size nor --image says how large the buffer is; give one of them");
  if (size !== null && image !== null)
    throw wrongUse("--size and --image both say how large the buffer is; give one of them");
  const count = options.text("count") ?? "1";
  if (!/^-?\d+$/.test(count)) throw wrongUse(`--count ${count} is no whole number; write --count 4`);
  if (Number(count) > Number.MAX_SAFE_INTEGER) throw wrongUse(`--count ${count} is above 2^53 - 1; ask for fewer`);
  const cpu = options.text("cpu") ?? "rare";
  const use = CPU_USES.find((known) => known === cpu);
  if (use === undefined) throw wrongUse(`--cpu ${cpu} is not one of ${CPU_USES.join(", ")}`);
  return { devices, size: size === null ? null : readSize(size), image, count: Number(count), cpu: use };
}

function readSize(text: string): number {
  const size = parseAmount(text);
  if (size.ok) return size.value;
  switch (size.refusal) {
    case "negative":
      throw wrongUse(`--size ${text} is negative; a buffer has at least 1 byte`);
    case "syntax":
      throw wrongUse(`--size ${text} is no number of bytes; write 12441600, 12M or 0xbe0000`);
    case "too-large":
      throw wrongUse(`--size ${text} is above 2^53 - 1 bytes, the largest exact size; ask for less`);
  }
}

function participantOf(machine: Machine, text: string): ParticipantRequest {
  const found = resolveDevice(machine, text);
  if (!found.ok) throw wrongUse(explainName(found.refusal));
  return { device: found.value.device, queue: found.value.queue, access: "read-write" };
}

/** Judges the request itself: sizes and counts above zero, a picture that exists. */
function checkAsked({ size, image, count, cpu }: Asked): {
  size: number | null;
  image: Image | null;
  count: number;
  cpu: CpuUse;
} {
  if (size === 0) throw wrongUse("--size 0: a buffer has at least 1 byte");
  if (count < 1) throw wrongUse(`--count ${count}: at least 1 buffer has to be asked for`);
  return { size, image: image === null ? null : readImage(image), count, cpu };
}

function readImage(text: string): Image {
  const image = parseImage(text);
  if (image.ok) return image.value;
  const { refusal } = image;
  switch (refusal.code) {
    case "bad-image":
      throw wrongUse(
        `--image ${text} is not WIDTHxHEIGHT:FOURCC[:MODIFIER] with sides from 1 to 65536; write 1920x1080:NV12`,
      );
    case "unknown-format":
      throw wrongUse(
        `--image ${text}: no layout is known for the format ${refusal.format}; ${suggest(refusal.format, refusal.known)}`,
      );
    case "unknown-modifier":
      throw wrongUse(
        `--image ${text}: no layout is known for the modifier ${refusal.modifier}; ${suggest(refusal.modifier, refusal.known)}`,
      );
  }
}

/** Names a sentence lists at most. */
const MOST_NAMES = 40;

/** Names near to a word, else those that start alike, else the first few there are. */
function suggest(word: string, known: readonly string[]): string {
  const close = closeNames(word, known, 4);
  if (close.length > 0) return `did you mean ${orList(close)}?`;
  const alike = known.filter((name) => name.startsWith(word.slice(0, 2).toUpperCase()));
  return alike.length > 0
    ? `did you mean ${orList(alike.slice(0, 6))}?`
    : `known are ${known.slice(0, MOST_NAMES).join(", ")}${known.length > MOST_NAMES ? ` and ${known.length - MOST_NAMES} more` : ""}`;
}
