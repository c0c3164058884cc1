import { describe, expect, it } from "vitest";
import { readScenario } from "../../../src/simulate/scenario/read-scenario.js";
import { describeFieldRefusal } from "../../../src/units/yaml-fields.js";

const GOOD = `schema: coalloc/scenario/1
devices: {camera: csi}
buffers:
  frames: {image: "1920x1080:NV12", count: 4, participants: [camera, {device: display, access: read}]}
streams:
  preview:
    rate: 30/s
    jitter: 1.5ms
    steps:
      - {device: camera, writes: frames, for: 30ms}
      - device: display
        reads: frames
phases:
  - for: 10s
    do: [{start: preview}]
`;

function sentence(text: string): string {
  const read = readScenario(text);
  return read.ok ? "accepted" : describeFieldRefusal(read.refusal);
}

describe("readScenario", () => {
  it("resolves names to indices, and texts to nanoseconds", () => {
    const read = readScenario(GOOD);
    expect(read.ok && read.value.scenario).toMatchObject({
      seed: 1,
      devices: [
        { name: "camera", asked: "csi" },
        { name: "display", asked: "display" },
      ],
      sets: [{ name: "frames", image: "1920x1080:NV12", count: 4, together: true, lifetime: "scenario" }],
      streams: [
        {
          period: 33_333_333,
          jitter: 1_500_000,
          steps: [
            { device: 0, duration: 30_000_000, uses: [{ slot: 0, direction: "from-device" }] },
            { device: 1, duration: 0, uses: [{ slot: 0, direction: "to-device" }] },
          ],
        },
      ],
      phases: [{ duration: 10_000_000_000, times: 1, actions: [{ type: "start", stream: 0 }] }],
    });
  });

  const faults: readonly (readonly [name: string, from: string, to: string, says: string])[] = [
    [
      "an unknown field",
      "reads: frames",
      "raeds: frames",
      "line 12, column 9: streams.preview.steps[1].raeds: nobody knows this field; did you mean reads?",
    ],
    [
      "an unknown name of buffers",
      "reads: frames",
      "reads: frmaes",
      'line 12, column 16: streams.preview.steps[1].reads: no buffers are called "frmaes"; did you mean frames?',
    ],
    [
      "a rate without a unit",
      "30/s",
      "30",
      "line 7, column 11: streams.preview.rate: is no rate; write 30/s, 29.97/s or 2/min",
    ],
    [
      "a huge count",
      "count: 4",
      "count: 1000000000",
      "line 4, column 44: buffers.frames.count: Too big: expected number to be <=65536",
    ],
    ["more than a week", "for: 10s", "for: 1000h", "line 14, column 10: phases[0].for: is longer than a week"],
    ["more frames than anybody waits for", "rate: 30/s", "rate: 1000000/s", "accepted"],
    [
      "a size and an image",
      "count: 4",
      "size: 1M",
      "line 4, column 11: buffers.frames: says both size and image; give one of them",
    ],
    [
      "two actions in one entry",
      "{start: preview}",
      "{start: preview, stop: preview}",
      "line 15, column 10: phases[0].do[0]: is 2 actions; each entry is one of them",
    ],
    ["a field twice", "  - for: 10s", "  - for: 10s\n    for: 1s", "line 15, column 5: for stands twice in this map"],
    ["another schema", "scenario/1", "scenario/2", 'line 1, column 9: schema: has to be "coalloc/scenario/1"'],
  ];
  for (const [name, from, to, says] of faults) {
    it(`${says === "accepted" ? "takes" : "names the place of"} ${name}`, () => {
      expect(sentence(GOOD.replace(from, to))).toBe(says);
    });
  }

  it("refuses what would run for hours", () => {
    const long = GOOD.replace("30/s", "1000000/s").replace("10s", "1h");
    expect(sentence(long)).toBe("line 14, column 5: phases[0]: makes 3600000000 frames; at most 100000000 are run");
  });

  const hostile: readonly (readonly [name: string, text: string, says: string])[] = [
    ["aliases that multiply", "a: &a [1, 2]\nb: [*a, *a]\n", "line 1, column 7: the anchor &a has no use here"],
    ["an alias of nothing", "a: *b\n", "line 1, column 4: aliases are not read here; write it out"],
    [
      "brackets without end",
      "[".repeat(100_000),
      "line 1, column 17: maps and lists are nested deeper than any that has a meaning here",
    ],
    [
      "lists in lists in a line",
      "- ".repeat(100_000),
      "line 1, column 121: maps and lists are nested deeper than any that has a meaning here",
    ],
    [
      "a text of megabytes",
      "x".repeat(3_000_000),
      "line 1, column 1: the text has 3000000 characters; at most 262144 are read",
    ],
    ["a name that is no name", "{__proto__: 1}", "line 1, column 2: __proto__ is no name"],
    ["a second document", "a: 1\n---\nb: 2\n", "line 2, column 1: a second document begins; one is read"],
    ["nothing", "", "line 1, column 1: Invalid input: expected object, received null"],
    ["zeros", "\0\0\0", "line 1, column 1: Invalid input: expected object, received string"],
  ];
  for (const [name, text, says] of hostile) it(`refuses ${name}`, () => expect(sentence(text)).toBe(says));

  it("refuses a map of tens of thousands of keys in a few seconds at most", () => {
    const text = Array.from({ length: 25_000 }, (_, i) => `k${i}: 1`).join("\n");
    const before = process.cpuUsage();
    expect(sentence(text)).toBe('line 1, column 1: schema: has to be "coalloc/scenario/1"');
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(5);
  });
});
