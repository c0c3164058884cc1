import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { readBrokerReply, readBrokerRequest } from "../../../src/linux/broker/message.js";
import { LARGEST_REQUEST } from "../../../src/linux/broker/protocol.js";
import { ROOT } from "../../../tools/project.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (document: unknown): ReturnType<typeof readBrokerRequest> =>
  readBrokerRequest(bytes(JSON.stringify(document)));

/** One of each request, with all its fields. */
const REQUESTS = [
  { op: "hello", id: 0, versions: [1, 2], name: "camera" },
  {
    op: "allocate",
    id: 1,
    size: 4096,
    participants: ["/dev/video0", "vop#0"],
    count: 4,
    cpu: "often",
    name: "preview",
  },
  { op: "allocate", id: 2, image: "1920x1080:NV12" },
  { op: "release", id: 3, buffers: [1, 2] },
  { op: "share", id: 4, buffer: 1 },
  { op: "open", id: 5, token: "0123456789abcdef0123456789abcdef" },
  { op: "list", id: 6, after: 100 },
  { op: "stats", id: 7, part: "buffers", after: 0 },
];

describe("readBrokerRequest", () => {
  const validate = new Ajv2020().compile(
    JSON.parse(readFileSync(join(ROOT, "schema", "broker-request-1.schema.json"), "utf8")),
  );
  for (const request of REQUESTS) {
    it(`reads ${request.op}, which the published schema takes too`, () => {
      expect(read(request)).toEqual({ ok: true, value: request });
      expect(validate(request)).toBe(true);
    });
  }

  const refused: readonly { name: string; document: unknown; id: number | null; code: string; path?: string }[] = [
    { name: "what is no object", document: [1], id: null, code: "malformed" },
    {
      name: "an operation that no version knows",
      document: { op: "steal", id: 9 },
      id: 9,
      code: "bad-request",
      path: "op",
    },
    {
      name: "a field that no version knows",
      document: { op: "list", id: 9, all: true },
      id: 9,
      code: "bad-request",
      path: "",
    },
    { name: "a request without number", document: { op: "list" }, id: null, code: "bad-request", path: "id" },
    {
      name: "a size of nothing",
      document: { op: "allocate", id: 9, size: 0 },
      id: 9,
      code: "bad-request",
      path: "size",
    },
    {
      name: "a size that is not exact",
      document: { op: "allocate", id: 9, size: 2 ** 60 },
      id: 9,
      code: "bad-request",
      path: "size",
    },
    { name: "neither size nor image", document: { op: "allocate", id: 9 }, id: 9, code: "bad-request", path: "size" },
    {
      name: "size and image",
      document: { op: "allocate", id: 9, size: 1, image: "x" },
      id: 9,
      code: "bad-request",
      path: "size",
    },
    {
      name: "more buffers than a message can pass",
      document: { op: "allocate", id: 9, size: 1, count: 129 },
      id: 9,
      code: "bad-request",
      path: "count",
    },
    {
      name: "a name that ends a line",
      document: { op: "allocate", id: 9, size: 1, name: "a\nb" },
      id: 9,
      code: "bad-request",
      path: "name",
    },
    {
      name: "a word that is none of ours",
      document: { op: "open", id: 9, token: "guess" },
      id: 9,
      code: "bad-request",
      path: "token",
    },
  ];
  for (const { name, document, id, code, path } of refused) {
    it(`refuses ${name}`, () => {
      const result = read(document);
      expect(result).toMatchObject({
        ok: false,
        refusal: { id, refusal: { code, ...(path === undefined ? {} : { path }) } },
      });
    });
  }

  it("refuses what is no JSON, no UTF-8, or too long", () => {
    expect(readBrokerRequest(bytes("{"))).toMatchObject({ refusal: { id: null, refusal: { code: "malformed" } } });
    expect(readBrokerRequest(Uint8Array.of(0x22, 0xff, 0x22))).toMatchObject({
      refusal: { refusal: { code: "malformed" } },
    });
    expect(readBrokerRequest(new Uint8Array(LARGEST_REQUEST + 1))).toEqual({
      ok: false,
      refusal: { id: null, refusal: { code: "too-long", most: 16_384 } },
    });
  });
});

describe("readBrokerReply", () => {
  it("passes over fields that a newer broker adds, and passes on codes that it adds", () => {
    const answer = { op: "share", token: "ab", since: 2 };
    expect(readBrokerReply(bytes(JSON.stringify({ id: 1, ok: true, answer, more: 1 })))).toEqual({
      id: 1,
      ok: true,
      answer: { op: "share", token: "ab" },
    });
    expect(readBrokerReply(bytes('{"id":null,"ok":false,"error":{"code":"tired","for":3}}'))).toEqual({
      id: null,
      ok: false,
      error: { code: "tired", for: 3 },
    });
  });

  it("takes nothing else", () => {
    for (const text of [
      "",
      "[]",
      '{"id":1,"ok":true}',
      '{"id":1,"ok":true,"answer":{"op":"dance"}}',
      '{"id":-1,"ok":false}',
    ]) {
      expect(readBrokerReply(bytes(text))).toBeNull();
    }
  });
});
