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
  const log = (of: readonly Finding[]) => sarifLog(of, { version: "0.1.0", file: "a folder/board.dtb", rules: RULES });

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
          physicalLocation: { artifactLocation: { uri: "a%20folder/board.dtb" } },
          logicalLocations: [
            { name: "size", fullyQualifiedName: "/reserved-memory/camera@50000000:size", kind: "property" },
          ],
        },
      ],
      properties: { numbers: { size: 8_388_608, limit: null } },
    });
  });
});

describe("junitReport", () => {
  const report = (failOn: "error" | "warning" | null, some: Partial<Finding> = {}): string =>
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

  it("escapes what XML gives a meaning, and replaces what it cannot hold", () => {
    const text = report("warning", { text: 'a & b < c > "d" \u0000\u001b\ud800 \u{1f600}' });
    expect(text).toContain('<testsuite name="a&lt;b&gt;&amp;&quot;c&quot;.dtb"');
    expect(text).toContain('message="a &amp; b &lt; c &gt; &quot;d&quot; \ufffd\ufffd\ufffd \u{1f600}"');
  });
});
