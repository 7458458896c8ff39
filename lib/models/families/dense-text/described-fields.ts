/** Fields of config.json that do not change what the graph computes. They are passed on to saved folders. */
import { z } from 'zod';

const id = z.union([z.int(), z.array(z.int()), z.null()]).optional();
const anything = z.unknown().optional();
const text = z.string().nullish();
const off = z.literal(false).nullish();

export const described = {
  architectures: z.array(z.string()).nullish(),
  dtype: text,
  torch_dtype: text,
  transformers_version: text,
  initializer_range: z.number().nonnegative().max(1).optional(),
  use_cache: z.boolean().nullish(),
  bos_token_id: id,
  eos_token_id: id,
  pad_token_id: id,
  unk_token_id: id,
  // Of every configuration of transformers, for other tasks and other kinds of models.
  name_or_path: text,
  _name_or_path: text,
  _model_name_or_path: text,
  _attn_implementation_autoset: anything,
  output_hidden_states: anything,
  output_attentions: anything,
  return_dict: anything,
  chunk_size_feed_forward: z.literal(0).nullish(),
  is_encoder_decoder: off,
  add_cross_attention: off,
  id2label: anything,
  label2id: anything,
  num_labels: anything,
  problem_type: anything,
  task_specific_params: anything,
  torchscript: anything,
  // Of sampling: older folders have them here, generation_config.json decides.
  do_sample: anything,
  max_length: anything,
  repetition_penalty: anything,
  temperature: anything,
  top_k: anything,
  top_p: anything,
  // Notes of publishers.
  is_llama_config: anything,
  'transformers.js_config': anything,
  unsloth_fixed: anything,
  unsloth_version: anything,
};
