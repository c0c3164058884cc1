import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { debianKernel } from "../../tools/kernel/kernels.js";
import { runProgram } from "../../tools/kernel/program.js";
import { ROOT } from "../../tools/project.js";

const run = await runProgram({
  kernel: debianKernel("amd64"),
  memory: "1G",
  modules: ["vgem", "vivid"],
  program: "test/kernel/guest/readme-example.ts",
  seconds: 120,
});

describe("the README's program for real Linux", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const code = readFileSync(join(ROOT, "examples", "linux-buffer.ts"), "utf8");

  it("is the file in examples/", () => {
    expect(readme).toContain(`\`\`\`ts\n${code}\`\`\`\n`);
  });

  it("prints what is written there", () => {
    const output = readme.slice(readme.indexOf(code)).split("```text\n", 2)[1]?.split("```", 1)[0];
    expect(run.stdout, run.console).toBe(output);
  });
});
