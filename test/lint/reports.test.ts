/** The forms in which findings go to other programs: SARIF, judged by the standard's schema, and JUnit. */
import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/lint/finding.js";
import { junitReport } from "../../src/lint/junit.js";
import { RULES } from "../../src/lint/rules.js";
import { sarifLog } from "../../src/lint/sarif.js";
import { sarifFaults } from "./sarif-faults.js";

const [RULE] = RULES;

function finding(some: Partial<Finding>): Finding {
  return {
    id: RULE!.id,
    severity: "warning",
    text: "camera has reg and size.",
    where: { node: "/reserved-memory/camera@50000000", property: "size" },
    numbers: { size: 8_388_608, limit: null },
    remedies: [
      {
        kind: "device-tree",
        text: "take size away",
        dts: "&{/} {};\n",
        overlay: null,
        commandLine: null,
        config: null,
      },
    ],
    ...some,
  };
}

describe("sarifLog", () => {
  const findings = [
    finding({}),
    finding({ severity: "error", where: { node: "/", property: null }, remedies: [] }),
    finding({ severity: "note", where: { node: null, property: null } }),
  ];
  const log = (of: readonly Finding[], file = "a folder/board.dtb") =>
    sarifLog(of, { command: "check", version: "0.1.0", file, rules: RULES });

  it("is what the schema of the standard asks for", () => {
    for (const of of [[], findings]) {
      expect(sarifFaults(log(of))).toEqual([]);
    }
  });

  it("is judged by a schema that refuses other logs", () => {
    expect(sarifFaults({ ...log(findings), version: "2.0.0" })).not.toEqual([]);
    expect(sarifFaults({ version: "2.1.0", runs: [{ tool: {} }] })).not.toEqual([]);
  });

  it("places a finding in the file, at the property and under its rule", () => {
    const { runs } = log(findings) as { runs: { results: object[] }[] };
    expect(runs[0]!.results[0]).toMatchObject({
      ruleId: RULE!.id,
      ruleIndex: 0,
      level: "warning",
      message: { text: "camera has reg and size.\n\nRemedy: take size away:\n&{/} {};" },
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: "a%20folder/board.dtb", uriBaseId: "%SRCROOT%" } },
          logicalLocations: [
            { name: "size", fullyQualifiedName: "/reserved-memory/camera@50000000:size", kind: "property" },
          ],
        },
      ],
      properties: { numbers: { size: 8_388_608, limit: null }, remedies: [{ text: "take size away" }] },
    });
  });

  it("places a finding in a file elsewhere by its absolute address", () => {
    expect(JSON.stringify(log(findings, "/boot/board.dtb"))).toContain(
      '"artifactLocation":{"uri":"file:///boot/board.dtb"}',
    );
  });

  it("tells findings of one rule apart, which all are in the first line", () => {
    const two = [finding({}), finding({ where: { node: "/reserved-memory/other", property: "size" } })];
    const { runs } = log(two) as { runs: { results: { partialFingerprints: Record<string, string> }[] }[] };
    const [a, b] = runs[0]!.results.map(({ partialFingerprints }) => partialFingerprints["primaryLocationLineHash"]);
    expect(a).toMatch(/^[0-9a-f]{8}:1$/);
    expect(b).not.toBe(a);
  });

  it("is a category of its own for each tree, so that logs of many can be uploaded together", () => {
    const category = (file: string): unknown =>
      (log([], file) as { runs: { automationDetails: { id: string } }[] }).runs[0]!.automationDetails.id;
    expect(category("boards/a.dtb")).toBe("coalloc check/boards/a.dtb/");
    expect(category("/boards/a.dtb")).toBe("coalloc check/boards/a.dtb/");
  });

  it("explains each rule with a wrong and a right tree", () => {
    const { runs } = log([]) as {
      runs: { tool: { driver: { rules: { id: string; help: { markdown: string }; properties: object }[] } } }[];
    };
    for (const [i, { id, help, properties }] of runs[0]!.tool.driver.rules.entries()) {
      const rule = RULES[i]!;
      expect(id).toBe(rule.id);
      expect(help.markdown).toContain(`Wrong:\n\n\`\`\`dts\n${rule.wrong.dts.trim()}\n\`\`\``);
      expect(help.markdown).toContain(`Right:\n\n\`\`\`dts\n${rule.right.dts.trim()}\n\`\`\``);
      expect(properties).toEqual({
        tags: ["device-tree", "memory"],
        "problem.severity": { error: "error", warning: "warning", note: "recommendation" }[rule.severity],
      });
    }
  });
});

describe("junitReport", () => {
  const report = (failOn: "error" | "warning" | "note" | null, some: Partial<Finding> = {}): string =>
    junitReport([finding(some)], { command: "check", file: 'a<b>&"c".dtb', rules: RULES.slice(0, 1), failOn });

  it("has a case for each rule, failed from the severity asked for", () => {
    expect(report("warning")).toContain('<testsuites name="coalloc check" tests="1" failures="1" errors="0">');
    expect(report("warning")).toContain('<failure type="warning" message="camera has reg and size.">');
    expect(report("error")).toContain('tests="1" failures="0"');
    expect(report("error")).toContain(
      "<system-out>warning: camera has reg and size.\nat /reserved-memory/camera@50000000, size",
    );
    expect(report(null, { severity: "error" })).toContain('failures="0"');
  });

  it("fails no rule for a note, unless notes are to fail", () => {
    expect(report("error", { severity: "note" })).toContain('tests="1" failures="0"');
    expect(report("warning", { severity: "note" })).toContain('tests="1" failures="0"');
    expect(report("warning", { severity: "note" })).toContain("<system-out>note: camera has reg and size.");
    expect(report("note", { severity: "note" })).toContain('<failure type="note"');
  });

  it("puts all that fails a rule into one element", () => {
    const findings = [finding({ severity: "error" }), finding({ severity: "error", text: "second." })];
    const text = junitReport(findings, { command: "check", file: "b.dtb", rules: RULES.slice(0, 1), failOn: "error" });
    expect(text.match(/<failure /g)).toHaveLength(1);
    expect(text).toContain('message="camera has reg and size. (and 1 more)"');
    expect(text).toContain("error: second.");
  });

  it("names cases by their tree, so that reports of many keep apart", () => {
    const text = junitReport([], {
      command: "check",
      file: "arm64/vendor/board.v2.dtb",
      rules: RULES.slice(0, 1),
      failOn: "error",
    });
    expect(text).toContain('classname="coalloc.check.arm64.vendor.board_v2" name=');
    expect(text).toContain(' file="arm64/vendor/board.v2.dtb" ');
  });

  it("escapes what XML gives a meaning, and replaces what it cannot hold", () => {
    const text = report("warning", { text: 'a & b < c > "d" \u0000\u001b\ud800 \u{1f600}' });
    expect(text).toContain('<testsuite name="a&lt;b&gt;&amp;&quot;c&quot;.dtb"');
    expect(text).toContain('message="a &amp; b &lt; c &gt; &quot;d&quot; \ufffd\ufffd\ufffd \u{1f600}"');
  });
});
