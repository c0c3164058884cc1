import { parseAmount } from "../../units/amount.js";
import { closeNames } from "../../units/close-names.js";
import { parseDuration } from "../../units/duration.js";
import { pathText } from "../../units/json-text.js";
import type { Bytes } from "../../units/quantity.js";
import { oneLine, quoted } from "../../units/quote.js";
import { accepted, type Result, refused } from "../../units/result.js";
import { type TextPosition, YamlText } from "../../units/yaml-text.js";
import type {
  ActionSpec,
  DeviceSpec,
  HeapRef,
  ParticipantSpec,
  PhaseSpec,
  Scenario,
  ScenarioPath,
  SetSpec,
  StepSpec,
  StreamSpec,
  UseSpec,
} from "./scenario.js";
import { checkScenario } from "./scenario-schema.js";
import type { ActionText, PhaseText, ScenarioText, SetText, StreamText } from "./scenario-text.js";

/** Most frames that the streams of a scenario may start in all, and most phases that are run. */
const MOST_FRAMES = 100_000_000;
const MOST_PHASES = 1_000_000;
/** Longest run: a week. */
const LONGEST = 7 * 24 * 3_600_000_000_000;
/** The word for the CPU where a device may stand. */
const CPU = "cpu";

/** Why a text is no scenario, and where in it. */
export interface ScenarioRefusal extends TextPosition {
  /** `not-yaml`: no YAML, or more of YAML than is read here. `bad-field`: a field is missing, unknown, or of another form. `bad-reference`: a name leads nowhere. */
  readonly code: "not-yaml" | "bad-field" | "bad-reference";
  /** `streams.preview.steps[1].reads`; empty for the whole. */
  readonly path: string;
  /** One sentence, in one line, without the place. */
  readonly text: string;
}

/** A scenario, and the text it was read from. */
export interface ScenarioFile {
  readonly scenario: Scenario;
  /** A refusal of what stands at a place of the scenario. */
  fault(code: ScenarioRefusal["code"], path: ScenarioPath, text: string): ScenarioRefusal;
}

/** Reads a scenario. The first fault is named with its place in the text; time and memory are bounded by the length of the text. */
export function readScenario(text: string): Result<ScenarioFile, ScenarioRefusal> {
  const yaml = YamlText.read(text);
  if (!yaml.ok) return refused({ code: "not-yaml", path: "", ...yaml.refusal });
  const fault = (
    code: ScenarioRefusal["code"],
    path: readonly PropertyKey[],
    why: string,
    key = false,
  ): ScenarioRefusal => ({
    code,
    path: oneLine(pathText(path)),
    ...yaml.value.positionOf(path, key),
    text: oneLine(why),
  });
  const checked = checkScenario(yaml.value.value);
  if ("fault" in checked) {
    const { path, key, text: why, known } = checked.fault;
    return refused(fault("bad-field", path, `${why}${key ? suggestion(String(path.at(-1)), known) : ""}`, key));
  }
  try {
    return accepted({ scenario: new ScenarioReader(checked.value).read(), fault });
  } catch (error) {
    if (error instanceof Fault) return refused(fault(error.code, error.path, error.message));
    throw error;
  }
}

function suggestion(word: string, known: readonly string[]): string {
  const [close] = closeNames(word, known, 1);
  if (close !== undefined) return `; did you mean ${close}?`;
  return known.length === 0 ? "" : `; there are ${known.join(", ")}`;
}

/** Ends reading; caught by {@link readScenario}. */
class Fault extends Error {
  readonly code: "bad-field" | "bad-reference";
  readonly path: ScenarioPath;

  constructor(code: "bad-field" | "bad-reference", path: ScenarioPath, text: string) {
    super(text);
    this.code = code;
    this.path = path;
  }
}

/** Turns names into indices and texts into numbers. */
class ScenarioReader {
  readonly #text: ScenarioText;
  readonly #setNames: readonly string[];
  readonly #streamNames: readonly string[];
  readonly #devices: DeviceSpec[] = [];

  constructor(text: ScenarioText) {
    this.#text = text;
    this.#setNames = Object.keys(text.buffers);
    this.#streamNames = Object.keys(text.streams ?? {});
    for (const [name, asked] of Object.entries(text.devices ?? {})) {
      this.#devices.push({ name, asked, path: ["devices", name] });
    }
  }

