// Tests are TypeScript transformed by swc (no type check here: `npm run typecheck` does that), run against lib/
// directly, so that a stack trace names the source line. The addon comes from build/Release as in any other program.

// One OpenMP thread a worker: two workers then use two cores, and results do not depend on the machine's core count.
process.env.OMP_NUM_THREADS ??= '1';

module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  maxWorkers: 2,
  // Above what a busy machine needs with one core for a test; a hang still ends.
  testTimeout: 180_000,
  // Imports carry the .js suffix that Node wants after compilation; in the source tree the file is a .ts.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  moduleFileExtensions: ['ts', 'js', 'cjs', 'json', 'node'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/build/', '<rootDir>/runs/', '<rootDir>/.cache/'],
  // Packages that are ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!hyparquet)'],
  transform: {
    '^.+\\.[jt]s$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022', keepClassNames: true },
        module: { type: 'commonjs' },
      },
    ],
  },
};
