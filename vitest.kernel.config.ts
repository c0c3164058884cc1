import { configDefaults, defineConfig, type ViteUserConfig } from "vitest/config";

/** The tests on real kernels, which `npm run test:kernel` runs; `*.long.test.ts` are for its long suite. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/kernel/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...(process.env.COALLOC_KERNEL_LONG === "1" ? [] : ["**/*.long.test.ts"])],
    globalSetup: "tools/fresh-dist.ts",
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // A guest keeps one processor busy, and time limits are in wall time.
    maxWorkers: 1,
  },
});

export default config;
