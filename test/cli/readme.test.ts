import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { generateSyntheticDataset } from '../../lib/data/index.js';
import { MediaPool } from '../../lib/media/index.js';

const root = join(__dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const example = join(root, 'examples/custom-training.mjs');

describe('the README', () => {
  it('shows the example as it is', () => {
    expect(readme).toContain(`\`\`\`js\n${readFileSync(example, 'utf8')}\`\`\``);
  });

  const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name));

  it.each(['README.md', ...pages])('links to files that exist: %s', (page) => {
    const links = readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g);
    const missing = Array.from(links, ([, link]) => link).filter(
      (link) => !existsSync(join(root, dirname(page), link)),
    );
    expect(missing).toEqual([]);
  });
});

describe('the example', () => {
  it('learns what its reward asks for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'earsight-example-'));
    try {
      await using pool = new MediaPool();
      const clips = { train: 1, validation: 1, test: 1 };
      const paths = await generateSyntheticDataset(folder, { seed: 0, clips, pool });
      const env = { ...process.env, OMP_NUM_THREADS: '1' };
      const { stdout } = await promisify(execFile)(process.execPath, [example, paths.train], { env });
      const rewards = Array.from(stdout.matchAll(/^step \d+: reward (-?[\d.]+)$/gm), ([, reward]) =>
        Number(reward),
      );
      expect(rewards).toHaveLength(10);
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value) / values.length;
      expect(mean(rewards.slice(-3))).toBeGreaterThan(mean(rewards.slice(0, 2)));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 120_000);
});
