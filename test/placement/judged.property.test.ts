import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { placeDocument } from "../../src/placement/document.js";
import { placeBuffer } from "../../src/placement/place.js";
import { judgePlacement } from "../judge/judge.js";
import { questions } from "../random-board.js";

/** As a file would hold it. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value));

describe("placeBuffer on any board", () => {
  it("gives an answer the judge finds nothing wrong with", () => {
    fc.assert(
      fc.property(questions, ({ machine, request }) => {
        const document = plain(placeDocument(machine, placeBuffer(machine, request)));
        expect(judgePlacement(plain(machine), document)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});
