/**
 * peft reads the adapters that we write: the same tensors, the same logits. Needs a Python (EARSIGHT_PYTHON, else python3)
 * with peft and transformers.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AdapterOptions, loadGraph } from '../../lib/models/index.js';
import { noGrad, torch } from '../../lib/tensor/index.js';
import { fixturePath } from '../nn/fixtures.js';

const python = process.env.EARSIGHT_PYTHON || 'python3';
const found = spawnSync(python, ['-c', 'import peft, transformers'], { encoding: 'utf8' });
const hasPeft = found.error === undefined && found.status === 0;
if (!hasPeft)
  console.warn(`adapters in peft: skipped, ${python} has no peft and transformers; set EARSIGHT_PYTHON`);

const program = `
import sys, torch
from peft import PeftModel
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

for base, folder in zip(sys.argv[1::2], sys.argv[2::2]):
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), folder).eval()
    written = load_file(folder + "/adapter_model.safetensors")
    read = get_peft_model_state_dict(model, save_embedding_layers=False)
    assert read.keys() == written.keys(), read.keys() ^ written.keys()
    assert all(torch.equal(read[key], written[key]) for key in written)
    expected = load_file(folder + "/logits.safetensors")
    with torch.no_grad():
        logits = model(input_ids=expected["ids"][None]).logits[0]
    assert (logits - expected["logits"]).abs().max() <= 1e-5, (logits - expected["logits"]).abs().max()
    print("equal", len(written))
`;

const cases: [string, AdapterOptions][] = [
  ['qwen2', {}],
  ['qwen3', { r: 3, alpha: 5, rslora: true, dora: true, modulesToSave: ['lm_head', 'model.norm'] }],
  ['llama-llama3', { targetModules: ['q_proj', 'up_proj'], bias: 'all' }],
  ['llama-llama3', { targetModules: /.*\.1\..*[kv]_proj/, bias: 'lora_only', dora: true }],
  [
    'qwen2',
    {
      targetModules: ['embed_tokens', 'q_proj', 'down_proj'],
      rankPattern: { q_proj: 2 },
      alphaPattern: { 'layers.1.mlp.down_proj': 20 },
    },
  ],
  [
    'qwen3-window-yarn',
    {
      targetModules: ['o_proj', 'k_proj'],
      excludeModules: ['0.self_attn.o_proj'],
      layersToTransform: [0, 2],
    },
  ],
];

(hasPeft ? test : test.skip)(
  'peft reads what is written, tensor for tensor, and computes the same logits',
  () => {
    const root = mkdtempSync(join(tmpdir(), 'peft-'));
    try {
      const folders = cases.map(([name, options], i) => {
        torch.manualSeed(i);
        const base = fixturePath('models', 'hf', name);
        const folder = join(root, `${i}`);
        const graph = loadGraph(base);
        graph.addAdapter(options);
        noGrad(() => {
          for (const tensor of graph.adapter!.parameters()) tensor.add_(torch.randn(tensor.shape).mul(0.1));
        });
        graph.saveAdapter(folder);
        const inputIds = [5, 17, 3, 80, 42, 8, 1];
        const logits = noGrad(() => graph.logits({ inputIds }));
        torch.save(
          { ids: torch.tensor(inputIds, { dtype: 'int64' }), logits },
          join(folder, 'logits.safetensors'),
        );
        return [base, folder];
      });
      const output = execFileSync(python, ['-c', program, ...folders.flat()], {
        encoding: 'utf8',
        stdio: 'pipe',
      });
      expect(output.match(/^equal \d+$/gm)).toHaveLength(cases.length);
    } finally {
      rmSync(root, { recursive: true });
    }
  },
  120_000,
);
