/** Names of weights and modules in files and in graphs. The spellings are those of transformers 4.57 and 5.24, and of the hub. */
import { KeyMap, sameNames } from '../../lib/models/checkpoint/key-map.js';
import { keys as denseText } from '../../lib/models/families/dense-text/keys.js';
import { keys as omni } from '../../lib/models/families/earsight-omni/keys.js';

const query = 'layers.0.self_attn.q_proj.weight';

test.each<[string, KeyMap, string, string | null]>([
  ['with its head', denseText, `model.${query}`, `model.${query}`],
  ['the decoder alone', denseText, query, `model.${query}`],
  ['the decoder alone, last norm', denseText, 'norm.weight', 'model.norm.weight'],
  ['text part of a larger model, today', denseText, `model.language_model.${query}`, `model.${query}`],
  ['text part of a larger model, before', denseText, `language_model.model.${query}`, `model.${query}`],
  ['its head', denseText, 'language_model.lm_head.weight', 'lm_head.weight'],
  ['old frequencies', denseText, 'model.layers.3.self_attn.rotary_emb.inv_freq', null],
  ['a module', denseText, 'layers.1.mlp.gate_proj', 'model.layers.1.mlp.gate_proj'],
  ['the head as a module', denseText, 'lm_head', 'lm_head'],
  ['own name', omni, `model.${query}`, `model.${query}`],
  ['thinker on the hub', omni, `thinker.model.${query}`, `model.${query}`],
  ['thinker saved alone', omni, `model.language_model.${query}`, `model.${query}`],
  ['thinker, audio', omni, 'thinker.audio_tower.conv1.bias', 'audio_tower.conv1.bias'],
  ['thinker saved alone, audio', omni, 'model.audio_tower.conv1.bias', 'audio_tower.conv1.bias'],
  ['thinker saved alone, vision', omni, 'model.visual.merger.mlp.0.weight', 'visual.merger.mlp.0.weight'],
  ['thinker, head', omni, 'thinker.lm_head.weight', 'lm_head.weight'],
  ['stored and unused', omni, 'thinker.audio_tower.audio_bos_eos_token.weight', null],
  ['speech', omni, 'talker.model.layers.0.mlp.up_proj.weight', null],
  ['speech codec', omni, 'token2wav.code2wav_dit_model.norm_out.weight', null],
])('%s: from a file to the graph', (_, keys, file, graph) => {
  expect(keys.toGraph(file)).toBe(graph);
});

test('the first spelling is written, for weights and modules; other names stay', () => {
  const keys = new KeyMap({
    prefixes: {
      model: ['thinker.model', 'model'],
      'model.tail': ['thinker.end'],
      lm_head: ['thinker.lm_head'],
      extra: ['', 'more'],
    },
  });
  expect(keys.toFile(`model.${query}`)).toBe(`thinker.model.${query}`);
  // The longest prefix decides, by whole parts of the name.
  expect(keys.toFile('model.tail.weight')).toBe('thinker.end.weight');
  expect(keys.toFile('model.tails.weight')).toBe('thinker.model.tails.weight');
  expect(keys.toFile('lm_head')).toBe('thinker.lm_head');
  expect(keys.toFile('extra.bias')).toBe('bias');
  expect(keys.toFile('modelled')).toBe('modelled');
  for (const name of [`model.${query}`, 'model.tail.weight', 'lm_head.weight', 'extra.bias'])
    expect(keys.toGraph(keys.toFile(name))).toBe(name);
  expect([sameNames.toFile('a.b'), sameNames.toGraph('a.b')]).toEqual(['a.b', 'a.b']);
});

test('all spellings of a module', () => {
  expect(omni.spellings('lm_head')).toEqual(expect.arrayContaining(['lm_head', 'thinker.lm_head']));
  expect(denseText.spellings('model.norm').sort()).toEqual([
    'language_model.model.norm',
    'model.language_model.norm',
    'model.norm',
    'norm',
  ]);
  expect(sameNames.spellings('a.b')).toEqual(['a.b']);
});
