/** What the documentation says of commands, options and recipes, against their own definitions. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { commandLine } from '../../lib/cli/program.js';
import { separateValues } from '../../lib/cli/variadic.js';
import { readRecipe, stageList } from '../../lib/recipe/index.js';
import { recipeShape } from '../../lib/recipe/reading/fields.js';
import { ownedElsewhere } from '../../lib/recipe/stages/trainer-settings.js';
import { rewardList } from '../../lib/rewards/index.js';
import { grpoSchema } from '../../lib/train/config.js';
import { sftSchema } from '../../lib/train/sft/config.js';
import { earsight } from './run.js';

const root = join(__dirname, '../..');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const texts = new Map(pages.map((page) => [page, readFileSync(join(root, page), 'utf8')]));
const recipes = texts.get('docs/recipes.md') as string;

interface Line {
  page: string;
  /** What follows `earsight`. */
  text: string;
}

/** Code that starts with `earsight`, `npx earsight` or `npm run demo --`: lines of blocks, and spans of text. */
function commandLines(page: string, text: string): Line[] {
  const blocks = Array.from(text.matchAll(/^```\w*\n([\s\S]*?)^```/gm), ([, block]) => block.split('\n'));
  // What is bold is a message.
  const prose = text.replaceAll(/^```[\s\S]*?^```|\*\*[\s\S]*?\*\*/gm, '');
  const spans = prose.matchAll(/`([^`]+)`/g);
  const code = [...blocks.flat(), ...Array.from(spans, ([, span]) => span.replaceAll('\n', ' '))];
  return code.flatMap((line) => {
    const demo = /^npm run demo(?: -- (.*))?$/.exec(line.replace(/ +#.*$/, ''));
    if (demo !== null) return { page, text: `demo ${demo[1] ?? ''}`.trim() };
    const found = /^(?:npx )?earsight (.*?)(?: +#.*)?$/.exec(line);
    return found === null ? [] : { page, text: found[1] };
  });
}

const documented = [...texts].flatMap(([page, text]) => commandLines(page, text));

/** Words as a shell takes them; quotes are double. */
const wordsOf = (text: string) =>
  Array.from(text.matchAll(/(?:"[^"]*"|[^\s"])+/g), ([word]) => word.replaceAll('"', ''));

/** The line as the program understands it, without running anything. @throws CommanderError */
function understand(text: string): Command | undefined {
  const [name, ...words] = wordsOf(text);
  const program = commandLine(() => {});
  const command = program.commands.find((it) => it.name() === name);
  if (command === undefined) throw new Error(`there is no command ${name}`);
  command.exitOverride().configureOutput({ writeErr: () => {} });
  command.action(() => {});
  // A mention of the command, as in "`earsight env` shows it", lacks what it needs.
  if (words.length === 0) return undefined;
  command.parse(separateValues(command, words), { from: 'user' });
  return command;
}

describe('command lines in the documentation', () => {
  it('are found', () => {
    const found = documented.map(({ page, text }) => `${page}: ${text}`);
    expect(found).toContain('README.md: check recipe.yaml');
    expect(found).toContain('README.md: demo --quick');
    expect(found).toContain('docs/recipes.md: train recipe.yaml --resume');
    expect(documented.length).toBeGreaterThan(15);
  });

  it.each(documented)('$page: earsight $text', ({ text }) => {
    expect(() => understand(text)).not.toThrow();
  });

  it('show every command in docs/commands.md', () => {
    const shown = documented
      .filter(({ page }) => page === 'docs/commands.md')
      .map(({ text }) => wordsOf(text)[0]);
    const commands = commandLine(() => {}).commands.map((command) => command.name());
    expect([...new Set(shown)].sort()).toEqual(commands.sort());
  });

  it('would be found out', () => {
    expect(() => understand('trian recipe.yaml')).toThrow('there is no command trian');
    expect(() => understand('train recipe.yaml --resum')).toThrow('unknown option');
    expect(() => understand('train recipe.yaml other.yaml')).toThrow('too many arguments');
    expect(() => understand('eval model data.jsonl --view both')).toThrow('invalid');
  });

  /** Options of other programs, and of every command. */
  const others = new Set(['--ignore-scripts', '--help']);
  const options = new Set(
    commandLine(() => {}).commands.flatMap((command) => command.options.map(({ long }) => long)),
  );

  it.each(pages)('%s names no option that no command has', (page) => {
    const spans = (texts.get(page) as string).matchAll(/`(--[a-z][\w-]*)[^`]*`/g);
    const unknown = Array.from(spans, ([, name]) => name).filter(
      (name) => !options.has(name) && !others.has(name),
    );
    expect(unknown).toEqual([]);
  });
});

describe('the help of each command', () => {
  const names = commandLine(() => {}).commands.map((command) => command.name());

  it.each(names)('%s says what it does, and its examples are understood', async (name) => {
    const { stdout, code } = await earsight(name, '--help');
    expect(code).toBe(0);
    const [, does, rest] = /^Usage: .*\n\n([\s\S]*?)\n\n([\s\S]*)$/.exec(stdout) as RegExpExecArray;
    expect(does.split(' ').length).toBeGreaterThan(4);
    const [, examples] = /^Examples?:\n((?: {2}.*\n)+)/m.exec(rest) as RegExpExecArray;
    for (const line of examples.trim().split('\n')) {
      const [program, ...words] = line.trim().split(' ');
      expect([program, words[0]]).toEqual(['earsight', name]);
      expect(() => understand(words.join(' '))).not.toThrow();
    }
  });
});

