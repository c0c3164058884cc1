import { describe, expect, it } from "vitest";
import { checkFactDatabase } from "../../../src/facts/extracted/database-schema.js";
import { ExtractedFacts } from "../../../src/facts/extracted/extracted-facts.js";
import { FACT_DATABASE } from "../../../src/facts/extracted/linux.js";

const database = checkFactDatabase(JSON.parse(FACT_DATABASE));
const extracted = new ExtractedFacts(database);
const facts = [...extracted.names()].flatMap((name) => extracted.of(name));

describe("the database that ships", () => {
  it("has the form of its schema, and a kernel and a revision", () => {
    expect(database.kernel).toMatch(/^6\.12\.\d+$/);
    expect(facts.length).toBeGreaterThan(2000);
  });

  it("claims no value without a line", () => {
    const bare = facts.filter(({ dmaMask, coherentDmaMask }) =>
      [dmaMask, coherentDmaMask].some(({ sources }) => sources.length === 0),
    );
    expect(bare.map(({ match }) => match)).toEqual([]);
  });

  it("leaves every device an address, and lists candidates tightest first", () => {
    for (const { match, dmaMask, coherentDmaMask } of facts) {
      for (const { value, candidates = [] } of [dmaMask, coherentDmaMask]) {
        const masks = [...(value === undefined ? [] : [value]), ...candidates].map(BigInt);
        expect(
          masks.every((mask) => mask > 0n),
          JSON.stringify(match),
        ).toBe(true);
        expect(
          [...masks].sort((a, b) => (a < b ? -1 : 1)),
          JSON.stringify(match),
        ).toEqual(masks);
      }
    }
  });

  it("gives a condition to each candidate", () => {
    const odd = facts.filter(
      ({ dmaMask: { candidates, when } }) => candidates !== undefined && when?.length !== candidates.length,
    );
    expect(odd.map(({ match }) => match)).toEqual([]);
  });

  it("names things in conditions, and copies no code", () => {
    const words = new Set(
      facts.flatMap(({ dmaMask, coherentDmaMask }) => [...(dmaMask.when ?? []), ...(coherentDmaMask.when ?? [])]),
    );
    expect([...words].filter((text) => /[;{}]|\w\(/.test(text))).toEqual([]);
  });

  it("is as sure of a fact as its kind allows", () => {
    const wrong = facts.filter(
      ({ confidence, dmaMask }) => (confidence === "A" || confidence === "B") && dmaMask.kind === "runtime",
    );
    expect(wrong.map(({ match }) => match)).toEqual([]);
  });
});
