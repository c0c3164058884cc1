/**
 * Which file may import which. The folders of src/, from the bottom up: a folder imports itself and folders listed
 * before it. docs/architecture.md has the same list as a table; test/repository/ holds the two together.
 */
export const FOLDERS = [
  "units",
  "algorithms",
  "devicetree",
  "facts",
  "boot",
  "machine",
  "addressing",
  "constraints",
  "heaps",
  "placement",
  "simulate",
  "testing",
  "clients",
  "lint",
  "explain",
  "trace",
  "sizing",
  "linux",
  "cli",
  "web",
];

/** The only folders that may touch Node: all others load in a browser. */
const NODE_FOLDERS = ["linux", "cli"];

const upwards = FOLDERS.slice(0, -1).map((folder, index) => ({
  name: `order-${folder}`,
  comment: `src/${folder}/ imports only folders listed before it in docs/architecture.md.`,
  severity: "error",
  from: { path: `^src/${folder}/` },
  to: { path: `^src/(${FOLDERS.slice(index + 1).join("|")})/` },
}));

export default {
  forbidden: [
    ...upwards,
    {
      name: "clients-stay-above",
      comment:
        "A client knows buffers and who uses them. Where memory comes from, and which algorithm hands it out, is none of its business.",
      severity: "error",
      from: { path: "^src/clients/" },
      to: {
        path: "^src/",
        pathNot: [
          "^src/(clients|units)/",
          "^src/constraints/(image-format|modifier)\\.ts$",
          "^src/simulate/dma-system\\.ts$",
          "^src/simulate/buffers/(dma-buffer|buffer-refusal)\\.ts$",
        ],
      },
    },
    {
      name: "no-cycle",
      comment: "Two files that need each other are one file, or hide a third. Types may refer to each other.",
      severity: "error",
      from: { path: "^(src|test|tools|bench)/" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-node-in-core",
      comment: "Everything outside src/linux and src/cli loads in a browser.",
      severity: "error",
      from: { path: "^src/", pathNot: `^src/(${NODE_FOLDERS.join("|")})/` },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "index-below-node",
      comment:
        "src/index.ts is the library: it reaches neither Linux nor the commands, and nothing in src/ imports it but commands.",
      severity: "error",
      from: { path: "^src/index\\.ts$" },
      to: { path: `^src/(${NODE_FOLDERS.join("|")}|web)/` },
    },
    {
      name: "no-import-of-index",
      comment: "Inside src/ the file that defines a thing is imported, not the table of contents.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^src/index\\.ts$" },
    },
    {
      name: "system-calls-in-one-room",
      comment: "What calls into C is behind one small typed layer: docs/decisions/0011.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/linux/native/" },
      to: { path: "node_modules/koffi/" },
    },
    {
      name: "terminal-only-in-cli",
      comment: "Option parsing and colour belong to the commands.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/cli/" },
      to: { path: "node_modules/(commander|picocolors)/" },
    },
    {
      name: "src-stands-alone",
      comment: "What is published needs neither tests nor tools nor development packages.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(test|tools|bench)/" },
    },
    {
      name: "no-dev-package-in-src",
      comment: "A package that src/ needs at run time is a dependency, not a development dependency.",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "judge-stands-apart",
      comment: "The judge shares no code with what it judges.",
      severity: "error",
      from: { path: "^test/judge/" },
      to: { path: "^(src|bench|tools)/|^test/(?!judge/)" },
    },
    {
      name: "not-resolvable",
      comment: "An import that leads nowhere.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|coverage|reports|\\.cache)/" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".mjs"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "types", "default"],
    },
  },
};