/** Names in the first column of the table below a heading or a sentence, with the rest of their row. */
function table(start: string): Map<string, { meaning: string; default: string }> {
  const at = recipes.indexOf(start);
  expect(at).toBeGreaterThanOrEqual(0);
  const [rows] = /(?:^\|.*\n)+/m.exec(recipes.slice(at)) as RegExpExecArray;
  return new Map(
    rows
      .trim()
      .split('\n')
      .slice(2)
      .flatMap((row) => {
        const [, names, meaning = '', byDefault = ''] = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
        return Array.from(
          names.matchAll(/`([\w-]+)`/g),
          ([, name]) => [name, { meaning, default: byDefault }] as const,
        );
      }),
  );
}

const names = (text: string) => Array.from(text.matchAll(/`(\w+)`/g), ([, name]) => name);
const sorted = (values: Iterable<string>) => [...values].sort();

describe('docs/recipes.md', () => {
  const fields = new Map([...table('## Fields'), ...table('### Without a list')]);
  const rewards = table('| reward ');
  const stages = table('| stage ');
  const shared = table('## Settings of the stages');
  const ofSft = table('SFT and caption SFT have besides');
  const ofGrpo = table('GRPO has besides');

  it('has every field of a recipe, and no other', () => {
    expect(sorted(fields.keys())).toEqual(sorted(Object.keys(recipeShape)));
  });

  it.each([
    ['processor', recipeShape.processor.unwrap()],
    ['media', recipeShape.media.unwrap()],
  ])('has every field of %s', (name, schema) => {
    const documented = names((fields.get(name) as { meaning: string }).meaning);
    expect(documented).toEqual(expect.arrayContaining(Object.keys(schema.shape)));
  });

  it('has every reward with its options, and every stage', () => {
    expect(sorted(rewards.keys())).toEqual(sorted(Object.keys(rewardList)));
    for (const [name, { default: options }] of rewards)
      expect(names(options)).toEqual(expect.arrayContaining(Object.keys(rewardList[name].schema.shape)));
    expect(sorted(stages.keys())).toEqual(sorted(stageList.map((stage) => stage.name)));
  });

  it('has every setting of the stages that a recipe may give, and no other', () => {
    const settings = (schema: { shape: object }) =>
      Object.keys(schema.shape).filter((name) => !(name in ownedElsewhere));
    expect(sorted([...shared.keys(), ...ofSft.keys()])).toEqual(sorted(settings(sftSchema)));
    expect(sorted([...shared.keys(), ...ofGrpo.keys()])).toEqual(sorted(settings(grpoSchema)));
  });

  /** A default as the table writes it, where it writes the value. */
  const written = (value: unknown) => {
    if (Array.isArray(value)) return value.length === 0 ? 'none' : `\`[${value.join(', ')}]\``;
    return typeof value === 'number' ? String(value) : `\`${value}\``;
  };
  const inWords = new Set([
    'none',
    'all',
    'no limit',
    'required',
    "the recipe's",
    'by `numTrainEpochs`',
    '`learningRate`',
    'by the form of a row',
    '`epsilon`',
    "`lossType`'s",
    'unless its name ends in `loss`',
  ]);

  it.each([
    ['SFT', sftSchema.parse({}), [shared, ofSft]],
    // Of a recipe's stage: the trainer samples for evaluations by default.
    ['GRPO', { ...grpoSchema.parse({}), numGenerationsEval: 0 }, [shared, ofGrpo]],
  ] as const)('has the defaults of %s', (_, defaults, tables) => {
    const values = defaults as Record<string, unknown>;
    for (const [name, { default: said }] of tables.flatMap((rows) => [...rows])) {
      const value = values[name];
      if (value === null || value === undefined || name === 'seed') continue;
      const numbers = said.match(/-?\d[\d.]*(e-?\d+)?/g)?.map(Number) ?? [];
      if (typeof value === 'number') expect([name, numbers]).toEqual([name, expect.arrayContaining([value])]);
      else expect([name, said]).toEqual([name, expect.stringContaining(written(value))]);
    }
    for (const [name, { default: said }] of tables.flatMap((rows) => [...rows]))
      if (values[name] === null) expect([name, inWords.has(said)]).toEqual([name, true]);
  });

  it('has the defaults of a recipe', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'earsight-docs-'));
    try {
      const file = join(folder, 'recipe.yaml');
      writeFileSync(file, 'data: samples.jsonl');
      const read = (await readRecipe(file)) as unknown as Record<string, unknown>;
      for (const [name, { default: said }] of fields)
        if (['number', 'boolean', 'string'].includes(typeof read[name]) && !['data', 'output'].includes(name))
          expect([name, said.replaceAll('`', '')]).toEqual([name, String(read[name])]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says of every setting what it means', () => {
    for (const [name, { meaning }] of [...fields, ...shared, ...ofSft, ...ofGrpo])
      expect([name, meaning.length > 5]).toEqual([name, true]);
  });
});

describe('recipes in the documentation', () => {
  const blocks = [...texts].flatMap(([page, text]) =>
    Array.from(text.matchAll(/^```yaml\n([\s\S]*?)^```/gm), ([, yaml]) => ({ page, yaml })),
  );

  it.each(blocks)('$page: $yaml', async ({ yaml }) => {
    const folder = mkdtempSync(join(tmpdir(), 'earsight-docs-'));
    try {
      writeFileSync(join(folder, 'recipe.yaml'), yaml);
      await readRecipe(join(folder, 'recipe.yaml'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
