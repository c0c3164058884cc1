import { fileURLToPath } from "node:url";

// Tests run in a copy of the project; the board trees stay where they are.
process.env.COALLOC_CACHE ??= fileURLToPath(new URL(".cache", import.meta.url));

/** `npm run mutation`: changes the code that decides, and counts the changes no test notices. */
export default {
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "vitest.mutation.config.ts" },
  mutate: ["src/constraints/**/*.ts", "src/placement/**/*.ts"],
  ignorePatterns: [".cache", "dist", "coverage", "reports", "docs"],
  coverageAnalysis: "perTest",
  ignoreStatic: true,
  concurrency: 2,
  timeoutMS: 20_000,
  reporters: ["clear-text", "progress", "json"],
  clearTextReporter: { allowColor: true, logTests: false, reportTests: false },
  jsonReporter: { fileName: "reports/mutation.json" },
  thresholds: { high: 90, low: 75, break: null },
};
