import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkAgainst } from "../../../src/simulate/scenario/check-against.js";
import { readScenario } from "../../../src/simulate/scenario/read-scenario.js";
import { runScenario } from "../../../src/simulate/scenario/run-scenario.js";
import { orThrow } from "../../../src/units/result.js";
import { ROOT } from "../../../tools/project.js";
import { exampleMachine } from "../example-machine.js";

describe("the example in docs/scenarios.md", () => {
  it("runs on the example board, and nothing fails", () => {
    const text = /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, "docs", "scenarios.md"), "utf8"))?.[1] ?? "";
    const file = orThrow(readScenario(text));
    const machine = exampleMachine();
    expect(checkAgainst(machine, file)).toBeNull();
    const run = runScenario(machine, file.scenario);
    expect(run.failures.groups).toEqual([]);
    expect(run.streams).toMatchObject([{ started: 60, dropped: 0, failed: 0 }]);
  });
});
