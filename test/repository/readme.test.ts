import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cachedBoards } from "../../tools/boards/provide.js";
import { ROOT, requiredParts } from "../../tools/project.js";
import { readmeWithOutputs } from "../../tools/readme.js";

const noBoards = cachedBoards("arm64") === null && !requiredParts().has("boards");

describe("README.md", () => {
  const text = readFileSync(join(ROOT, "README.md"), "utf8");

  it("has examples to run: commands and three programs", () => {
    expect(text.match(/```console\n\$ npx coalloc/g)?.length).toBeGreaterThanOrEqual(2);
    expect(text.match(/```ts\nimport [^]*?```\n\n```text\n/g)).toHaveLength(3);
  });

  it("shows examples/multi-device.ts as it is", () => {
    const program = readFileSync(join(ROOT, "examples", "multi-device.ts"), "utf8");
    expect(text).toContain(`\`\`\`ts\n${program}\`\`\`\n`);
  });

  it("gives the two commands a fresh machine needs", () => {
    expect(text).toContain("npm ci && npm run quickstart");
    expect(text).toContain("npm ci && npm test");
  });

  it.skipIf(noBoards)("shows what its examples print (skipped only without board trees: npm run boards)", async () => {
    expect(await readmeWithOutputs()).toBe(text);
  });
});
