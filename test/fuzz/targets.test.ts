import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../../tools/project.js";
import { type FuzzTarget, fuzz } from "./campaign.js";

const EXECUTIONS = 20_000;
/** Fixed, so that a run of the tests is the same everywhere; campaigns with other seeds are `npm run fuzz`. */
const SEED = 20_261_124;

const folder = join(ROOT, "test", "fuzz", "targets");
const names = readdirSync(folder).map((file) => file.replace(/\.ts$/, ""));

const targets = await Promise.all(
  names.map(async (name) => ({ name, target: (await import(join(folder, `${name}.ts`))) as FuzzTarget })),
);

/** Time this process has worked: a busy machine makes no run slow. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

describe("mutated inputs", () => {
  for (const { name, target } of targets) {
    const maxExecutions = target.testExecutions ?? EXECUTIONS;
    it(`break nothing in ${name}: ${maxExecutions} of them`, () => {
      const limits = { seconds: Number.POSITIVE_INFINITY, seed: SEED, maxExecutions };
      const result = fuzz(target, limits, cpuSeconds);
      expect(result.finding?.what).toBeUndefined();
      expect(result.executions).toBe(maxExecutions);
    });
  }
});
