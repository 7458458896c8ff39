import { execFileSync } from 'node:child_process';
import { commandText, resumeText } from '../../lib/cli/command-text.js';

test('a command that is shown can be copied into a shell', () => {
  const words = [
    'train',
    'my recipe.yaml',
    "it's",
    '$HOME',
    'a;b',
    '*',
    '',
    '--view=av',
    '../run-2/x_1.yaml',
    '"',
    '\\',
  ];
  const command = commandText('printf', '%s\\n', ...words);
  expect(execFileSync('sh', ['-c', command], { encoding: 'utf8' })).toBe(`${words.join('\n')}\n`);
});

test('plain words stay as they are', () => {
  expect(commandText('earsight', 'train', 'runs/a-1/recipe.yaml', '--resume')).toBe(
    'earsight train runs/a-1/recipe.yaml --resume',
  );
});

test('what goes on with a command that began anew does not begin anew', () => {
  expect(resumeText(['stage', 'sample-paths', '--overwrite', '--output', 'my paths.jsonl'])).toBe(
    "earsight stage sample-paths --output 'my paths.jsonl'",
  );
});
