import { configDefaults, defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // They need QEMU: vitest.kernel.config.ts.
    exclude: [...configDefaults.exclude, "test/kernel/**"],
    globalSetup: "tools/fresh-dist.ts",
    // For tests that hang, not for slow ones: suites over the board cache and random sequences take minutes where others use the machine too.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    maxWorkers: 2,
    coverage: {
      provider: "v8",
      include: ["src/**"],
      reporter: ["text-summary", "text", "json-summary"],
      reportsDirectory: "coverage",
    },
  },
});

export default config;
