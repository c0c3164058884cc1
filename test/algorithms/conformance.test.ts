import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Algorithm } from "../../src/algorithms/allocator.js";
import { ALGORITHMS } from "../../src/algorithms/registry.js";
import { checkAllocator } from "../../src/testing/conformance.js";
import { ROOT } from "../../tools/project.js";
import { sortedList } from "./fixture/sorted-list.js";

function isAlgorithm(value: unknown): value is Algorithm {
  return typeof value === "object" && value !== null && "name" in value && "traits" in value && "make" in value;
}

const folder = join(ROOT, "src", "algorithms");
const found: { readonly file: string; readonly algorithm: Algorithm }[] = [];
const unreadable: string[] = [];
for (const file of readdirSync(folder)) {
  if (!file.endsWith(".ts") || file === "registry.ts") continue;
  const module = (await import(join(folder, file)).catch((error: unknown) => {
    unreadable.push(`${file}: ${String(error)}`);
    return {};
  })) as Record<string, unknown>;
  for (const value of Object.values(module)) if (isAlgorithm(value)) found.push({ file, algorithm: value });
}

describe("every algorithm of the folder", () => {
  it("can be loaded", () => expect(unreadable).toEqual([]));

  it("stands in the registry", () => {
    expect(ALGORITHMS.map(({ name }) => name).sort()).toEqual(found.map(({ algorithm }) => algorithm.name).sort());
  });

  for (const { file, algorithm } of found) {
    it(`keeps the contract: ${algorithm.name} (${file})`, () => {
      const report = checkAllocator(algorithm);
      expect(report.accepted).toBeGreaterThan(2000);
    });
  }
});

describe("an algorithm from outside", () => {
  it("keeps the contract", () => {
    expect(checkAllocator(sortedList).refused).toBeGreaterThan(500);
  });
});
