import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseAccounts } from "../../../src/linux/broker/account-names.js";
import { fitsPattern, heapQuota, ruleFor } from "../../../src/linux/broker/policy.js";
import { readPolicy } from "../../../src/linux/broker/read-policy.js";
import { orThrow } from "../../../src/units/result.js";
import { describeFieldRefusal } from "../../../src/units/yaml-fields.js";
import { ROOT } from "../../../tools/project.js";

const NAMES = {
  users: parseAccounts("root:x:0:0::/root:/bin/sh\ncamera:x:105:44::/:/bin/false\n# no user\n"),
  groups: parseAccounts("root:x:0:\nvideo:x:44:camera,anna\n"),
};

const FULL = `
schema: coalloc/broker-policy/1
clients: {total: 100, per-user: 10}
total: {buffers: 1000, bytes: 1G}
memory-reserve: 128M
recycle: 32M
deadline: 2s
heaps:
  "cma:*": {bytes: 64M, buffers: 16}
rules:
  - name: cameras
    who: ["user:camera", "group:video"]
    heaps: [system, "cma:*"]
    largest: 16M
    count: 8
    per-client: {buffers: 16, bytes: 128M}
    per-user: {buffers: 32, bytes: 256M}
  - name: operators
    who: ["uid:1000"]
    stats: true
unlisted: deny
`;

describe("readPolicy", () => {
  it("reads every field", () => {
    const policy = orThrow(readPolicy(FULL, NAMES));
    expect(policy).toMatchObject({
      clients: { total: 100, perUser: 10 },
      total: { buffers: 1000, bytes: 2 ** 30 },
      memoryReserve: 128 * 2 ** 20,
      recycle: 32 * 2 ** 20,
      deadline: 2000,
      unlisted: null,
    });
    expect(policy.rules[0]).toEqual({
      name: "cameras",
      who: [
        { kind: "uid", uid: 105 },
        { kind: "gid", gid: 44 },
      ],
      heaps: ["system", "cma:*"],
      largest: 16 * 2 ** 20,
      count: 8,
      perClient: { buffers: 16, bytes: 128 * 2 ** 20 },
      perUser: { buffers: 32, bytes: 256 * 2 ** 20 },
      stats: false,
    });
    expect(heapQuota(policy, "cma:default")).toEqual({ buffers: 16, bytes: 64 * 2 ** 20 });
    expect(heapQuota(policy, "system")).toBeNull();
  });

  it("takes what the published schema takes, the example among it", () => {
    const validate = new Ajv2020().compile(
      JSON.parse(readFileSync(join(ROOT, "schema", "broker-policy-1.schema.json"), "utf8")),
    );
    const example = readFileSync(join(ROOT, "systemd", "broker.yaml"), "utf8");
    for (const text of [FULL, example]) expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
    expect(
      readPolicy(example, {
        ...NAMES,
        groups: new Map([
          ["video", 44],
          ["render", 105],
          ["adm", 4],
        ]),
      }).ok,
    ).toBe(true);
  });

  it("gives a quota that is not said that of the wider one around it", () => {
    const policy = orThrow(readPolicy(FULL, NAMES));
    expect(policy.rules[1]).toMatchObject({ perUser: policy.total, perClient: policy.total, stats: true });
  });

  const faults: readonly (readonly [name: string, text: string, sentence: string])[] = [
    ["a missing schema", "rules: []", 'line 1, column 1: schema: has to be "coalloc/broker-policy/1"'],
    [
      "a field that nobody knows",
      "schema: coalloc/broker-policy/1\nruls: []",
      "line 2, column 1: ruls: nobody knows this field; did you mean rules?",
    ],
    [
      "a user that is not there",
      rule('who: ["user:camra"]'),
      'line 2, column 25: rules[0].who[0]: this machine has no user "camra"; did you mean user:camera?',
    ],
    [
      "nobody",
      rule('who: ["camera"]'),
      "line 2, column 25: rules[0].who[0]: is nobody; write any, user:NAME, group:NAME, uid:NUMBER or gid:NUMBER",
    ],
    [
      "a size without unit of ours",
      rule("who: [any], largest: 3 apples"),
      "line 2, column 40: rules[0].largest: is no number of bytes; write 12441600, 12M, 12MiB or 0xbe0000",
    ],
    [
      "a quota above the one around it",
      rule("who: [any], per-user: {buffers: 4}, per-client: {buffers: 5}"),
      "line 2, column 77: rules[0].per-client.buffers: 5 is more than the 4 of the quota around it",
    ],
    [
      "a deadline that is none",
      "schema: coalloc/broker-policy/1\ndeadline: 1h",
      'line 2, column 11: deadline: "1h" is no duration from 10ms to 10min',
    ],
    ["what is no YAML", "schema: [", "line 1, column"],
  ];
  for (const [name, text, sentence] of faults) {
    it(`names the place of ${name}`, () => {
      const read = readPolicy(text, NAMES);
      expect(read.ok ? null : describeFieldRefusal(read.refusal)).toContain(sentence);
    });
  }
});

function rule(fields: string): string {
  return `schema: coalloc/broker-policy/1\nrules: [{name: a, ${fields}}]`;
}

describe("ruleFor", () => {
  const policy = orThrow(readPolicy(FULL, NAMES));
  const cases = [
    { name: "the user", client: { uid: 105, gid: 9, groups: [] }, rule: "cameras" },
    { name: "its first group", client: { uid: 7, gid: 44, groups: [] }, rule: "cameras" },
    { name: "another of its groups", client: { uid: 7, gid: 9, groups: [8, 44] }, rule: "cameras" },
    { name: "the first rule of several", client: { uid: 1000, gid: 44, groups: [] }, rule: "cameras" },
    { name: "nobody, and is turned away", client: { uid: 1001, gid: 9, groups: [] }, rule: null },
  ];
  for (const { name, client, rule } of cases) {
    it(`goes by ${name}`, () => expect(ruleFor(policy, client)?.name ?? null).toBe(rule));
  }

  it("gives those whom no rule is about what the file gives them", () => {
    const open = orThrow(readPolicy("schema: coalloc/broker-policy/1\nunlisted: {largest: 1M}", NAMES));
    expect(ruleFor(open, { uid: 5, gid: 5, groups: [] })).toMatchObject({ name: "unlisted", largest: 2 ** 20 });
  });
});

describe("fitsPattern", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["system", "system", true],
    ["system", "sys", false],
    ["cma:default", "cma:*", true],
    ["cma:isp@1000", "cma:*@*", true],
    ["aba", "ab*ba", false],
    ["anything", "*", true],
    ["a-b-c", "a*b*c", true],
    ["a-c-b", "a*b*c", false],
  ];
  for (const [heap, pattern, fits] of cases) {
    it(`says ${fits} for ${heap} and ${pattern}`, () => expect(fitsPattern(heap, pattern)).toBe(fits));
  }
});
