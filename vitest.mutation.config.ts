import { defineConfig, type ViteUserConfig } from "vitest/config";

/**
 * The tests that judge the deciding code; whole-program tests run a built copy, which mutations do not reach, and the one of remedies on real
 * boards takes seconds for each.
 */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/{constraints,placement,cases,judge}/**/*.test.ts"],
    exclude: ["test/placement/remedy-boards.test.ts"],
    testTimeout: 30_000,
  },
});

export default config;
