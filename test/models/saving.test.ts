/** Folders that are saved: as transformers writes them, whole, and without what an earlier model left. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSize, splitWeights } from '../../lib/models/checkpoint/split.js';
import * as models from '../../lib/models/index.js';
import { OmniModel } from '../../lib/omni/index.js';
import { torch } from '../../lib/tensor/index.js';
import { fixturePath } from '../nn/fixtures.js';
import { tinyConfig } from './tiny.js';

const fixture = (name: string) => fixturePath('models', 'hf', name);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earsight-saving-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (place: string, name: string) => readFileSync(join(place, name));
const names = () => readdirSync(folder).sort();
const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
const index = 'model.safetensors.index.json';

describe('shards', () => {
  test('are byte for byte those of transformers, and so is their index', () => {
    models.saveGraph(models.loadGraph(fixture('llama-shards')), folder, { maxShardSize: '60KB' });
    expect(names()).toEqual(['config.json', ...shards, index]);
    for (const name of [...shards, index])
      expect([name, read(folder, name).equals(read(fixture('llama-shards'), name))]).toEqual([name, true]);
  });

  test('a single one is a file of the plain name, also byte for byte', () => {
    models.saveGraph(models.loadGraph(fixture('qwen2')), folder);
    expect(names()).toEqual(['config.json', 'model.safetensors']);
    expect(read(folder, 'model.safetensors').equals(read(fixture('qwen2'), 'model.safetensors'))).toBe(true);
  });

  test('bfloat16 stays as it is stored, and config.json names it', () => {
    const published = fixture('qwen2-tied-bf16');
    models.saveGraph(models.loadGraph(published, { dtype: 'bfloat16' }), folder);
    expect(read(folder, 'model.safetensors').equals(read(published, 'model.safetensors'))).toBe(true);
    expect(JSON.parse(String(read(folder, 'config.json'))).dtype).toBe('bfloat16');
    models.saveGraph(models.loadGraph(published), folder);
    expect(JSON.parse(String(read(folder, 'config.json'))).dtype).toBe('float32');
    for (const { dtype } of Object.values(torch.load(join(folder, 'model.safetensors'))))
      expect(dtype).toBe('float32');
  });

  // The example in huggingface_hub's split_state_dict_into_shards_factory, with bytes for gigabytes.
  const sizes = { a: 6, b: 6, c: 2, d: 6, e: 2, f: 2 };
  const weights = Object.fromEntries(
    Object.entries(sizes).map(([name, size]) => [name, torch.zeros([size], { dtype: 'uint8' })]),
  );
  test.each([
    [10, [['a'], ['b', 'c'], ['d', 'e', 'f']]],
    [24, [['a', 'b', 'c', 'd', 'e', 'f']]],
    // What is larger than a shard has one of its own, and the shard before it goes on.
    [5, [['a'], ['b'], ['d'], ['c', 'e'], ['f']]],
  ])('of %s bytes', (maxShardSize, expected) => {
    const { files, totalSize } = splitWeights(weights, maxShardSize);
    expect([...files.values()].map((shard) => Object.keys(shard))).toEqual(expected);
    expect(totalSize).toBe(24);
    const count = String(expected.length).padStart(5, '0');
    if (expected.length > 1) expect([...files.keys()][1]).toBe(`model-00002-of-${count}.safetensors`);
  });

  test.each([
    ['5MB', 5_000_000],
    ['50GB', 50_000_000_000],
    ['1.5 kb', 1500],
    [7, 7],
  ])('%s is a size', (size, bytes) => expect(parseSize('size', size)).toBe(bytes));

  test('a size that is none is named', () => {
    expect(() =>
      models.saveGraph(models.loadGraph(fixture('qwen2')), folder, { maxShardSize: '5GiB' }),
    ).toThrow('saveGraph: maxShardSize: expected bytes, or a size like \'5GB\' (KB, MB, GB, TB), got "5GiB"');
    expect(names()).toEqual([]);
  });
});

describe('a folder that holds a model already', () => {
  test('keeps no weights of it, and keeps the files that are not of a model', () => {
    const graph = models.loadGraph(fixture('llama-shards'));
    models.saveGraph(graph, folder, { maxShardSize: '60KB' });
    writeFileSync(join(folder, 'README.md'), 'mine');
    models.saveGraph(graph, folder, { maxShardSize: '30KB' });
    expect(names()).toContain('model-00001-of-00004.safetensors');
    expect(names().filter((name) => name.includes('00002.'))).toEqual([]);
    models.saveGraph(graph, folder);
    expect(names()).toEqual(['README.md', 'config.json', 'model.safetensors']);
    models.saveGraph(graph, folder, { maxShardSize: '60KB' });
    expect(names()).toEqual(['README.md', 'config.json', ...shards, index]);
    expect(models.loadGraph(folder).headWeight.equal(graph.headWeight)).toBe(true);
  });

  test('keeps no tokenizer or template of it either', () => {
    const model = OmniModel.fromConfig({ ...tinyConfig, text: { ...tinyConfig.text, vocab: 512 } });
    model.savePretrained(folder);
    const own = names();
    for (const name of [
      'merges.txt',
      'added_tokens.json',
      'chat_template.json',
      'generation_config.json',
      'notes.txt',
    ])
      writeFileSync(join(folder, name), '{}');
    model.savePretrained(folder, { maxShardSize: 100_000 });
    expect(names()).toContain(index);
    expect(names().filter((name) => !name.startsWith('model'))).toEqual(
      [...own.filter((name) => !name.startsWith('model')), 'notes.txt'].sort(),
    );
    model.savePretrained(folder);
    expect(names()).toEqual([...own, 'notes.txt'].sort());
  });

  test('is the old model where saving fails', () => {
    const graph = models.loadGraph(fixture('qwen2'));
    models.saveGraph(graph, folder);
    const before = names();
    const write = () => {
      throw new Error('no more space');
    };
    expect(() => models.saveGraph(graph, folder, { also: { write, replaced: () => true } })).toThrow(
      'no more space',
    );
    expect(names()).toEqual(before);
    expect(read(folder, 'model.safetensors').equals(read(fixture('qwen2'), 'model.safetensors'))).toBe(true);
  });

  test('is the old model, the new one, or no model, whenever the program is killed', () => {
    const program = join(__dirname, 'children', 'save-graph.cjs');
    const expected: Record<string, Record<string, unknown>> = {};
    const look = (place: string) => {
      const { config, headWeight } = models.loadGraph(place);
      const tokenizer = String(read(place, 'tokenizer.json'));
      return {
        config,
        tokenizer,
        merges: existsSync(join(place, 'merges.txt')),
        head: headWeight.sum().item(),
      };
    };
    const seen: string[] = [];
    for (let n = 1, killed = true; killed; n += 1) {
      const place = join(folder, String(n));
      cpSync(fixture('qwen2'), place, { recursive: true });
      writeFileSync(join(place, 'tokenizer.json'), 'old');
      writeFileSync(join(place, 'merges.txt'), 'old');
      expected.old ??= look(place);
      const { signal, status, stderr } = spawnSync(process.execPath, [
        program,
        fixture('llama-shards'),
        place,
        String(n),
      ]);
      killed = signal === 'SIGKILL';
      if (!killed) {
        expect([status, String(stderr)]).toEqual([0, '']);
        expected.new = look(place);
        expect(expected.new).toMatchObject({ tokenizer: fixture('llama-shards'), merges: false });
      }
      if (existsSync(join(place, 'config.json')))
        seen.push(JSON.stringify(look(place)) === JSON.stringify(expected.old) ? 'old' : 'new');
      else {
        expect(() => models.loadGraph(place)).toThrow(`${join(place, 'config.json')}: no such file`);
        seen.push('none');
      }
      // The next save removes what the killed one left.
      models.saveGraph(models.loadGraph(fixture('qwen2')), place);
      expect(readdirSync(place).filter((name) => name.endsWith('.partial'))).toEqual([]);
    }
    expect(seen.join(' ')).toMatch(/^(old ){5,}(none ){5,}(new ?)+$/);
    expect(expected.new).not.toEqual(expected.old);
  });
});
