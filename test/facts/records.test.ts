import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { IMAGE_FORMATS } from "../../src/constraints/image-format.js";
import { modifierName } from "../../src/constraints/modifier.js";
import type { DeviceFact, SourceLine } from "../../src/facts/fact.js";
import { loadFacts } from "../../src/facts/load.js";
import { nameOfMatch } from "../../src/facts/lookup.js";

const { facts } = await loadFacts();

describe("every record", () => {
  it("is the only one of its compatible", () => {
    const names = facts.map(({ match }) => nameOfMatch(match));
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it("belongs to an aggregate that is known and belongs to none", () => {
    const owners = new Map(facts.map((fact) => [nameOfMatch(fact.match), fact]));
    const lost = facts.flatMap(({ match, appliesTo }) => {
      if (typeof appliesTo === "string" || !("aggregate" in appliesTo)) return [];
      const isOwner = (name: string) => {
        const owner = owners.get(name)?.appliesTo;
        return owner === "self" || (typeof owner === "object" && "virtual" in owner);
      };
      return [appliesTo.aggregate]
        .flat()
        .filter((name) => !isOwner(name))
        .map((name) => `${nameOfMatch(match)} belongs to ${name}`);
    });
    expect(lost).toEqual([]);
  });

  it("is as sure as reading makes it: one value, or what each value hangs on", () => {
    const unsure = facts.filter(({ confidence, dmaMask }) => {
      const conditional = dmaMask.candidates !== undefined && dmaMask.when?.length === dmaMask.candidates.length;
      return confidence === "D" || confidence === "E" || (confidence === "C" && !conditional);
    });
    expect(unsure.map(({ match }) => nameOfMatch(match))).toEqual([]);
  });

  it("names formats by fourcc, as pictures are asked for", () => {
    const named = facts.flatMap(({ layouts = [] }) => layouts.map(({ fourcc }) => fourcc));
    expect([...new Set(named)].filter((fourcc) => fourcc !== "*" && !IMAGE_FORMATS.has(fourcc))).toEqual([]);
  });

  it("names modifiers as a picture's modifier is read", () => {
    const named = facts.flatMap(({ layouts = [] }) => layouts.map(({ modifier }) => modifier));
    expect([...new Set(named)].filter((modifier) => modifierName(modifier) !== modifier)).toEqual([]);
  });

  it("has a picture queue among its queues, if it shares buffers", () => {
    const wrong = facts.filter(({ buffers, pictureQueue, import: imports, export: exports }) =>
      pictureQueue === undefined
        ? imports !== undefined || exports !== undefined
        : !buffers.some(({ queue }) => queue === pictureQueue),
    );
    expect(wrong.map(({ match }) => nameOfMatch(match))).toEqual([]);
  });

  it("gives its video devices queues that it has, one of them with pictures", () => {
    const wrong = facts.filter(({ buffers, videoNodes = [] }) =>
      videoNodes.some(
        ({ queues, pictureQueue }) =>
          !queues.includes(pictureQueue) || queues.some((name) => !buffers.some(({ queue }) => queue === name)),
      ),
    );
    expect(wrong.map(({ match }) => nameOfMatch(match))).toEqual([]);
  });

  it("says what its own kind of buffer allocates and accepts", () => {
    const own = facts.flatMap(({ buffers }) => buffers.filter(({ kind }) => kind === "own"));
    expect(own.filter(({ allocates, accepts }) => allocates === undefined || accepts === undefined)).toEqual([]);
  });
});

/** Root of an unpacked Linux 6.12, when there is one: the lines cited are then read. */
const SOURCE = process.env["COALLOC_LINUX_SOURCE"];

describe.skipIf(SOURCE === undefined || !existsSync(SOURCE ?? ""))("the lines that records cite, in Linux 6.12", () => {
  const inTree = facts.filter(({ url }) => url === undefined);
  const files = new Map<string, readonly string[]>();
  const textAt = ({ file, line }: SourceLine): string => {
    const known = files.get(file) ?? readFileSync(join(SOURCE ?? "", file), "utf8").split("\n");
    files.set(file, known);
    return known[line - 1] ?? "";
  };
  /** `name: file:line: text` of each cited line that does not look like what is claimed. */
  const strange = (claims: (fact: DeviceFact) => readonly (readonly [SourceLine, RegExp])[]): readonly string[] =>
    inTree.flatMap((fact) =>
      claims(fact)
        .filter(([at, claim]) => !claim.test(textAt(at)))
        .map(([at]) => `${nameOfMatch(fact.match)}: ${at.file}:${at.line}: ${textAt(at).trim()}`),
    );
  // Where variants part: K2G alone keeps the default, and so do Ethernet cores that report no width
  const PROBE = /probe|_init\(|_bind\(|_configure|set_dma_info|subrev != DISPC_K2G|host_dma_width/;

  it("hold the compatible, or the code that finds the node", () => {
    // Nodes bound by a second compatible, without a driver of their own, or by their peripheral identity
    const others = /"mediatek,mt8183-disp-rdma"|_init\(struct|struct amba_id|"qcom,adreno"|"qcom,mdp5"/;
    const claimOf = ({ match, driver }: DeviceFact): readonly (readonly [SourceLine, RegExp])[] => {
      const text = "compatible" in match ? textAt(driver) : "";
      const isThere = !("compatible" in match) || text.includes(`"${match.compatible}"`) || others.test(text);
      return isThere ? [] : [[driver, /^(?!)/]];
    };
    expect(strange(claimOf)).toEqual([]);
  });

  it("set a mask, or begin the probe that sets none", () => {
    const claimsOf = (fact: DeviceFact): readonly (readonly [SourceLine, RegExp])[] =>
      [fact.dmaMask, fact.coherentDmaMask].flatMap(({ kind, sources }) => {
        const [first] = sources;
        if (first === undefined) return [];
        if (kind === "default") return [[first, PROBE] as const];
        return kind === "exact" || kind === "variant" ? [[first, /mask/i] as const] : [];
      });
    expect(strange(claimsOf)).toEqual([]);
  });

  it("set a segment size", () => {
    const claimsOf = ({ maxSegmentSize: { sources = [] } }: DeviceFact): readonly (readonly [SourceLine, RegExp])[] =>
      sources.map((at) => [at, /seg/]);
    expect(strange(claimsOf)).toEqual([]);
  });

  it("choose the memory of videobuf2's queues", () => {
    const MEMORY = { contig: /vb2_dma_contig_memops/, sg: /vb2_dma_sg_memops/, vmalloc: /vb2_vmalloc_memops/ };
    const claimsOf = ({ buffers }: DeviceFact): readonly (readonly [SourceLine, RegExp])[] =>
      buffers.flatMap(({ kind, sources = [] }) => {
        const claim = kind === "contig" || kind === "sg" || kind === "vmalloc" ? MEMORY[kind] : /\S/;
        return sources.slice(0, 1).map((at) => [at, claim] as const);
      });
    expect(strange(claimsOf)).toEqual([]);
  });

  it("name a video device", () => {
    const claimsOf = ({ videoNodes = [] }: DeviceFact): readonly (readonly [SourceLine, RegExp])[] =>
      videoNodes.flatMap(({ sources: [first] }) =>
        first === undefined ? [] : [[first, /name|card|#define .*_NAME/] as const],
      );
    expect(strange(claimsOf)).toEqual([]);
  });

  it("are there, wherever a layout cites one", () => {
    const claimsOf = ({ layouts = [] }: DeviceFact): readonly (readonly [SourceLine, RegExp])[] =>
      layouts.flatMap(({ sources = [] }) => sources.map((at) => [at, /\w/] as const));
    expect(strange(claimsOf)).toEqual([]);
  });
});
