/** Names of the folders that scripts/fixtures/hf_models.py makes, below test/fixtures/models/hf. */
export const published = [
  ...['qwen2', 'qwen2-tied-bf16', 'qwen2-window', 'qwen3', 'qwen3-window-yarn'],
  ...['llama-shards', 'llama-llama3', 'llama-yarn-mscale', 'llama-untied-head'],
] as const;
