import { describe, expect, it } from "vitest";
import { loadCommands } from "../../../src/cli/commands/index.js";
import { APPLICATION_RECOGNISERS } from "../../../src/explain/applications/application-recognisers.js";
import { explained } from "../read-log.js";
import { judgeEntry } from "./judge-entry.js";
import { readCorpus, statesCause } from "./read-corpus.js";

const corpus = readCorpus();

describe("public reports", () => {
  it("are at least 60, each with an address of its own", () => {
    expect(corpus.length).toBeGreaterThanOrEqual(60);
    expect(new Set(corpus.map(({ address }) => address)).size).toBe(corpus.length);
  });

  it("state a cause in more than 60 cases, so that there is something to agree with", () => {
    expect(corpus.filter(statesCause).length).toBeGreaterThan(60);
  });

  for (const entry of corpus) {
    it(`${entry.address}: says ${entry.expect.id}`, () => expect(judgeEntry(entry)).toEqual([]));
  }
});

describe("commands that findings lead to", () => {
  const findings = corpus.flatMap(({ excerpt }) => explained(excerpt).findings);
  const ours = new Set(findings.flatMap(({ next }) => next).flatMap((line) => line.match(/\bcoalloc [^|;&]*/g) ?? []));

  for (const command of ours) {
    it(`${command.trim()} is one`, async () => {
      const [, name, ...rest] = command.trim().split(" ");
      const spec = (await loadCommands()).find((one) => one.name === name);
      expect(spec).toBeDefined();
      const known = spec!.options.flatMap(({ flags }) => flags.match(/(?<![\w-])--?[a-z][\w-]*/g) ?? []);
      for (const option of rest.filter((word) => /^--?[a-z]/.test(word))) expect(known).toContain(option);
    });
  }
});

describe("the judgement of an entry", () => {
  const entry = {
    file: "here",
    address: "https://example.com/1",
    excerpt: "VFIO_MAP_DMA failed: Cannot allocate memory",
    reportedCause: "A limit.",
  };

  it("names what is missing", () => {
    const expected = { id: "vfio-map-dma", words: ["RLIMIT_MEMLOCK", "swiotlb"], numbers: { errno: "EINVAL" } };
    expect(judgeEntry({ ...entry, expect: expected })).toEqual([
      'does not say "swiotlb"',
      "errno is ENOMEM, not EINVAL",
    ]);
  });

  it("names what was recognised instead", () => {
    expect(judgeEntry({ ...entry, expect: { id: "gbm-buffer", words: ["x"] } })).toEqual([
      "not recognised as gbm-buffer but as vfio-map-dma",
    ]);
  });
});

describe("recognisers of applications", () => {
  const seen = new Set(corpus.map(({ expect: { id } }) => id));

  for (const id of new Set(APPLICATION_RECOGNISERS.map((one) => one.id))) {
    it(`${id} is grounded in a report`, () => expect(seen).toContain(id));
  }

  it("keep hints of at least four characters", () => {
    for (const { hint } of APPLICATION_RECOGNISERS) expect(hint.length, hint).toBeGreaterThanOrEqual(4);
  });
});