  read(): Scenario {
    const { description, seed, system, buffers, streams, phases } = this.#text;
    const sets = Object.entries(buffers).map(([name, set]) => this.#set(name, set));
    const flows = Object.entries(streams ?? {}).map(([name, stream]) => this.#stream(name, stream, sets));
    const stretches = phases.map((phase, i) => this.#phase(phase, i));
    checkLength(stretches, flows);
    return {
      description: description?.trim() ?? null,
      seed: seed ?? 1,
      system: { algorithms: system?.algorithms ?? {}, checks: system?.checks ?? true, lazy: system?.lazy ?? false },
      devices: this.#devices,
      sets,
      streams: flows,
      phases: stretches,
    };
  }

  #set(name: string, set: SetText): SetSpec {
    const path = ["buffers", name];
    if ((set.size === undefined) === (set.image === undefined)) {
      const text =
        set.size === undefined ? "says neither size nor image" : "says both size and image; give one of them";
      throw new Fault("bad-field", path, text);
    }
    const participants = (set.participants ?? []).map((one, i): ParticipantSpec => {
      const at = [...path, "participants", i];
      return typeof one === "string"
        ? this.#participant({ device: one }, at)
        : this.#participant(one, [...at, "device"]);
    });
    return {
      name,
      path,
      size: set.size === undefined ? null : amount(set.size, [...path, "size"]),
      image: set.image ?? null,
      count: set.count ?? 1,
      together: set.together ?? true,
      participants,
      cpu: set.cpu ?? "rare",
      heap: set.heap === undefined ? null : { id: set.heap, path: [...path, "heap"] },
      lifetime: set.lifetime ?? "scenario",
    };
  }

  #stream(name: string, stream: StreamText, all: readonly SetSpec[]): StreamSpec {
    const path = ["streams", name];
    const sets: number[] = [];
    const steps = stream.steps.map((step, i): StepSpec => {
      const at = [...path, "steps", i];
      const uses = (
        [
          ["reads", "to-device", "read"],
          ["writes", "from-device", "write"],
          ["updates", "bidirectional", "read-write"],
        ] as const
      ).flatMap(([field, direction, access]) => {
        const names = step[field] ?? [];
        const isOne = typeof names === "string";
        return (isOne ? [names] : names).map((one, k): UseSpec => {
          const set = this.#setNamed(one, isOne ? [...at, field] : [...at, field, k]);
          if (!sets.includes(set)) sets.push(set);
          return { slot: sets.indexOf(set), direction, access };
        });
      });
      if (uses.length === 0) throw new Fault("bad-field", at, "says neither reads nor writes nor updates");
      const slots = new Set(uses.map(({ slot }) => slot));
      if (slots.size < uses.length) throw new Fault("bad-field", at, "names the same buffers twice; updates says both");
      return {
        device: step.device === CPU ? null : this.#device(step.device, [...at, "device"]),
        uses,
        duration: step.for === undefined ? 0 : nanoseconds(step.for, [...at, "for"]),
        unmaps: step.unmaps ?? true,
      };
    });
    for (const set of sets) {
      const { lifetime, together, count } = all[set] as SetSpec;
      if (
        lifetime === "frame" &&
        together &&
        count > 1 &&
        this.#text.buffers[this.#setNames[set] as string]?.together
      ) {
        throw new Fault(
          "bad-field",
          ["buffers", this.#setNames[set] as string, "together"],
          "buffers that are made for each frame come one by one",
        );
      }
    }
    return {
      name,
      period: period(stream.rate, [...path, "rate"]),
      jitter: stream.jitter === undefined ? 0 : nanoseconds(stream.jitter, [...path, "jitter"]),
      sets,
      steps,
    };
  }

  #phase(phase: PhaseText, index: number): PhaseSpec {
    const path = ["phases", index];
    return {
      name: phase.name ?? `phase ${index + 1}`,
      duration: phase.for === undefined ? 0 : nanoseconds(phase.for, [...path, "for"]),
      times: phase.times ?? 1,
      actions: (phase.do ?? []).map((one, i) => this.#action(one, [...path, "do", i])),
    };
  }

  #action(action: ActionText, path: ScenarioPath): ActionSpec {
    const types = Object.keys(action);
    const [type] = types;
    if (types.length !== 1 || type === undefined) {
      throw new Fault("bad-field", path, `is ${types.length} actions; each entry is one of them`);
    }
    const at = (field: string): ScenarioPath => [...path, type, field];
    const own = [...path, type];
    if (action.allocate !== undefined) return { type: "allocate", set: this.#setNamed(action.allocate, own) };
    if (action.release !== undefined) return { type: "release", set: this.#setNamed(action.release, own) };
    if (action.start !== undefined) return { type: "start", stream: this.#streamNamed(action.start, own) };
    if (action.stop !== undefined) return { type: "stop", stream: this.#streamNamed(action.stop, own) };
    if (action.attach !== undefined) {
      const set = this.#setNamed(action.attach.buffers, at("buffers"));
      return { type: "attach", set, participant: this.#participant(action.attach, at("device")) };
    }
    if (action.map !== undefined) {
      const set = this.#setNamed(action.map.buffers, at("buffers"));
      const device = this.#device(action.map.device, at("device"));
      return { type: "map", set, device, direction: action.map.direction ?? "bidirectional" };
    }
    for (const kind of ["detach", "unmap", "pin", "unpin"] as const) {
      const one = action[kind];
      if (one === undefined) continue;
      return {
        type: kind,
        set: this.#setNamed(one.buffers, at("buffers")),
        device: this.#device(one.device, at("device")),
      };
    }
    if (action.move !== undefined) {
      return {
        type: "move",
        set: this.#setNamed(action.move.buffers, at("buffers")),
        heap: heapRef(action.move.heap, at("heap")),
      };
    }
    if (action.lend !== undefined) {
      const { heap, size } = action.lend;
      return { type: "lend", heap: heapRef(heap, at("heap")), size: amount(size, at("size")), path: at("size") };
    }
    if (action["give-back"] !== undefined) {
      return { type: "give-back", heap: heapRef(action["give-back"].heap, at("heap")) };
    }
    for (const kind of ["pin-pages", "unpin-pages"] as const) {
      const one = action[kind];
      if (one === undefined) continue;
      const heap = { id: one.heap, path: at("heap") };
      return {
        type: kind,
        heap,
        offset: amount(one.offset, at("offset")),
        size: amount(one.size, at("size")),
        path: own,
      };
    }
    if (action.occupy !== undefined) {
      return {
        type: "occupy",
        heap: { id: action.occupy.heap, path: at("heap") },
        size: amount(action.occupy.size, at("size")),
      };
    }
    if (action.vacate !== undefined) return { type: "vacate", heap: { id: action.vacate.heap, path: at("heap") } };
    throw new Fault("bad-field", path, "is no action");
  }

  #participant(
    {
      device,
      access,
      moves,
    }: {
      readonly device: string;
      readonly access?: ParticipantSpec["access"] | undefined;
      readonly moves?: boolean | undefined;
    },
    path: ScenarioPath,
  ): ParticipantSpec {
    return { device: this.#device(device, path), access: access ?? "read-write", moves: moves ?? false };
  }

  /** Index of a device, by its name in the scenario or any of the machine's. */
  #device(name: string, path: ScenarioPath): number {
    if (name === CPU)
      throw new Fault(
        "bad-reference",
        path,
        "the CPU is no device that attaches; it takes part in steps of streams alone",
      );
    const known = this.#devices.findIndex((device) => device.name === name);
    if (known >= 0) return known;
    this.#devices.push({ name, asked: name, path });
    return this.#devices.length - 1;
  }

  #setNamed(name: string, path: ScenarioPath): number {
    return indexOf(name, this.#setNames, "buffers", path);
  }

  #streamNamed(name: string, path: ScenarioPath): number {
    return indexOf(name, this.#streamNames, "stream", path);
  }
}

function indexOf(name: string, names: readonly string[], what: string, path: ScenarioPath): number {
  const index = names.indexOf(name);
  if (index >= 0) return index;
  throw new Fault(
    "bad-reference",
    path,
    `no ${what} are called ${quoted(name)}${suggestion(name, names)}`.replace("stream are", "stream is"),
  );
}

function heapRef(id: string | undefined, path: ScenarioPath): HeapRef | null {
  return id === undefined ? null : { id, path };
}

function amount(value: number | string, path: ScenarioPath): Bytes {
  if (typeof value === "number") return value;
  const read = parseAmount(value.replace(" ", ""));
  if (read.ok && (read.value > 0 || path.at(-1) === "offset")) return read.value;
  throw new Fault("bad-field", path, read.ok ? "has to be at least 1 byte" : "is above 2^53 - 1 bytes");
}

function nanoseconds(text: string, path: ScenarioPath): number {
  const read = parseDuration(text);
  if (read.ok && read.value <= LONGEST) return read.value;
  throw new Fault("bad-field", path, "is longer than a week");
}

function period(rate: string, path: ScenarioPath): number {
  const [number = "", unit] = rate.split("/");
  const nanos = Math.round((unit === "s" ? 1e9 : 60e9) / Number(number));
  if (nanos >= 1000 && nanos <= LONGEST) return nanos;
  throw new Fault("bad-field", path, "is not between 1000000/s and one a week");
}

/** @throws Fault for a scenario that would take hours to run */
function checkLength(phases: readonly PhaseSpec[], streams: readonly StreamSpec[]): void {
  const running = new Set<number>();
  let frames = 0;
  let time = 0;
  let runs = 0;
  for (const [i, { duration, times, actions }] of phases.entries()) {
    for (const action of actions) {
      if (action.type === "start") running.add(action.stream);
      // With repetition a stream may start again behind its stop.
      if (action.type === "stop" && times === 1) running.delete(action.stream);
    }
    runs += times;
    time += duration * times;
    for (const stream of running) frames += (duration * times) / (streams[stream] as StreamSpec).period;
    const path = ["phases", i];
    if (runs > MOST_PHASES) throw new Fault("bad-field", path, `makes ${runs} phases; at most ${MOST_PHASES} are run`);
    if (time > LONGEST) throw new Fault("bad-field", path, "makes the scenario longer than a week");
    if (frames > MOST_FRAMES) {
      throw new Fault("bad-field", path, `makes ${Math.ceil(frames)} frames; at most ${MOST_FRAMES} are run`);
    }
  }
}
